"""Accounts and entries for tests."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from ledger.models import Account, ExchangeRate, JournalEntry, Revaluation
from ledger.services.accounts import open_account
from ledger.services.posting import post_entry
from ledger.types import EntryDraft
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.core.money import Money


def make_account(type: str = "asset", currency: str = "USD", **fields: Any) -> Account:
    fields.setdefault("code", f"T-{uuid7()}")
    fields.setdefault("name", f"Test {type}")
    return open_account(type=type, currency=currency, **fields)


def make_wallet(currency: str = "USD", funded: str = "0.00", **fields: Any) -> Account:
    """A liability account that cannot be overdrawn, paid into from a fresh settlement account."""
    wallet = make_account("liability", currency, floor_minor=0, subtype="wallet", **fields)
    if funded != "0.00":
        transfer(make_account("asset", currency).id, wallet.id, funded, currency)
    return wallet


def transfer(debit: UUID, credit: UUID, amount: str = "10.00", currency: str = "USD", **changes: Any) -> JournalEntry:
    return post_entry(EntryDraft.transfer(debit=debit, credit=credit, amount=Money.parse(amount, currency), **changes))


def make_rates(on: date, *, source: str = "ecb", base: str = "EUR", **rates: str) -> None:
    """Recorded rates of one day: make_rates(day, USD="1.1") is a sheet of the ECB with one line."""
    for quote, rate in rates.items():
        ExchangeRate.objects.create(source=source, base=base, quote=quote, rate=rate, valid_on=on)


def make_revaluation(currency: str = "EUR") -> Revaluation:
    """A rate of yesterday and what was revalued at it, without the entries."""
    yesterday = clock.today() - timedelta(days=1)
    make_rates(yesterday, USD="1.1172")
    figures = {"position": 10_000, "carrying": 11_000, "value": 11_172, "difference": 172, "realised": 0}
    row, _ = Revaluation.objects.get_or_create(
        on=yesterday, currency=currency, defaults={"base": "USD", "reason": "End of day", **figures}
    )
    return row
