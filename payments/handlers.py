"""Reactions to events: compliance's decisions on what is held, and the processor's doorbell."""

import logging
from uuid import UUID

from django.db import transaction

from nexafi.outbox.registry import Event, subscribe
from payments import tasks
from payments.exceptions import PaymentNotHeld
from payments.services.review import reject_payment, release_payment
from payments.services.settlement import reject_transfer, release_transfer

log = logging.getLogger(__name__)


@subscribe("compliance.case_resolved")
def settle_reviewed_movement(event: Event) -> None:
    """Release or reject what was held. One that has been cancelled or has expired meanwhile stays as it is."""
    moved_id = UUID(event.payload["transaction_id"])
    released = event.payload["resolution"] == "released"
    kind = event.payload["transaction_kind"]
    if kind in ("deposit", "withdrawal"):
        (release_transfer if released else reject_transfer)(moved_id)
    elif kind == "payment":
        try:
            (release_payment if released else reject_payment)(moved_id)
        except PaymentNotHeld:
            log.info("payment %s was no longer held when its review ended", moved_id)


@subscribe("payments.deposit_requested", "payments.withdrawal_requested")
def ring_for_processor(event: Event) -> None:
    """Bring a transfer to the processor at once; the sweep brings it later if this call is lost."""
    transfer_id = event.payload["transfer_id"]
    ring = tasks.drive_transfer.s(transfer_id)
    transaction.on_commit(lambda: ring.apply_async(expires=30, retry=False), robust=True)
