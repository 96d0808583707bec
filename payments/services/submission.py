"""Bring transfers to the processor and ask what became of them: one loop for first tries, retries and lost answers."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import F

from nexafi.core import clock
from payments.constants import TransferStatus
from payments.models import Transfer
from payments.processors import processor_named
from payments.processors.base import ProcessorUnavailable, TransferInstruction, TransferReport, TransferState
from payments.services.settlement import settle_transfer

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)


def drive_due_transfers(*, limit: int = 100) -> int:
    """Submit or check every transfer whose next attempt is due; returns how many were driven."""
    due = Transfer.objects.filter(status=TransferStatus.PENDING, next_attempt_at__lte=clock.now())
    ids = list(due.order_by("next_attempt_at").values_list("id", flat=True)[:limit])
    return sum(drive_transfer(transfer_id) for transfer_id in ids)


def drive_transfer(transfer_id: UUID) -> bool:
    """One attempt at one transfer, outside any transaction; False when it is not due or somebody else has it.

    A new one is submitted. One tried before is asked for first, because the answer may have been lost; the
    processor's own id check makes submitting again harmless.
    """
    transfer = _claim(transfer_id)
    if transfer is None:
        return False
    try:
        report = _ask_or_submit(transfer)
    except ProcessorUnavailable as error:
        log.warning("no answer from %s for transfer %s: %s", transfer.processor, transfer_id, error)
        return True
    _take_over(transfer, report)
    return True


def _claim(transfer_id: UUID) -> Transfer | None:
    """Move the next attempt into the future, doubling the pause: whoever moves it owns this attempt."""
    now = clock.now()
    transfer = Transfer.objects.filter(pk=transfer_id, status=TransferStatus.PENDING, next_attempt_at__lte=now).first()
    if transfer is None:
        return None
    pause = min(FIRST_PAUSE * 2 ** min(transfer.attempts, 12), LONGEST_PAUSE)
    claimed = Transfer.objects.filter(
        pk=transfer_id, status=TransferStatus.PENDING, next_attempt_at=transfer.next_attempt_at
    ).update(next_attempt_at=now + pause, attempts=F("attempts") + 1)
    return transfer if claimed else None


def _ask_or_submit(transfer: Transfer) -> TransferReport:
    processor = processor_named(transfer.processor)
    report = processor.fetch(transfer.id) if transfer.attempts else None
    instruction = TransferInstruction(id=transfer.id, kind=transfer.kind, amount=transfer.amount)
    return report or processor.submit(instruction)


def _take_over(transfer: Transfer, report: TransferReport) -> None:
    if report.amount != transfer.amount:
        log.error("%s reports another amount for transfer %s", transfer.processor, transfer.id)
    elif report.state == TransferState.PENDING:
        Transfer.objects.filter(pk=transfer.id).update(processor_reference=report.reference)
    else:
        settle_transfer(report)
