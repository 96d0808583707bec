"""Write audit events in the transaction of the change they describe."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.models import UnsealedEvent
from nexafi.core import clock
from nexafi.core import json as strict_json
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7


def record(
    action: str,
    *,
    target_type: str,
    target_id: UUID | str,
    data: Mapping[str, Any] | None = None,
    reason: str = "",
) -> UUID:
    """Record that the current actor did `action` ("payments.payment_released") to a target; returns the event's id.

    `data` holds strings, integers, booleans, lists and maps; amounts as decimal strings; never secrets or personal
    data in the clear. Must run inside the transaction of the change. Raises TypeError for floats.
    """
    assert transaction.get_connection().in_atomic_block, "record() belongs inside the transaction of the change"
    actor, event_id, at = current_actor(), uuid7(), clock.now()
    body = {
        "v": 1,
        "id": str(event_id),
        "at": at.isoformat(),
        "action": action,
        "actor": {"kind": actor.kind, "id": actor.id, "ip": actor.client_ip},
        "request_id": actor.request_id,
        "target": {"type": target_type, "id": str(target_id)},
        "reason": reason,
        "data": dict(data or {}),
    }
    UnsealedEvent.objects.create(id=event_id, body=strict_json.canonical(body), recorded_at=at)
    return event_id
