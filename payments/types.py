"""Values that payments' services take."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from nexafi.core.money import Money


@dataclass(frozen=True)
class PaymentOrder:
    """What a payer asks for. `user` orders it on behalf of the source wallet's customer."""

    user: User
    source_wallet_id: UUID
    destination_wallet_id: UUID
    amount: Money
    description: str = ""


@dataclass(frozen=True)
class TransferOrder:
    """A deposit to or withdrawal from a wallet, ordered by `user`."""

    user: User
    kind: str  # constants.TransferKind
    wallet_id: UUID
    amount: Money
