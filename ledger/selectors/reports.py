"""Trial balance and balance sheet, per currency.

Customers' accounts are shown as one figure under the account they belong to.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Sum, When

from ledger.constants import AccountType
from ledger.models import Account, Balance, Posting
from nexafi.core import clock
from nexafi.core.money import Money


@dataclass(frozen=True)
class ReportRow:
    """One account's figure: `net` debits less credits, own and those of the customers' accounts below it."""

    account: Account
    net: int

    @property
    def debit(self) -> Money:
        return Money(max(self.net, 0), self.account.currency)

    @property
    def credit(self) -> Money:
        return Money(max(-self.net, 0), self.account.currency)

    @property
    def balance(self) -> Money:
        """Signed to the account's normal side."""
        return Money(self.net if self.account.debit_normal else -self.net, self.account.currency)


@dataclass(frozen=True)
class TrialBalance:
    """Every account with a balance, by currency; debits equal credits in each, or something is wrong."""

    as_of: date
    rows: list[ReportRow]
    totals: dict[str, tuple[Money, Money]]  # currency -> debits, credits

    @property
    def is_balanced(self) -> bool:
        return all(debits == credits for debits, credits in self.totals.values())


@dataclass(frozen=True)
class SheetSection:
    """One part of a balance sheet; `earnings` belong to its total besides the rows."""

    title: str
    total: Money
    rows: list[ReportRow]
    earnings: Money | None = None


@dataclass
class CurrencySheet:
    """The balance sheet in one currency. `current_earnings`: income less expenses not yet closed to equity."""

    currency: str
    rows: dict[AccountType, list[ReportRow]] = field(default_factory=lambda: defaultdict(list))

    def total(self, kind: AccountType) -> Money:
        return Money(sum(row.balance.minor for row in self.rows[kind]), self.currency)

    @property
    def current_earnings(self) -> Money:
        return self.total(AccountType.INCOME) - self.total(AccountType.EXPENSE)

    @property
    def total_equity(self) -> Money:
        return self.total(AccountType.EQUITY) + self.current_earnings

    @property
    def is_balanced(self) -> bool:
        return self.total(AccountType.ASSET) == self.total(AccountType.LIABILITY) + self.total_equity

    @property
    def sections(self) -> list[SheetSection]:
        """Assets, liabilities and equity in the order a reader expects."""
        return [
            SheetSection("Assets", self.total(AccountType.ASSET), self.rows[AccountType.ASSET]),
            SheetSection("Liabilities", self.total(AccountType.LIABILITY), self.rows[AccountType.LIABILITY]),
            SheetSection("Equity", self.total_equity, self.rows[AccountType.EQUITY], self.current_earnings),
        ]


@dataclass(frozen=True)
class BalanceSheet:
    """Assets against liabilities and equity, one sheet a currency."""

    as_of: date
    sheets: list[CurrencySheet]

    @property
    def is_balanced(self) -> bool:
        return all(sheet.is_balanced for sheet in self.sheets)


def trial_balance(as_of: date | None = None, currency: str | None = None) -> TrialBalance:
    """Balances of every account: the current ones, or at the end of a past effective date."""
    rows = _rows(as_of, currency)
    totals: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        debits, credits = totals[row.account.currency]
        totals[row.account.currency] = debits + row.debit.minor, credits + row.credit.minor
    return TrialBalance(
        as_of=as_of or clock.today(),
        rows=rows,
        totals={code: (Money(debits, code), Money(credits, code)) for code, (debits, credits) in totals.items()},
    )


def balance_sheet(as_of: date | None = None, currency: str | None = None) -> BalanceSheet:
    """What the institution has and owes: now, or at the end of a past effective date."""
    sheets: dict[str, CurrencySheet] = {}
    for row in _rows(as_of, currency):
        code = row.account.currency
        sheets.setdefault(code, CurrencySheet(code)).rows[AccountType(row.account.type)].append(row)
    return BalanceSheet(as_of=as_of or clock.today(), sheets=[sheets[code] for code in sorted(sheets)])


def _rows(as_of: date | None, currency: str | None) -> list[ReportRow]:
    nets: dict[UUID, int] = defaultdict(int)
    for account_id, net in _nets(as_of, {"currency": currency} if currency else {}):
        nets[account_id] += int(net)
    accounts = Account.objects.in_bulk(list(nets))
    rows = [ReportRow(accounts[account_id], net) for account_id, net in nets.items() if net]
    return sorted(rows, key=lambda row: (row.account.currency, row.account.code))


def _nets(as_of: date | None, within: dict[str, str]) -> Iterator[tuple[UUID, int]]:
    """(account, debits less credits), from the balances or, for a past date, from the postings."""
    if as_of is None:
        yield from _by_account(Balance.objects.filter(**within), "account", Sum(F("debits") - F("credits")))
        return
    booked = Posting.objects.booked().filter(effective_date__lte=as_of, **within)
    yield from _by_account(booked, "debit", Sum("amount"))
    yield from _by_account(booked, "credit", -Sum("amount"))


def _by_account(rows: QuerySet[Any], account: str, net: Any) -> Iterable[tuple[UUID, int]]:
    """Sums by account, a customer's under its parent: grouped in the database, so as many rows as the chart has."""
    owned = Q(**{f"{account}__owner__isnull": False, f"{account}__parent__isnull": False})
    shown = Case(When(owned, then=F(f"{account}__parent_id")), default=F(f"{account}_id"))
    return rows.annotate(shown=shown).values("shown").annotate(net=net).values_list("shown", "net")
