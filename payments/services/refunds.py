"""Give a payment back, in full or in part."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from ledger.services.posting import post_entry
from ledger.types import EntryDraft
from nexafi.core.errors import CurrencyMismatch
from nexafi.core.ids import uuid7
from nexafi.core.money import Money
from payments.constants import PaymentStatus
from payments.exceptions import PaymentNotFound, PaymentNotRefundable, RefundExceedsPayment
from payments.locks import lock_payment
from payments.models import Payment, Refund, Wallet
from payments.services.access import require_payer, require_usable
from payments.services.payments import announce


def refund_payment(*, user: User, payment_id: UUID, amount: Money | None = None, reason: str = "") -> Payment:
    """The payee gives back `amount`, or all that is left; returns the payment as it then stands.

    Raises PaymentNotFound, MayNotPay, WalletNotActive, PaymentNotRefundable, RefundExceedsPayment or the ledger's
    InsufficientFunds. Refunds of one payment queue on its row, so their sum never exceeds it.
    """
    with transaction.atomic():
        payment = _lock_visible(user, payment_id)
        payee = require_payer(Wallet.objects.with_role_of(user).filter(pk=payment.destination_id).first())
        if payment.status != PaymentStatus.COMPLETED:
            raise PaymentNotRefundable
        amount = _refundable(payment, amount)
        require_usable(payee, amount)
        _post_refund(payment, payee, amount, user, reason)
        payment.refunded_minor += amount.minor
        if payment.refunded_minor == payment.amount_minor:
            payment.status = PaymentStatus.REFUNDED
        payment.save(update_fields=["refunded_minor", "status"])
        announce(payment, "refunded", reason=reason, amount=amount)
    return payment


def _lock_visible(user: User, payment_id: UUID) -> Payment:
    visible = Payment.objects.visible_to(user).filter(pk=payment_id).exists()
    payment = lock_payment(payment_id) if visible else None
    if payment is None:
        raise PaymentNotFound
    return payment


def _refundable(payment: Payment, amount: Money | None) -> Money:
    left = payment.amount - payment.refunded
    amount = amount or left
    if amount.currency != left.currency:
        raise CurrencyMismatch(f"The payment was in {left.currency}.", pointer="/currency")
    if amount.minor <= 0 or amount > left:
        raise RefundExceedsPayment(f"{left} of the payment can be refunded.")
    return amount


def _post_refund(payment: Payment, payee: Wallet, amount: Money, user: User, reason: str) -> None:
    refund_id = uuid7()
    payer_account = Wallet.objects.values_list("account_id", flat=True).get(pk=payment.source_id)
    draft = EntryDraft.transfer(
        debit=payee.account_id,
        credit=payer_account,
        amount=amount,
        kind="refund",
        external_id=f"refund:{refund_id}",
        reference=str(payment.id),
        description=reason,
    )
    Refund.objects.create(
        id=refund_id,
        payment=payment,
        amount_minor=amount.minor,
        reason=reason,
        entry_id=post_entry(draft).id,
        created_by=user,
    )
