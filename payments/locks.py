"""Row locks of payments. Take a payment before the ledger's balances."""

from uuid import UUID

from payments.models import Payment, Wallet


def lock_payment(payment_id: UUID) -> Payment | None:
    return Payment.objects.select_for_update().filter(pk=payment_id).first()


def lock_wallet(wallet_id: UUID) -> Wallet | None:
    """Blocks what refers to the wallet too (foreign key locks), so nothing new can be ordered meanwhile."""
    return Wallet.objects.select_for_update().filter(pk=wallet_id).first()
