"""What becomes of a transfer: released or rejected by compliance, then completed or failed by the processor."""

from uuid import UUID

from django.db import transaction

from ledger.constants import SystemAccount
from ledger.services.accounts import system_account
from ledger.services.entries import post_pending, void_pending
from ledger.services.posting import post_entry
from ledger.types import EntryDraft
from nexafi.core import clock
from payments.constants import TransferKind, TransferStatus
from payments.models import Transfer, Wallet
from payments.processors.base import TransferReport, TransferState
from payments.services.payments import entry_of
from payments.services.transfers import announce


def release_transfer(transfer_id: UUID) -> bool:
    """Pass a held transfer on to the processor; False when it is not held any more."""
    with transaction.atomic():
        transfer = _change(transfer_id, TransferStatus.PENDING_REVIEW, TransferStatus.PENDING)
        if transfer is not None:
            announce(transfer, "requested")
    return transfer is not None


def reject_transfer(transfer_id: UUID) -> bool:
    """Decline a held transfer, giving back what it holds; False when it is not held any more."""
    return _end_without_money(transfer_id, TransferStatus.PENDING_REVIEW, TransferStatus.DECLINED)


def settle_transfer(report: TransferReport) -> bool:
    """Take over the processor's final word, once; False when the transfer was settled before."""
    if report.state == TransferState.FAILED:
        return _end_without_money(
            report.instruction_id, TransferStatus.PENDING, TransferStatus.FAILED, report.failure_code
        )
    assert report.state == TransferState.COMPLETED, "only a final report settles a transfer"
    with transaction.atomic():
        transfer = _change(
            report.instruction_id,
            TransferStatus.PENDING,
            TransferStatus.COMPLETED,
            processor_reference=report.reference,
        )
        if transfer is not None:
            _book(transfer)
            announce(transfer, "completed")
    return transfer is not None


def _book(transfer: Transfer) -> None:
    """Post the withdrawal's hold, or credit the deposit against the settlement account."""
    if transfer.kind == TransferKind.WITHDRAWAL:
        post_pending(entry_id=entry_of(transfer))
        return
    draft = EntryDraft.transfer(
        debit=system_account(SystemAccount.SETTLEMENT, transfer.currency).id,
        credit=Wallet.objects.values_list("account_id", flat=True).get(pk=transfer.wallet_id),
        amount=transfer.amount,
        kind="deposit",
        external_id=f"deposit:{transfer.id}",
        reference=str(transfer.id),
        metadata={"processor_reference": transfer.processor_reference},
    )
    Transfer.objects.filter(pk=transfer.id).update(entry_id=post_entry(draft).id)


def _end_without_money(
    transfer_id: UUID, before: TransferStatus, after: TransferStatus, failure_code: str = ""
) -> bool:
    with transaction.atomic():
        transfer = _change(transfer_id, before, after, failure_code=failure_code)
        if transfer is None:
            return False
        if transfer.entry_id is not None:
            void_pending(entry_id=transfer.entry_id, reason=failure_code or after)
        announce(transfer, after, reason=failure_code)
    return True


def _change(transfer_id: UUID, before: TransferStatus, after: TransferStatus, **fields: str) -> Transfer | None:
    """Move a transfer from one status to another in one conditional UPDATE; None when it had left that status."""
    closed_at = None if after == TransferStatus.PENDING else clock.now()
    changed = Transfer.objects.filter(pk=transfer_id, status=before).update(
        status=after, closed_at=closed_at, next_attempt_at=clock.now(), **fields
    )
    return Transfer.objects.get(pk=transfer_id) if changed else None
