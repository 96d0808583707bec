"""A small company's books with figures that were worked out by hand: two currencies, a closed year, and a quarter."""

from datetime import date
from typing import Any

from accounts.tests.factories import make_customer
from ledger.constants import CLOSING_KIND
from ledger.models import Account
from ledger.services.posting import post_entry
from ledger.tests.factories import make_account, transfer
from ledger.types import EntryDraft, LineDraft, Side
from nexafi.core.money import Money

_ACCOUNTS = {
    "1100": ("asset", "cash", "Bank"),
    "1200": ("asset", "receivable", "Receivables"),
    "1500": ("asset", "fixed_asset", "Equipment"),
    "1590": ("asset", "accumulated_depreciation", "Depreciation of equipment"),
    "1600": ("asset", "intangible", "Licences"),
    "2100": ("liability", "customer_funds", "Customer funds"),
    "2400": ("liability", "fx_position", "Exchange position"),
    "2500": ("liability", "payable", "Payables"),
    "2600": ("liability", "tax_payable", "Taxes"),
    "2700": ("liability", "long_term_debt", "Bank loan"),
    "3100": ("equity", "capital", "Share capital"),
    "3200": ("equity", "retained_earnings", "Retained earnings"),
    "3300": ("equity", "dividends", "Dividends"),
    "4100": ("income", "fees", "Fees"),
    "4900": ("income", "fx_unrealised", "Unrealised gains"),
    "5100": ("expense", "processing", "Processing"),
    "5300": ("expense", "personnel", "Salaries"),
    "5600": ("expense", "depreciation", "Depreciation"),
    "5700": ("expense", "interest", "Interest"),
    "5800": ("expense", "tax", "Income tax"),
}
_USD = (
    ("2025-12-01", "1100", "3100", "100000.00", "Founders' capital"),
    ("2025-12-10", "1500", "1100", "24000.00", "Servers"),
    ("2025-12-31", "5600", "1590", "1000.00", "Depreciation of December"),
    ("2025-12-31", "1100", "4100", "5000.00", "Fees of December"),
    ("2026-01-10", "1200", "4100", "10000.00", "Invoice 1"),
    ("2026-02-05", "1100", "1200", "6000.00", "Paid on invoice 1"),
    ("2026-02-20", "1200", "4100", "3000.00", "Invoice 2"),
    ("2026-03-01", "1100", "2700", "20000.00", "Loan"),
    ("2026-03-05", "1600", "1100", "8000.00", "Licence"),
    ("2026-03-10", "5300", "1100", "4000.00", "Salaries"),
    ("2026-03-10", "5100", "2500", "1500.00", "Processor's bill"),
    ("2026-03-15", "2500", "1100", "500.00", "Paid to the processor"),
    ("2026-03-20", "5700", "1100", "200.00", "Interest"),
    ("2026-03-25", "5800", "2600", "900.00", "Income tax"),
    ("2026-03-28", "3300", "1100", "2000.00", "Dividend"),
    ("2026-03-31", "5600", "1590", "1500.00", "Depreciation of the quarter"),
    ("2026-03-31", "2400", "4900", "300.00", "Position at the closing rate"),
)
_EUR = (
    ("2026-02-10", "1100", "3100", "1000.00", "Capital of the branch"),
    ("2026-03-10", "1100", "4100", "500.00", "Fees of the branch"),
)


def make_books(*, euro: bool = False) -> dict[str, Account]:
    """The accounts by code ("1100" in dollars, "1100-EUR")."""
    accounts = _accounts("USD", "")
    _post(accounts, _USD, "USD", "")
    wallet = make_account(
        "liability", code="W-1", subtype="wallet", parent=accounts["2100"], owner_id=make_customer().id
    )
    _transfer("2026-03-31", accounts["1100"], wallet, "7000.00", "USD", description="Deposit")
    _close_2025(accounts)
    if euro:
        euros = _accounts("EUR", "-EUR", only=("1100", "3100", "4100"))
        accounts |= {f"{code}-EUR": account for code, account in euros.items()}
        _post(euros, _EUR, "EUR", "")
    return accounts | {"W-1": wallet}


def _accounts(currency: str, suffix: str, only: tuple[str, ...] = tuple(_ACCOUNTS)) -> dict[str, Account]:
    return {
        code: make_account(type, currency, code=f"{code}{suffix}", subtype=subtype, name=name)
        for code, (type, subtype, name) in _ACCOUNTS.items()
        if code in only
    }


def _post(accounts: dict[str, Account], rows: Any, currency: str, suffix: str) -> None:
    for day, debit, credit, amount, text in rows:
        _transfer(day, accounts[debit], accounts[credit], amount, currency, description=text)


def _transfer(day: str, debit: Account, credit: Account, amount: str, currency: str, **changes: Any) -> None:
    transfer(debit.id, credit.id, amount, currency, effective_date=date.fromisoformat(day), **changes)


def _close_2025(accounts: dict[str, Account]) -> None:
    lines = (("4100", Side.DEBIT, 500000), ("5600", Side.CREDIT, 100000), ("3200", Side.CREDIT, 400000))
    post_entry(
        EntryDraft(
            lines=tuple(LineDraft(accounts[code].id, side, Money(minor, "USD")) for code, side, minor in lines),
            kind=CLOSING_KIND,
            effective_date=date(2025, 12, 31),
            description="Closing 2025",
        )
    )
