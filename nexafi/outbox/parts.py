"""The outbox among the parts of the system."""

from nexafi.core import clock
from nexafi.observability.parts import DEGRADED, OK, Reading, part
from nexafi.outbox.models import OutboxEvent

COUNT_CAP = 10_000
LATE_AFTER = 60  # seconds


@part("outbox")
def read_outbox() -> Reading:
    """How many events wait (counted to 10,000) and for how long the next one is due; parked ones need an operator."""
    waiting = OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING)
    next_due = waiting.order_by("available_at").values_list("available_at", flat=True).first()
    late = max(0, int((clock.now() - next_due).total_seconds())) if next_due else 0
    parked = OutboxEvent.objects.filter(status=OutboxEvent.Status.PARKED)[:COUNT_CAP].count()
    return Reading(
        OK if late < LATE_AFTER and not parked else DEGRADED,
        {"pending": waiting[:COUNT_CAP].count(), "late_seconds": late, "parked": parked},
    )
