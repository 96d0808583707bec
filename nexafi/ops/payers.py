"""Customers with money and a token, for load and bank tests."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from accounts.models import Session
from accounts.tokens import issue_pair
from ledger.constants import SystemAccount
from ledger.services.accounts import system_account
from ledger.services.posting import post_entries
from ledger.types import EntryDraft
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.core.money import Money
from nexafi.ops.population import verified_customers
from payments.models import Wallet
from payments.services.wallets import open_wallet

FUNDS = "50000.00"


@dataclass(frozen=True)
class Payer:
    """A customer with a funded wallet and a token."""

    wallet_id: str
    token: str


def funded_payers(count: int) -> list[Payer]:
    """`count` verified customers, each with a USD wallet that holds FUNDS and a live sign-in."""
    users = verified_customers(count)
    wallets = [open_wallet(customer_id=customer.id, currency="USD") for _, customer in users]
    settlement = system_account(SystemAccount.SETTLEMENT, "USD").id
    funding = Money.parse(FUNDS, "USD")
    post_entries([_funding(settlement, wallet, funding) for wallet in wallets])
    now = clock.now()
    sessions = Session.objects.bulk_create(
        Session(user=user, current_refresh=uuid7(), expires_at=now + settings.REFRESH_TOKEN_LIFETIME)
        for user, _ in users
    )
    tokens = [issue_pair(session).access_token for session in sessions]
    return [Payer(str(wallet.id), token) for wallet, token in zip(wallets, tokens, strict=True)]


def _funding(settlement: UUID, wallet: Wallet, amount: Money) -> EntryDraft:
    return EntryDraft.transfer(debit=settlement, credit=wallet.account_id, amount=amount, kind="deposit")
