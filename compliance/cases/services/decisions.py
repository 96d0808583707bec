"""Work on alerts: take, assign, comment, release, reject. The author is the current actor, always a person."""

from uuid import UUID

from django.db import connection, transaction

from accounts.models import Membership, User
from audit.services.record import record
from compliance.cases.constants import MAX_REASON, MIN_REASON
from compliance.cases.models import Alert, AlertEvent, AlertQuerySet
from compliance.cases.services.opening import screening_key
from compliance.exceptions import AlreadyDecided, OwnCase, ReasonRequired
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.errors import Forbidden, InvalidInput, NotFound
from nexafi.outbox.services.publish import publish


def release_alert(alert_id: UUID, reason: str) -> Alert:
    """Decide that nothing stands against it; held money moves. Raises AlreadyDecided, OwnCase, ReasonRequired."""
    return _decide(alert_id, Alert.Status.RELEASED, reason)


def reject_alert(alert_id: UUID, reason: str) -> Alert:
    """Decide that the suspicion holds; held money goes back. Raises AlreadyDecided, OwnCase, ReasonRequired."""
    return _decide(alert_id, Alert.Status.REJECTED, reason)


def assign_alert(alert_id: UUID, assignee_id: UUID | None = None) -> Alert:
    """Give an active alert to somebody who may work it, by default to the current user."""
    user = acting_user("compliance.work_alerts")
    assignee = _worker(assignee_id) if assignee_id else user
    with transaction.atomic():
        alert = _change(alert_id, status=Alert.Status.ASSIGNED, assignee=assignee)
        _forbid_own_case(assignee, alert)
        _log(alert, AlertEvent.Kind.ASSIGNED, user, f"to {assignee.full_name}", assignee_id=str(assignee.pk))
    return alert


def comment_alert(alert_id: UUID, text: str) -> AlertEvent:
    """Add a note to the timeline, also of a decided alert. Raises ReasonRequired when it is empty or too long."""
    user = acting_user("compliance.work_alerts")
    if not text.strip() or len(text) > MAX_REASON:
        raise ReasonRequired(f"A comment has 1 to {MAX_REASON} characters.", pointer="/comment")
    with transaction.atomic():
        alert = Alert.objects.filter(pk=alert_id).first()
        if alert is None:
            raise NotFound("There is no such alert.")
        return _log(alert, AlertEvent.Kind.COMMENTED, user, text.strip())


def take_next() -> Alert | None:
    """Assign the most urgent unassigned alert to the current user; None when the queue is empty. Two people who ask at
    the same moment get different alerts."""
    user = acting_user("compliance.work_alerts")
    own = Membership.objects.filter(user=user).values("customer_id")
    waiting = Alert.objects.filter(status=Alert.Status.OPEN).by_urgency()
    waiting = waiting.exclude(assessment__originator__in=own).exclude(assessment__beneficiary__in=own)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        alert = waiting.exclude(subject__in=own).first()
        return assign_alert(alert.pk) if alert is not None else None


def close_for_transaction(transaction_id: UUID, *, note: str) -> int:
    """Close the active alerts that held a transaction which no longer waits; returns how many."""
    return _close(Alert.objects.filter(transaction_id=transaction_id, holds_transaction=True), note)


def close_screening_alert(customer_id: UUID, *, note: str) -> int:
    """Close the open alert about a customer's screening hits; returns how many (0 or 1)."""
    return _close(Alert.objects.filter(dedupe_key=screening_key(customer_id)), note)


def _close(waiting: AlertQuerySet, note: str) -> int:
    with transaction.atomic():
        alerts = list(waiting.active().select_for_update())
        for alert in alerts:
            _change(alert.pk, status=Alert.Status.CLOSED, decided_at=clock.now(), decision_reason=note)
            _log(alert, AlertEvent.Kind.CLOSED, None, note)
    return len(alerts)


def acting_user(permission: str) -> User:
    """The current actor as a user who holds the permission. Raises Forbidden, also for keys and the system."""
    actor = current_actor()
    user = User.objects.filter(pk=actor.id, is_active=True).first() if actor.kind == "user" else None
    if user is None or not user.may(permission):
        raise Forbidden("Your role may not do this.")
    return user


def checked_reason(reason: str) -> str:
    """The reason without surrounding space. Raises ReasonRequired outside 10 to 4,000 characters."""
    reason = reason.strip()
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise ReasonRequired(f"Give a reason of {MIN_REASON} to {MAX_REASON} characters.", pointer="/reason")
    return reason


def _decide(alert_id: UUID, status: str, reason: str) -> Alert:
    user = acting_user("compliance.decide_alerts")
    reason = checked_reason(reason)
    with transaction.atomic():
        alert = _change(alert_id, status=status, decided_at=clock.now(), decided_by=user, decision_reason=reason)
        _forbid_own_case(user, alert)
        _log(alert, AlertEvent.Kind(status), user, reason)
        if alert.holds_transaction:
            _announce(alert)
    return alert


def _change(alert_id: UUID, **changes: object) -> Alert:
    """The one conditional transition: of several at once, the first wins. Raises NotFound, AlreadyDecided."""
    changed = Alert.objects.active().filter(pk=alert_id).update(**changes)
    alert = Alert.objects.select_related("assessment", "subject").filter(pk=alert_id).first()
    if alert is None:
        raise NotFound("There is no such alert.")
    if not changed:
        who = alert.decided_by.full_name if alert.decided_by else "the system"
        raise AlreadyDecided(f"This alert is already decided: {alert.get_status_display().lower()} by {who}.")
    return alert


def _worker(user_id: UUID) -> User:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not user.may("compliance.work_alerts"):
        raise InvalidInput("The assignee may not work on alerts.", pointer="/assignee_id")
    return user


def customers_of(alert: Alert) -> set[UUID]:
    """Every customer of ours whom the alert concerns."""
    ids = set(alert.assessment.customer_ids) if alert.assessment else set()
    return ids | ({alert.subject_id} if alert.subject_id else set())


def _forbid_own_case(user: User, alert: Alert) -> None:
    if Membership.objects.filter(user=user, customer_id__in=customers_of(alert)).exists():
        raise OwnCase("You belong to a customer of this alert.")


def _log(alert: Alert, kind: str, user: User | None, text: str, **data: str) -> AlertEvent:
    record(f"compliance.alert_{kind}", target_type="alert", target_id=alert.pk, data=data, reason=text)
    return AlertEvent.objects.create(alert=alert, kind=kind, actor=user, text=text, data=data)


def _announce(alert: Alert) -> None:
    payload = {
        "alert_id": str(alert.pk),
        "assessment_id": str(alert.assessment_id),
        "transaction_id": str(alert.transaction_id),
        "transaction_kind": alert.transaction_kind,
        "resolution": alert.status,
    }
    publish("compliance.case_resolved", payload)
