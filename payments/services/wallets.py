"""Open wallets, and freeze, reactivate or close them."""

from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Customer, Membership, User
from audit.services.record import record
from ledger.constants import AccountType, SystemAccount
from ledger.selectors import balance_of
from ledger.services.accounts import close_account, open_account, system_account
from nexafi.core.errors import Forbidden, NotFound
from nexafi.core.ids import uuid7
from nexafi.core.money import currency as iso_currency
from payments.constants import WALLET_OPENING_ROLES, PaymentStatus, TransferStatus, WalletStatus
from payments.exceptions import WalletExists, WalletInUse, WalletNotFound
from payments.locks import lock_wallet
from payments.models import Payment, Transfer, Wallet


def open_wallet(*, customer_id: UUID, currency: str) -> Wallet:
    """Open a customer's wallet in a currency together with its ledger account (a liability that keeps above zero).

    Raises UnknownCurrency, or WalletExists when there is one already (also when two open it at once).
    """
    wallet_id = uuid7()
    try:
        with transaction.atomic():
            account = open_account(
                code=f"wallet:{wallet_id}",
                name=f"Wallet {iso_currency(currency).code}",
                type=AccountType.LIABILITY,
                subtype="wallet",
                currency=currency,
                parent=system_account(SystemAccount.CUSTOMER_FUNDS, currency),
                floor_minor=0,
                owner_id=customer_id,
            )
            wallet = Wallet.objects.create(
                id=wallet_id, customer_id=customer_id, account_id=account.id, currency=currency
            )
            record(
                "payments.wallet_opened",
                target_type="wallet",
                target_id=wallet_id,
                data={"customer_id": str(customer_id), "currency": currency},
            )
    except IntegrityError as error:
        if "wallet_per_currency" in str(error) or "payments_wallet.customer_id" in str(error):
            raise WalletExists from error
        raise
    return wallet


def customer_to_open_for(user: User, organization_id: UUID | None = None) -> UUID:
    """Whose wallet the user opens: the organization's, else the user's own person customer.

    Raises NotFound for an organization that the user is no member of, Forbidden for a member without that right.
    """
    memberships = Membership.objects.filter(user=user)
    if organization_id is None:
        memberships = memberships.filter(customer__kind=Customer.Kind.PERSON)
    else:
        memberships = memberships.filter(customer=organization_id)
    membership = memberships.order_by("id").first()
    if membership is None:
        raise NotFound("There is no such organization." if organization_id else "You have no customer of your own.")
    if membership.role not in WALLET_OPENING_ROLES:
        raise Forbidden("Your role does not open wallets for this organization.")
    return membership.customer_id


def set_wallet_status(*, wallet_id: UUID, status: WalletStatus, reason: str) -> Wallet:
    """Freeze, reactivate or close a wallet. Closing is final and raises WalletInUse while the wallet holds or
    expects money; a closed wallet raises WalletNotFound."""
    with transaction.atomic():
        wallet = lock_wallet(wallet_id)
        if wallet is None or wallet.status == WalletStatus.CLOSED:
            raise WalletNotFound
        if status == WalletStatus.CLOSED:
            _close_account(wallet)
        wallet.status = status
        wallet.save(update_fields=["status"])
        record(f"payments.wallet_{status}", target_type="wallet", target_id=wallet_id, reason=reason)
    return wallet


def _close_account(wallet: Wallet) -> None:
    expected = (
        Payment.objects.filter(destination=wallet, status=PaymentStatus.PENDING_REVIEW).exists()
        or Transfer.objects.filter(
            wallet=wallet, status__in=[TransferStatus.PENDING, TransferStatus.PENDING_REVIEW]
        ).exists()
    )
    balances = balance_of(wallet.account_id)
    if expected or balances.posted.minor or balances.pending_debits.minor or balances.pending_credits.minor:
        raise WalletInUse
    close_account(account_id=wallet.account_id)
