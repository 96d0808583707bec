"""Order deposits and withdrawals. The processor gets to know of them after commit (services/submission)."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.services.record import record
from compliance.services.assessment import assess
from compliance.types import Outcome, Party, TransactionFacts
from ledger.constants import SystemAccount
from ledger.services.accounts import system_account
from ledger.services.posting import post_entry
from ledger.types import EntryDraft, EntryStatus
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.outbox.services.publish import publish
from payments.constants import TransferKind, TransferStatus
from payments.models import Transfer, Wallet
from payments.services.access import require_payer, require_usable
from payments.services.limits import require_kyc_headroom
from payments.services.payments import decision_fields, party
from payments.types import TransferOrder

_STATUS = {
    Outcome.APPROVE: TransferStatus.PENDING,
    Outcome.REVIEW: TransferStatus.PENDING_REVIEW,
    Outcome.BLOCK: TransferStatus.DECLINED,
}
_EVENT = {
    TransferStatus.PENDING: "requested",
    TransferStatus.PENDING_REVIEW: "held",
    TransferStatus.DECLINED: "declined",
}


def order_transfer(order: TransferOrder) -> Transfer:
    """Assess a deposit or withdrawal and pass it on to the processor, hold it for review or decline it.

    A withdrawal's money is held at once. Raises WalletNotFound, MayNotPay, CurrencyMismatch, WalletNotActive,
    KycRequired and the ledger's InsufficientFunds; then nothing is kept.
    """
    with transaction.atomic():
        wallet = _wallet(order)
        require_kyc_headroom(wallet.customer_id, order.amount)
        transfer_id, now = uuid7(), clock.now()
        decision = assess(_facts(transfer_id, now, order, wallet))
        status = _STATUS[decision.outcome]
        transfer = Transfer.objects.create(
            id=transfer_id,
            kind=order.kind,
            wallet=wallet,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            status=status,
            entry_id=_hold(transfer_id, order, status, wallet),
            processor=settings.PAYMENT_PROCESSOR,
            next_attempt_at=now,
            created_by=order.user,
            created_at=now,
            closed_at=now if status == TransferStatus.DECLINED else None,
            **decision_fields(decision),
        )
        announce(transfer, _EVENT[status])
    return transfer


def _wallet(order: TransferOrder) -> Wallet:
    """The locked wallet: closing it waits for, or is seen by, every transfer."""
    wallet = (
        Wallet.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer")
        .with_role_of(order.user)
        .filter(pk=order.wallet_id)
        .first()
    )
    wallet = require_payer(wallet)
    require_usable(wallet, order.amount)
    return wallet


def _facts(transfer_id: UUID, now: datetime, order: TransferOrder, wallet: Wallet) -> TransactionFacts:
    """The outside end of a transfer is the customer's own account elsewhere."""
    ours, elsewhere = party(wallet.customer), Party(name=wallet.customer.name, kind=wallet.customer.kind)
    deposit = order.kind == TransferKind.DEPOSIT
    return TransactionFacts(
        transaction_id=transfer_id,
        kind=order.kind,
        amount=order.amount,
        originator=elsewhere if deposit else ours,
        beneficiary=ours if deposit else elsewhere,
        occurred_at=now,
    )


def _hold(transfer_id: UUID, order: TransferOrder, status: TransferStatus, wallet: Wallet) -> UUID | None:
    """A withdrawal's money is set aside from the first moment; a deposit posts when it has arrived."""
    if order.kind == TransferKind.DEPOSIT or status == TransferStatus.DECLINED:
        return None
    draft = EntryDraft.transfer(
        debit=wallet.account_id,
        credit=system_account(SystemAccount.SETTLEMENT, order.amount.currency).id,
        amount=order.amount,
        status=EntryStatus.PENDING,
        kind="withdrawal",
        external_id=f"withdrawal:{transfer_id}",
        reference=str(transfer_id),
    )
    return post_entry(draft).id


def announce(transfer: Transfer, what: str, *, reason: str = "") -> None:
    """Write the audit event and the outbox event of a transfer's change of state ("completed")."""
    data = {
        "transfer_id": str(transfer.id),
        "wallet_id": str(transfer.wallet_id),
        "amount": transfer.amount.amount,
        "currency": transfer.currency,
    }
    name = f"payments.{transfer.kind}_{what}"
    record(name, target_type=transfer.kind, target_id=transfer.id, data=data, reason=reason)
    publish(name, data)
