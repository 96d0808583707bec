"""Acts in the layers below, which cannot write to the audit log themselves and tell of them by an event."""

from audit.services.record import record
from nexafi.outbox.registry import Event, subscribe


@subscribe("outbox.event_retried")
def record_retry(event: Event) -> None:
    """An operator put a parked event back into delivery."""
    record(
        event.name,
        target_type="outbox_event",
        target_id=event.payload["event_id"],
        reason=event.payload["reason"],
        data={"name": event.payload["name"]},
    )
