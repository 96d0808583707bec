"""Let the sandbox processor tell the outcomes that are due, as its webhooks would."""

from django.db.models import F

from nexafi.core import clock
from payments.models import SandboxTransfer
from payments.processors.sandbox import event_of
from payments.services.processor_events import receive_event


def deliver_sandbox_events(*, limit: int = 100) -> int:
    """Deliver every event that is due to the event intake; returns how many deliveries were made."""
    due = SandboxTransfer.objects.filter(events_left__gt=0, settles_at__lte=clock.now()).order_by("settles_at")
    return sum(_deliver(row) for row in list(due[:limit]))


def _deliver(row: SandboxTransfer) -> int:
    """Deliver first, count down after: a crash in between repeats the event, which the intake takes once."""
    for _ in range(row.events_left):
        event = event_of(row)
        receive_event(processor="sandbox", headers=event.headers, body=event.body)
        SandboxTransfer.objects.filter(pk=row.pk, events_left__gt=0).update(events_left=F("events_left") - 1)
    return row.events_left
