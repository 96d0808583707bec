"""Write audit events in the transaction of the change they describe: one INSERT, no lock, no wait."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.events import EventDraft, WrittenEvent, write
from audit.models import UnsealedEvent
from nexafi.db import bulk
from nexafi.db.bulk import Rows


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
    return record_many([EventDraft(action, target_type, target_id, data or {}, reason)])[0]


def record_many(drafts: Sequence[EventDraft]) -> list[UUID]:
    """Record several events in one statement, as `record` does; returns their ids in order."""
    assert transaction.get_connection().in_atomic_block, "record() belongs inside the transaction of the change"
    events = [write(draft) for draft in drafts]
    bulk.insert(Rows(UnsealedEvent, WrittenEvent._fields, events))
    return [UUID(event.id) for event in events]
