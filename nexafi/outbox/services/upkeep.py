"""Parked events back into delivery, and old rows out of the tables."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from nexafi.core import clock
from nexafi.core.errors import Conflict, InvalidInput, NotFound
from nexafi.outbox.models import HandledEvent, OutboxEvent
from nexafi.outbox.services.publish import publish

Status = OutboxEvent.Status


def retry_parked(*, event_id: UUID, reason: str) -> OutboxEvent:
    """Deliver a parked event again from its first attempt; handlers that finished are not run again.

    Publishes "outbox.event_retried", which the audit log records. Raises NotFound, Conflict when the event is not
    parked, InvalidInput without a reason.
    """
    if not reason.strip():
        raise InvalidInput("Say why.", code="required", pointer="/reason")
    with transaction.atomic():
        event = OutboxEvent.objects.select_for_update().filter(pk=event_id).first()
        if event is None:
            raise NotFound
        if event.status != Status.PARKED:
            raise Conflict("Only a parked event can be retried.", code="event_not_parked")
        event.status, event.attempts, event.available_at = Status.PENDING, 1, clock.now()
        event.save(update_fields=["status", "attempts", "available_at"])
        publish("outbox.event_retried", {"event_id": str(event.pk), "name": event.name, "reason": reason.strip()})
    return event


def purge_delivered(*, limit: int = 5_000) -> int:
    """Delete events delivered more than OUTBOX_KEEP_DAYS ago with their dedupe rows; returns how many, bounded.

    Primary keys are UUIDv7, so "old" is a range of the primary key and needs no index of its own.
    """
    cutoff = clock.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    oldest_kept = UUID(int=int(cutoff.timestamp() * 1000) << 80)
    with transaction.atomic():
        old = OutboxEvent.objects.filter(pk__lt=oldest_kept, status=Status.DELIVERED)
        ids = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
        HandledEvent.objects.filter(event_id__in=ids).delete()
        OutboxEvent.objects.filter(pk__in=ids).delete()
    return len(ids)
