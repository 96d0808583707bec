"""What alert calls take and answer."""

from typing import Any

from compliance.cases.constants import MAX_REASON
from compliance.cases.models import Alert, AlertEvent
from nexafi.api.serializers import CharField, ChoiceField, DateTimeField, ListFilters, StrictSerializer, UUIDField
from nexafi.core import clock

ACTIVE = "active"


class AlertFilters(ListFilters):
    orderings = ("-created_at", "created_at", "due_at", "-due_at")

    status = ChoiceField(choices=(ACTIVE, *Alert.Status.values), help_text="active: open or assigned.")
    severity = ChoiceField(choices=Alert.Severity.values)
    source = ChoiceField(choices=Alert.Source.values)  # type: ignore[assignment]  # a filter's name, not DRF's source
    assignee = UUIDField(source="assignee_id")
    transaction_id = UUIDField()
    customer_id = UUIDField(source="subject_id")
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")

    def lookups(self) -> dict[str, Any]:
        found = super().lookups()
        if found.get("status") == ACTIVE:
            del found["status"]
            found["status__in"] = Alert.ACTIVE
        return found


class DecisionReason(StrictSerializer):
    reason = CharField(max_length=MAX_REASON, multiline=True)


class Assignment(StrictSerializer):
    assignee_id = UUIDField(required=False, help_text="By default the caller.")


class NewComment(StrictSerializer):
    comment = CharField(max_length=MAX_REASON, multiline=True)


def alert_body(alert: Alert) -> dict[str, Any]:
    """An alert as lists show it."""
    amount = alert.amount
    return {
        "id": str(alert.pk),
        "source": alert.source,
        "severity": alert.severity,
        "status": alert.status,
        "title": alert.title,
        "customer_id": _text(alert.subject_id),
        "subject_name": alert.subject_name,
        "transaction_id": _text(alert.transaction_id),
        "transaction_kind": alert.transaction_kind or None,
        "holds_transaction": alert.holds_transaction,
        "amount": amount.amount if amount else None,
        "currency": amount.currency if amount else None,
        "risk_score": alert.score,
        "codes": alert.codes,
        "assignee_id": _text(alert.assignee_id),
        "created_at": alert.created_at.isoformat(),
        "due_at": alert.due_at.isoformat(),
        "is_overdue": alert.is_active and alert.due_at < clock.now(),
        "decided_at": alert.decided_at.isoformat() if alert.decided_at else None,
        "decided_by_id": _text(alert.decided_by_id),
        "decision_reason": alert.decision_reason or None,
    }


def alert_detail(alert: Alert) -> dict[str, Any]:
    """An alert with what was judged, by what, and everything that happened since."""
    assessment = alert.assessment
    judged = assessment and {
        "id": str(assessment.pk),
        "decision": assessment.outcome,
        "risk_score": assessment.score,
        "risk_level": assessment.level,
        "facts": assessment.facts,
        "reasons": assessment.reasons,
        "rule_versions": assessment.rule_versions,
        "list_versions": assessment.list_versions,
    }
    events = [event_body(event) for event in alert.events.all()[:500]]
    return {**alert_body(alert), "details": alert.details, "assessment": judged, "events": events}


def event_body(event: AlertEvent) -> dict[str, Any]:
    return {
        "id": str(event.pk),
        "kind": event.kind,
        "actor_id": _text(event.actor_id),
        "text": event.text,
        "data": event.data,
        "created_at": event.created_at.isoformat(),
    }


def _text(value: object) -> str | None:
    return str(value) if value else None
