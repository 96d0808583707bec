"""Ask for an act that takes a second person."""

from typing import Any
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from nexafi.approvals.models import Approval, Person, payload_hash
from nexafi.approvals.registry import kind_of
from nexafi.core import clock
from nexafi.core.errors import Forbidden, InvalidInput
from nexafi.outbox.services.publish import publish


def request_approval(
    *,
    kind: str,
    payload: dict[str, Any],
    maker: Person,
    reason: str,
    target_type: str = "",
    target_id: UUID | str = "",
) -> Approval:
    """Freeze `payload` and put it in the queue of whoever may decide this kind.

    Raises Forbidden when the maker may not ask, InvalidInput without a reason.
    """
    rule = kind_of(kind)
    if not maker.may(rule.permission_request):
        raise Forbidden
    if not reason.strip():
        raise InvalidInput("Say why.", code="required", pointer="/reason")
    now = clock.now()
    with transaction.atomic():
        approval = Approval.objects.create(
            kind=kind,
            payload=payload,
            payload_hash=payload_hash(payload),
            target_type=target_type,
            target_id=str(target_id),
            maker_id=maker.pk,
            request_reason=reason.strip(),
            requested_at=now,
            expires_at=now + rule.lifetime,
        )
        note("approvals.requested", approval, reason=approval.request_reason)
    return approval


def note(action: str, approval: Approval, *, reason: str = "") -> None:
    """Record in the audit log and announce what happened to a request; the payload itself stays in its row."""
    record(
        action,
        target_type="approval",
        target_id=approval.pk,
        reason=reason,
        data={
            "kind": approval.kind,
            "payload_hash": approval.payload_hash,
            "maker_id": str(approval.maker_id),
            "target_type": approval.target_type,
            "target_id": approval.target_id,
        },
    )
    publish(action, {"approval_id": str(approval.pk), "kind": approval.kind, "maker_id": str(approval.maker_id)})
