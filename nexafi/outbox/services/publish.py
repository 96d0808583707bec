"""Write events in the transaction that makes them true."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7_text
from nexafi.db import bulk
from nexafi.db.bulk import Rows
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.doorbell import ring


class _EventRow(NamedTuple):
    """An OutboxEvent to be written."""

    id: str
    name: str
    payload: dict[str, Any]
    actor_kind: str
    actor_id: str
    request_id: str
    status: str
    attempts: int
    available_at: datetime
    created_at: datetime
    last_error: str = ""


_PENDING = OutboxEvent.Status.PENDING.value


def publish(name: str, payload: dict[str, Any]) -> UUID:
    """Record the event `name` ("payments.transfer_completed") and return its id. Ids and plain values only: no secrets
    or personal data.

    Must run inside the transaction of the change, or within `bulk.together` with it. The relay is rung for after commit
    and also sweeps by itself.
    """
    assert bulk.is_atomic(), "publish() belongs inside the transaction of the change"
    actor, now, event_id = current_actor(), clock.now(), uuid7_text()
    row = _EventRow(event_id, name, payload, actor.kind, actor.id, actor.request_id, _PENDING, 0, now, now)
    bulk.insert(Rows(OutboxEvent, _EventRow._fields, [row]))
    bulk.after_commit(ring)
    return UUID(event_id)
