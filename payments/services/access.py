"""Who may move a wallet's money, and whether the wallet can move it."""

from nexafi.core.errors import CurrencyMismatch
from nexafi.core.money import Money
from payments.constants import PAYING_ROLES, WalletStatus
from payments.exceptions import MayNotPay, WalletNotActive, WalletNotFound
from payments.models import Wallet


def require_payer(wallet: Wallet | None) -> Wallet:
    """The wallet (loaded `with_role_of` the user), if its money is the user's to move.

    Raises WalletNotFound for somebody else's wallet, MayNotPay for a member who may only look.
    """
    role = getattr(wallet, "member_role", None)
    if wallet is None or role is None:
        raise WalletNotFound
    if role not in PAYING_ROLES:
        raise MayNotPay
    return wallet


def require_usable(wallet: Wallet, amount: Money) -> None:
    """Raises CurrencyMismatch, or WalletNotActive when the wallet is frozen or closed."""
    if wallet.currency != amount.currency:
        raise CurrencyMismatch(f"The wallet holds {wallet.currency}.", pointer="/currency")
    if wallet.status != WalletStatus.ACTIVE:
        raise WalletNotActive
