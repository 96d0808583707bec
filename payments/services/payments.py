"""Make a payment: judge it, then post it, hold its money, or decline it, in one transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Customer
from audit.services.record import record
from compliance.services.assessment import assess
from compliance.types import Decision, Outcome, Party, TransactionFacts
from ledger.refusals import typed_refusals
from ledger.services.posting import post_entry
from ledger.types import EntryDraft, EntryStatus
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.core.money import Money
from nexafi.db import bulk
from nexafi.outbox.services.publish import publish
from payments.constants import PaymentStatus
from payments.exceptions import SameWallet, WalletNotFound
from payments.models import Payment, Transfer, Wallet
from payments.selectors import wallets_with_customers
from payments.services.access import require_payer, require_usable
from payments.services.limits import require_kyc_headroom
from payments.types import PaymentOrder

_STATUS = {
    Outcome.APPROVE: PaymentStatus.COMPLETED,
    Outcome.REVIEW: PaymentStatus.PENDING_REVIEW,
    Outcome.BLOCK: PaymentStatus.DECLINED,
}
_EVENT = {
    PaymentStatus.COMPLETED: "completed",
    PaymentStatus.PENDING_REVIEW: "held",
    PaymentStatus.DECLINED: "declined",
}


def make_payment(order: PaymentOrder) -> Payment:
    """Carry out a payment order and return the payment as completed, pending_review or declined.

    Raises SameWallet, CurrencyMismatch, WalletNotFound, MayNotPay, WalletNotActive, KycRequired and the ledger's
    InsufficientFunds; then nothing is kept, and a surrounding transaction must end too.
    """
    with transaction.atomic(savepoint=False):  # a savepoint would cost two more statements on the hot path
        source, destination = _wallets(order)
        require_kyc_headroom(source.customer_id, order.amount)
        with typed_refusals(), bulk.together():
            return _judged_and_carried_out(order, source, destination)


def _judged_and_carried_out(order: PaymentOrder, source: Wallet, destination: Wallet) -> Payment:
    payment_id, now = uuid7(), clock.now()
    decision = assess(_facts(payment_id, now, order, source, destination))
    status = _STATUS[decision.outcome]
    payment = Payment(
        id=payment_id,
        source=source,
        destination=destination,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        description=order.description,
        status=status,
        entry_id=_post(payment_id, order, status, source, destination),
        created_by=order.user,
        created_at=now,
        closed_at=None if status == PaymentStatus.PENDING_REVIEW else now,
        **decision_fields(decision),
    )
    bulk.insert([payment])
    announce(payment, _EVENT[status])
    return payment


def _wallets(order: PaymentOrder) -> tuple[Wallet, Wallet]:
    """Both wallets with their customers, in one query, fit for this order."""
    ids = (order.source_wallet_id, order.destination_wallet_id)
    if ids[0] == ids[1]:
        raise SameWallet(pointer="/destination_wallet_id")
    found = wallets_with_customers(*ids, user_id=order.user.id)
    source, destination = require_payer(found.get(ids[0])), found.get(ids[1])
    if destination is None:
        raise WalletNotFound("There is no such destination wallet.")
    for wallet in (source, destination):
        require_usable(wallet, order.amount)
    return source, destination


def _facts(
    payment_id: UUID, now: datetime, order: PaymentOrder, source: Wallet, destination: Wallet
) -> TransactionFacts:
    return TransactionFacts(
        transaction_id=payment_id,
        kind="payment",
        amount=order.amount,
        originator=party(source.customer),
        beneficiary=party(destination.customer),
        occurred_at=now,
        description=order.description,
    )


def _post(
    payment_id: UUID, order: PaymentOrder, status: PaymentStatus, source: Wallet, destination: Wallet
) -> UUID | None:
    """Move the money, or hold it while under review; a declined payment touches nothing."""
    if status == PaymentStatus.DECLINED:
        return None
    draft = EntryDraft.transfer(
        debit=source.account_id,
        credit=destination.account_id,
        amount=order.amount,
        status=EntryStatus.POSTED if status == PaymentStatus.COMPLETED else EntryStatus.PENDING,
        kind="payment",
        external_id=f"payment:{payment_id}",
        reference=str(payment_id),
        description=order.description,
    )
    return post_entry(draft, savepoint=False).id  # refused, the payment is not made at all


def party(customer: Customer) -> Party:
    """A customer as compliance sees a side of a transaction; what else it needs it has by `customer_id`."""
    return Party(
        name=customer.name,
        kind=customer.kind,
        customer_id=customer.id,
        country=customer.country,
        since=customer.created_at,
    )


def decision_fields(decision: Decision) -> dict[str, object]:
    """A decision as the columns of AssessedMovement."""
    return {
        "assessment_id": decision.assessment_id,
        "alert_id": decision.alert_id,
        "outcome": decision.outcome,
        "reasons": [
            {"code": reason.code, "score": reason.score, "explanation": reason.explanation}
            for reason in decision.reasons
        ],
    }


def entry_of(movement: Payment | Transfer) -> UUID:
    """The entry that holds the movement's money; the database keeps it for whatever may be settled."""
    assert movement.entry_id is not None, "a held movement has an entry"
    return movement.entry_id


def announce(payment: Payment, what: str, *, reason: str = "", amount: Money | None = None) -> None:
    """Write the audit event and the outbox event of a payment's change of state ("completed")."""
    amount = amount or payment.amount
    data = {
        "payment_id": str(payment.id),
        "source_wallet_id": str(payment.source_id),
        "destination_wallet_id": str(payment.destination_id),
        "amount": amount.amount,
        "currency": amount.currency,
    }
    name = f"payments.payment_{what}"
    record(name, target_type="payment", target_id=payment.id, data=data, reason=reason)
    publish(name, data)
