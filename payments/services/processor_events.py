"""Take in a processor's signed events; each takes effect once, however often and in whatever order they come."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from payments.models import ProcessorEvent, Transfer
from payments.processors import processor_named
from payments.processors.base import ReceivedEvent
from payments.services.settlement import settle_transfer


def receive_event(*, processor: str, headers: Mapping[str, str], body: bytes) -> ProcessorEvent:
    """Verify an event, keep it and apply what it says, in one transaction; a repeated event returns the first one.

    Raises InvalidSignature.
    """
    event = processor_named(processor).read_event(headers, body)
    known = ProcessorEvent.objects.filter(processor=processor, event_id=event.id).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _apply(processor, event, body)
    except IntegrityError:  # the same event arrived twice at once; the other one was first
        return ProcessorEvent.objects.get(processor=processor, event_id=event.id)


def _apply(processor: str, event: ReceivedEvent, body: bytes) -> ProcessorEvent:
    kept = ProcessorEvent.objects.create(
        processor=processor, event_id=event.id, type=event.type, body=body, result=ProcessorEvent.Result.UNMATCHED
    )
    transfer = Transfer.objects.filter(pk=event.report.instruction_id, processor=processor).first()
    if transfer is not None and transfer.amount == event.report.amount:
        settled = settle_transfer(event.report)
        kept.result = ProcessorEvent.Result.APPLIED if settled else ProcessorEvent.Result.IGNORED
        kept.save(update_fields=["result"])
    return kept
