"""What the statements must agree on, whatever was posted: random books in two currencies, recounted by hand."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.constants import CLOSING_KIND, AccountType
from ledger.models import Account
from ledger.selectors.reports import REPORTS, Report, read_report
from ledger.selectors.reports.asked import terms_of_day, terms_of_period
from ledger.services.posting import post_entries
from ledger.taxonomy import TAXONOMY, Flow
from ledger.tests.factories import make_account, make_rates
from ledger.types import EntryDraft, LineDraft, Side
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
START, DAYS = date(2026, 1, 1), 120
CURRENCIES = ("USD", "JPY")
CASH = {caption.subtype for caption in TAXONOMY if caption.flow is Flow.CASH}
EARNED = (AccountType.INCOME, AccountType.EXPENSE)

days = st.integers(0, DAYS).map(lambda number: START + timedelta(days=number))
postings = st.tuples(
    st.sampled_from(CURRENCIES), st.integers(0, 15), st.integers(0, 15), st.integers(1, 10**9), days
)  # fmt: skip


@dataclass
class Books:
    """What was posted, for a recount: debits less credits by account."""

    accounts: dict[str, list[Account]]
    moves: list[tuple[Account, int, date, bool]]  # account, debit less credit, day, whether by a closing entry

    def sum(self, code: str, wanted: Callable[[Account], bool], since: date, until: date, *, closing: bool) -> int:
        return sum(
            net
            for account, net, day, closed in self.moves
            if account.currency == code and wanted(account) and since <= day <= until and (closing or not closed)
        )


def _post(rows: list[tuple[str, int, int, int, date]], kinds: list[int], close: date) -> Books:
    captions = [TAXONOMY[number] for number in kinds]
    accounts = {
        code: [make_account(each.type, code, subtype=each.subtype) for each in captions]
        + [make_account("asset", code, subtype="cash"), make_account("equity", code, subtype="retained_earnings")]
        for code in CURRENCIES
    }
    books, drafts = Books(accounts, []), []
    for code, debit, credit, minor, day in rows:
        sides = [accounts[code][number % len(accounts[code])] for number in (debit, credit)]
        if sides[0] == sides[1]:
            continue
        ids = {"debit": sides[0].id, "credit": sides[1].id}
        drafts.append(EntryDraft.transfer(**ids, amount=Money(minor, code), effective_date=day))
        books.moves += [(sides[0], minor, day, False), (sides[1], -minor, day, False)]
    drafts += filter(None, (_closing(books, code, close) for code in CURRENCIES))
    if drafts:
        post_entries(drafts)
    return books


def _closing(books: Books, code: str, day: date) -> EntryDraft | None:
    """What income and expenses hold on a day goes to retained earnings."""
    nets: Counter[Account] = Counter()
    for account, net, on, _ in books.moves:
        if account.currency == code and account.type in EARNED and on <= day:
            nets[account] -= net
    retained = books.accounts[code][-1]
    nets[retained] = -sum(nets.values())
    moves = [(account, net, day, True) for account, net in nets.items() if net]
    books.moves += moves
    lines = [
        LineDraft(account.id, Side.DEBIT if net > 0 else Side.CREDIT, Money(abs(net), code))
        for account, net, *_ in moves
    ]
    return EntryDraft(lines=tuple(lines), kind=CLOSING_KIND, effective_date=day) if lines else None


def _totals(report: Report) -> dict[str, dict[str, int]]:
    return {
        table.currency: {key: cell.minor for key, cell in table.totals.items() if isinstance(cell, Money)}
        for table in report.sections
    }


@pytest.fixture(autouse=True)
def rates() -> None:
    for number in range(-5, DAYS + 1):
        make_rates(START + timedelta(days=number), source="manual", base="USD", JPY=str(100 + number % 37))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(postings, min_size=1, max_size=25),
    kinds=st.lists(st.integers(0, len(TAXONOMY) - 1), min_size=4, max_size=14),
    close=days,
    ends=st.tuples(days, days),
)
def test_the_statements_agree_with_a_recount_and_with_each_other(
    rows: list[tuple[str, int, int, int, date]], kinds: list[int], close: date, ends: tuple[date, date]
) -> None:
    since, until = sorted(ends)
    with transaction.atomic():
        books = _post(rows, kinds, close)
        _check(books, since, until)
        _check_converted(since, until)
        transaction.set_rollback(True)


def _check(books: Books, since: date, until: date) -> None:
    before = since - timedelta(days=1)
    balance, sheet, opening = (
        read_report(name, terms_of_day(REPORTS[name], as_of=[day]))
        for name, day in (("trial-balance", until), ("balance-sheet", until), ("balance-sheet", before))
    )
    income, flow, equity = (
        read_report(name, terms_of_period(REPORTS[name], since=since, until=until))
        for name in ("income-statement", "cash-flow", "changes-in-equity")
    )
    assert all(report.is_balanced for report in (balance, sheet, opening, income, flow, equity))
    for code in CURRENCIES:
        debits, credits = (_totals(balance).get(code, {}).get(key, 0) for key in ("debits", "credits"))
        assert debits == credits
        equity_now, equity_then = (_totals(report).get(code, {}).get("total_equity", 0) for report in (sheet, opening))
        profit = _totals(income).get(code, {}).get("profit", 0)
        earned = books.sum(code, lambda each: each.type in EARNED, since, until, closing=False)
        by_owners = books.sum(code, lambda each: each.type == "equity", since, until, closing=False)
        assert profit == -earned
        assert equity_now - equity_then == profit - by_owners
        assert _totals(equity).get(code, {}).get("closing", 0) == equity_now
        cash = books.sum(code, lambda each: each.subtype in CASH and each.type == "asset", since, until, closing=True)
        assert _totals(flow).get(code, {}).get("net_change", 0) == cash


def _check_converted(since: date, until: date) -> None:
    """In dollars, at rates that change: everything balances, and the cash is that of the balance sheet."""
    sheet, balance = (
        read_report(name, terms_of_day(REPORTS[name], as_of=[until], currency="USD"))
        for name in ("balance-sheet", "trial-balance")
    )
    flow, equity = (
        read_report(name, terms_of_period(REPORTS[name], since=since, until=until, currency="USD"))
        for name in ("cash-flow", "changes-in-equity")
    )
    assert all(report.is_balanced for report in (sheet, balance, flow, equity))
    total = _totals(sheet).get("USD", {}).get("total_equity", 0)
    assert _totals(equity).get("USD", {}).get("closing", 0) == total
    held = sum(
        cell.minor
        for table in sheet.sections
        for row in table.rows
        if row.account and row.account.subtype in CASH and row.account.type == "asset"
        for cell in row.cells[1:]
        if isinstance(cell, Money)
    )
    assert _totals(flow).get("USD", {}).get("closing_cash", 0) == held
