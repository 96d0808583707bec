"""What becomes of a held payment: released, rejected, cancelled or expired. The first to change its state wins."""

import logging
from uuid import UUID

from django.db import transaction

from accounts.models import User
from ledger.exceptions import AccountNotOpen
from ledger.services.entries import post_pending, void_pending
from nexafi.core import clock
from payments.constants import HOLD_LIFETIME, PaymentStatus
from payments.exceptions import PaymentNotFound, PaymentNotHeld
from payments.models import Payment, Wallet
from payments.services.access import require_payer
from payments.services.payments import announce, entry_of

log = logging.getLogger(__name__)


def release_payment(payment_id: UUID) -> Payment:
    """Post a held payment. Raises PaymentNotHeld when it is not held any more.

    When the payee's account was closed meanwhile the money goes back and the payment has failed.
    """
    try:
        with transaction.atomic():
            payment = _leave_review(payment_id, PaymentStatus.COMPLETED)
            post_pending(entry_id=entry_of(payment))
            announce(payment, "completed")
    except AccountNotOpen:
        return _give_back(payment_id, PaymentStatus.FAILED, "failed", failure_code="account_closed")
    return payment


def reject_payment(payment_id: UUID) -> Payment:
    """Decline a held payment and give the money back. Raises PaymentNotHeld."""
    return _give_back(payment_id, PaymentStatus.DECLINED, "declined")


def cancel_payment(*, user: User, payment_id: UUID) -> Payment:
    """The payer takes a held payment back. Raises PaymentNotFound, MayNotPay or PaymentNotHeld."""
    payment = Payment.objects.visible_to(user).filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    require_payer(Wallet.objects.with_role_of(user).filter(pk=payment.source_id).first())
    return _give_back(payment_id, PaymentStatus.CANCELLED, "cancelled")


def expire_held_payments(*, limit: int = 100) -> int:
    """Give back the money of payments that waited longer than HOLD_LIFETIME; returns how many."""
    overdue = Payment.objects.filter(
        status=PaymentStatus.PENDING_REVIEW, created_at__lt=clock.now() - HOLD_LIFETIME
    ).order_by("created_at")
    expired = 0
    for payment_id in list(overdue.values_list("id", flat=True)[:limit]):
        try:
            _give_back(payment_id, PaymentStatus.FAILED, "failed", failure_code="expired")
            expired += 1
        except PaymentNotHeld:
            log.info("payment %s was decided before it expired", payment_id)
    return expired


def _give_back(payment_id: UUID, status: PaymentStatus, what: str, *, failure_code: str = "") -> Payment:
    with transaction.atomic():
        payment = _leave_review(payment_id, status, failure_code=failure_code)
        void_pending(entry_id=entry_of(payment), reason=what)
        announce(payment, what, reason=failure_code)
    return payment


def _leave_review(payment_id: UUID, status: PaymentStatus, *, failure_code: str = "") -> Payment:
    """One conditional UPDATE decides every race between release, rejection, cancellation and expiry."""
    changed = Payment.objects.filter(pk=payment_id, status=PaymentStatus.PENDING_REVIEW).update(
        status=status, failure_code=failure_code, closed_at=clock.now()
    )
    if not changed:
        raise PaymentNotHeld
    return Payment.objects.get(pk=payment_id)
