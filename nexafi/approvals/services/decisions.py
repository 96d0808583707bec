"""Decide a request: a second person approves (which does it) or rejects; time expires it."""

from uuid import UUID

from django.db import transaction

from audit.services.record import record
from nexafi.approvals.exceptions import ApprovalAltered, ApprovalDecided, ApprovalExpired, SelfApproval
from nexafi.approvals.models import Approval, Person
from nexafi.approvals.registry import kind_of
from nexafi.approvals.services.requests import note
from nexafi.core import clock
from nexafi.core.errors import Forbidden, InvalidInput, NotFound

Status = Approval.Status


def approve(*, approval_id: UUID, checker: Person, reason: str) -> Approval:
    """Approve and do what was asked, in one transaction: when the act fails, the request still waits.

    Locks the approval row, so of an approval and a rejection at once exactly one wins. Raises NotFound, Forbidden,
    SelfApproval, ApprovalDecided, ApprovalExpired, ApprovalAltered, and whatever the act itself raises.
    """
    _check_may_decide(approval_id, checker, reason)
    with transaction.atomic():
        approval = _lock_waiting(approval_id)
        if not approval.is_intact():
            raise ApprovalAltered
        _close(approval, Status.APPROVED, checker=checker, reason=reason)
        note("approvals.approved", approval, reason=reason)
        kind_of(approval.kind).execute(approval.payload)
    return approval


def reject(*, approval_id: UUID, checker: Person, reason: str) -> Approval:
    """Turn a request down. Raises as `approve` does, but an altered request can be rejected."""
    _check_may_decide(approval_id, checker, reason)
    with transaction.atomic():
        approval = _lock_waiting(approval_id)
        _close(approval, Status.REJECTED, checker=checker, reason=reason)
        note("approvals.rejected", approval, reason=reason)
    return approval


def expire_due(*, limit: int = 500) -> int:
    """Close the requests that waited too long; returns how many. Rows that are being decided now are left alone."""
    with transaction.atomic():
        due = (
            Approval.objects.select_for_update(skip_locked=True)
            .waiting()
            .filter(expires_at__lte=clock.now())
            .order_by("expires_at")[:limit]
        )
        expired = list(due)
        for approval in expired:
            _close(approval, Status.EXPIRED)
            note("approvals.expired", approval)
    return len(expired)


def _check_may_decide(approval_id: UUID, checker: Person, reason: str) -> None:
    """Who may decide does not change while we wait for the lock: maker and kind are frozen by the database."""
    approval = Approval.objects.visible_to(checker).filter(pk=approval_id).first()
    if approval is None:
        raise NotFound
    if approval.maker_id == checker.pk:
        with transaction.atomic():
            record("approvals.self_approval_refused", target_type="approval", target_id=approval.pk)
        raise SelfApproval
    if not checker.may(kind_of(approval.kind).permission_decide):
        raise Forbidden
    if not reason.strip():
        raise InvalidInput("Say why.", code="required", pointer="/reason")


def _lock_waiting(approval_id: UUID) -> Approval:
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.status == Status.EXPIRED or (
        approval.status == Status.REQUESTED and approval.expires_at <= clock.now()
    ):
        raise ApprovalExpired
    if approval.status != Status.REQUESTED:
        raise ApprovalDecided
    return approval


def _close(approval: Approval, status: str, *, checker: Person | None = None, reason: str = "") -> None:
    approval.status = status
    approval.checker_id = checker.pk if checker else None
    approval.decision_reason = reason.strip()
    approval.decided_at = clock.now()
    approval.save(update_fields=["status", "checker", "decision_reason", "decided_at"])
