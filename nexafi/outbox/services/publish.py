"""Write events in the transaction that makes them true."""

from typing import Any

from django.db import transaction

from nexafi.core.context import current_actor
from nexafi.db import bulk
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.doorbell import ring


def publish(name: str, payload: dict[str, Any]) -> OutboxEvent:
    """Record the event `name` ("payments.transfer_completed"). Ids and plain values only: no secrets or personal data.

    Must run inside the transaction of the change. The relay is rung for after commit and also sweeps by itself.
    """
    assert transaction.get_connection().in_atomic_block, "publish() belongs inside the transaction of the change"
    actor = current_actor()
    event = OutboxEvent(
        name=name, payload=payload, actor_kind=actor.kind, actor_id=actor.id, request_id=actor.request_id
    )
    bulk.insert([event])
    transaction.on_commit(ring)
    return event
