"""Aged receivables and payables: how long what is open has been due.

Method: first in, first out, account by account. Settlements pay the oldest charges, so what is open is what was charged
last: the balance is laid over the charges from the newest back. A charge is due `payment_days` after its date. No
invoice is matched; a reversal counts as a settlement. A balance on the other side (paid too much) is not due, negative.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from ledger.constants import AccountType
from ledger.documents import Kind
from ledger.models import Account
from ledger.selectors.history import Sums, account_sums
from ledger.selectors.reports.lines import LABEL, name_of, plus
from ledger.selectors.reports.translation import Translator
from ledger.selectors.reports.types import DAY, FigureColumn, Line, Report, Table, Terms
from ledger.taxonomy import PAYABLE, RECEIVABLE
from nexafi.core.money import Money

MAX_ACCOUNTS = 2_000  # more are shown as one under the account they belong to
_BUCKETS = (("not_due", "Not due"), ("days_1_30", "1 to 30 days"), ("days_31_60", "31 to 60 days"),
            ("days_61_90", "61 to 90 days"), ("over_90", "Over 90 days"))  # fmt: skip
_LIMITS = (0, 30, 60, 90)  # the most days overdue of each bucket but the last
_Open = tuple[Account, tuple[int, ...]]


def aged_receivables(terms: Terms) -> Report:
    """What others owe, by how long it has been due."""
    return _report(terms, "aged-receivables", "Aged receivables", AccountType.ASSET, RECEIVABLE)


def aged_payables(terms: Terms) -> Report:
    """What is owed to others, by how long it has been due."""
    return _report(terms, "aged-payables", "Aged payables", AccountType.LIABILITY, PAYABLE)


def _report(terms: Terms, name: str, title: str, type: AccountType, subtype: str) -> Report:
    items = _open_items(terms, type, subtype)
    codes = sorted({terms.currency or account.currency for account, _ in items})
    return Report(
        name=name,
        title=title,
        terms=terms,
        sections=tuple(_table(terms, code, items) for code in codes),
        notes=(f"Settlements pay the oldest charges first; a charge is due after {terms.payment_days} days.",),
    )


def _open_items(terms: Terms, type: AccountType, subtype: str) -> list[_Open]:
    """Each account with an open balance, laid over the buckets; minor units of its own currency."""
    accounts, as_one = _accounts(type, subtype)
    until, sign = terms.main.until, 1 if type.debit_normal else -1
    ids = None if as_one else list(accounts)

    def sums(until: date, since: date | None = None) -> dict[UUID, Sums]:
        return account_sums(since=since, until=until, account_ids=ids, customers_as_one=as_one)

    totals = sums(until)
    charges = [sums(end, since) for since, end in _windows(until, terms.payment_days)]
    return [
        (accounts[key], _laid_out(sign * totals[key].net, [_charged(of.get(key, Sums()), type) for of in charges]))
        for key in accounts
        if key in totals and totals[key].net
    ]


def _accounts(type: AccountType, subtype: str) -> tuple[dict[UUID, Account], bool]:
    """The accounts, each by itself or, where they are too many, customers' as the ones they belong to."""
    found = Account.objects.filter(type=type, subtype=subtype).order_by("code")
    accounts = list(found[: MAX_ACCOUNTS + 1])
    as_one = len(accounts) > MAX_ACCOUNTS
    accounts = list(found.filter(owner=None)[:MAX_ACCOUNTS]) if as_one else accounts
    return {account.id: account for account in accounts}, as_one


def _windows(until: date, payment_days: int) -> list[tuple[date, date]]:
    """The days whose charges fall into each bucket but the last, from the newest."""
    starts = [until - timedelta(days=payment_days + limit) for limit in _LIMITS]
    ends = [until, *(start - DAY for start in starts[:-1])]
    return list(zip(starts, ends, strict=True))


def _charged(sums: Sums, type: AccountType) -> int:
    return sums.debits if type.debit_normal else sums.credits


def _laid_out(balance: int, charges: Sequence[int]) -> tuple[int, ...]:
    """The balance over the newest charges, what is left over in the last bucket; less than nothing in the first."""
    buckets = []
    for charged in charges:
        buckets.append(min(balance, charged))
        balance -= buckets[-1]
    return (*buckets, balance)


def _table(terms: Terms, code: str, items: list[_Open]) -> Table:
    translator = Translator(terms.currency)
    rows, sums = [], (0,) * len(_BUCKETS)
    for account, buckets in items:
        if not terms.currency and account.currency != code:
            continue
        shown = buckets
        if terms.currency:
            shown = tuple(translator.closing(minor, account.currency, terms.main.until) for minor in buckets)
        rows.append(Line(_cells(str(account), shown, code), account=account))
        sums = plus(sums, shown)
    rows.append(Line(_cells("Total", sums, code), Kind.TOTAL, key="total"))
    totals = {key: Money(minor, code) for (key, _), minor in zip(_BUCKETS, sums, strict=True)}
    totals["total"] = Money(sum(sums), code)
    return Table(title=name_of(code), currency=code, columns=_columns(terms), rows=tuple(rows), totals=totals)


def _cells(title: str, buckets: tuple[int, ...], code: str) -> tuple[str | Money, ...]:
    return title, *(Money(minor, code) for minor in (*buckets, sum(buckets)))


def _columns(terms: Terms) -> tuple[FigureColumn, ...]:
    buckets = (FigureColumn(title, 14, figure=True, key=key) for key, title in _BUCKETS)
    return (
        FigureColumn("Account", LABEL, key="title"),
        *buckets,
        FigureColumn("Total", 16, figure=True, key="total", span=terms.main),
    )
