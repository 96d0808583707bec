"""Random accounts, entries, batches, holds, periods and days against a plain Python model of the books.

A short run by default. `LEDGER_MODEL_SECONDS=600 pytest -s ledger/tests/test_state_machine.py` goes on for that long
and tells how often what was answered.
"""

import os
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.integrity import check_ledger
from ledger.models import Period
from ledger.selectors import balances_of, lines_of
from ledger.selectors.entries import find_entry, moved_lines_of
from ledger.selectors.history import account_sums
from ledger.selectors.reports import REPORTS, read_report
from ledger.selectors.reports.asked import terms_of_day
from ledger.services.accounts import change_account, close_account, system_account
from ledger.services.batches import post_batch
from ledger.services.entries import expire_due_pending, post_pending, reverse_entry, void_pending
from ledger.services.fold import fold_postings
from ledger.services.periods import close_period, create_periods, reopen_period, spans_of_year
from ledger.services.posting import post_entries
from ledger.tests.factories import make_account
from ledger.tests.model import CREDIT, DEBIT, Book, Books, Line, Month, Refused, Wish, moved_lines
from ledger.types import Cycle, EntryDraft, EntryStatus, LineDraft, Side
from nexafi.core import clock
from nexafi.core.errors import DomainError
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
ACCOUNTS = [  # kind, currency, floor, ceiling
    ("asset", "USD", None, None),
    ("asset", "USD", 0, 4000),
    ("liability", "USD", 0, None),
    ("liability", "USD", -500, None),
    ("liability", "USD", 0, 2500),
    ("income", "USD", None, None),
    ("expense", "USD", None, None),
    ("asset", "JPY", None, None),
    ("liability", "JPY", 0, None),
    ("liability", "JPY", None, 1500),
    ("income", "JPY", None, None),
]
TALLY: Counter[str] = Counter()


@dataclass(frozen=True)
class Part:
    """One currency of an entry: accounts by number, and how its total is cut among debits and credits."""

    currency: str
    debits: list
    credits: list
    total: int


def cut(total, weights):
    """The total in as many positive parts, roughly by weight."""
    parts = [max(1, total * weight // (sum(weights) + 1)) for weight in weights[1:]]
    return [total - sum(parts), *parts]


ACCOUNT = st.integers(0, 15)
SIDE = st.lists(st.tuples(ACCOUNT, st.integers(1, 5)), min_size=1, max_size=3)
PARTS = st.lists(
    st.builds(Part, st.sampled_from(["USD", "JPY"]), SIDE, SIDE, st.integers(5, 900)),
    min_size=1,
    max_size=2,
    unique_by=lambda part: part.currency,
)
SIMPLE = st.builds(
    Part,
    st.sampled_from(["USD", "USD", "JPY"]),
    st.lists(st.tuples(ACCOUNT, st.just(1)), min_size=1, max_size=1),
    st.lists(st.tuples(ACCOUNT, st.just(1)), min_size=1, max_size=1),
    st.integers(5, 2500),
).map(lambda part: [part])
FAULTS = [""] * 12 + ["unbalanced", "zero", "ghost", "mixed"]


@dataclass(frozen=True)
class Asked:
    """An entry in numbers, before the accounts of the run are put in."""

    parts: list
    fault: str
    pending: bool
    room: int | None  # how much more than its total it may be posted for
    hours: int | None  # until it expires
    days: int  # from today to its date
    name: int
    again: int
    balancing: bool
    linked: bool


ENTRY = st.builds(
    Asked,
    st.one_of(SIMPLE, SIMPLE, PARTS),
    st.sampled_from(FAULTS),
    st.booleans(),
    st.sampled_from([None, None, 0, 7, 300]),
    st.sampled_from([None, None, 1, 30, 400]),
    st.sampled_from([0, 0, 0, -1, -12, -40, -75, 20]),
    st.integers(0, 30),
    st.integers(0, 20),
    st.sampled_from([False] * 5 + [True]),
    st.sampled_from([False] * 3 + [True]),
)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = START
        self.books = Books()
        self.keys = []  # of the entries that were written, the closing ones apart
        TALLY["runs"] += 1

    def teardown(self):
        try:
            with clock.pinned(self.now):
                assert check_ledger().faults == []
                assert read_report("trial-balance", terms_of_day(REPORTS["trial-balance"])).is_balanced
                self.sums_agree(None, None)
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # --- what may happen -------------------------------------------------------------------------------------------

    @initialize()
    def begin(self):
        """Accounts with money on them, and the months of the year, the first of them closed."""
        with clock.pinned(self.now):
            self.retained = {c: system_account("retained_earnings", c).id for c in ("USD", "JPY")}
            self.months = [period.id for period in create_periods(spans=spans_of_year(2026, Cycle.MONTH))]
        self.books.months = [Month(p.starts, p.ends) for p in Period.objects.order_by("starts")]
        self.books.accounts = {id: Book(currency, "equity") for currency, id in self.retained.items()}
        self.accounts = [self.open(*terms) for terms in ACCOUNTS]
        usd, till, *wallets, _, _, yen, jar, _, _ = self.accounts
        funding = [(usd, wallet, 1500) for wallet in wallets] + [(till, usd, 2000), (yen, jar, 900)]
        self.post([Wish(self.two_lines(*move), date(2026, 1, 5), key=uuid7()) for move in funding])

    def two_lines(self, debit, credit, amount):
        currency = self.books.accounts[debit].currency
        return (Line(debit, DEBIT, amount, currency), Line(credit, CREDIT, amount, currency))

    @rule(kind=st.sampled_from(["asset", "liability", "expense"]), currency=st.sampled_from(["USD", "JPY"]))
    @precondition(lambda self: len(self.accounts) < 16)
    def open_account(self, kind, currency):
        self.accounts.append(self.open(kind, currency, 0, 3000))

    def open(self, kind, currency, floor, ceiling):
        account = make_account(kind, currency, floor_minor=floor, ceiling_minor=ceiling)
        self.books.accounts[account.id] = Book(currency, kind, floor, ceiling)
        return account.id

    @rule(account=ACCOUNT, sure=st.sampled_from([False, False, True]))
    def close_account(self, account, sure):
        account = self.account(account)
        if not (sure or any(self.books.accounts[account].moved.values())):
            return  # most that were never used stay open
        self.expect(lambda: self.books.close_account(account), lambda: close_account(account_id=account))

    @rule(account=ACCOUNT, sides=st.sampled_from(["", "", "", DEBIT, CREDIT, "debit credit"]))
    def freeze(self, account, sides):
        account, frozen = self.account(account), frozenset(sides.split())
        sides = {"accepts_debits": DEBIT not in frozen, "accepts_credits": CREDIT not in frozen}
        self.change(account, {"frozen": frozen}, sides)

    @rule(account=ACCOUNT, floor=st.sampled_from([None, -800, 0, 100]), ceiling=st.sampled_from([None, 0, 1200, 5000]))
    def limit(self, account, floor, ceiling):
        limits = {"floor": floor, "ceiling": ceiling}
        self.change(self.account(account), limits, limits)

    def change(self, account, model, ledger):
        self.expect(
            lambda: self.books.change(account, **model),
            lambda: change_account(account_id=account, reason="r", **ledger),
        )

    @rule(asked=ENTRY)
    def post_one(self, asked):
        self.post([self.wish(asked)])

    @rule(asked=st.lists(ENTRY, min_size=2, max_size=5))
    def post_all_or_none(self, asked):
        self.post([self.wish(each) for each in asked])

    @rule(asked=st.lists(ENTRY, min_size=1, max_size=6))
    def post_each(self, asked):
        """A batch whose entries stand each for itself, or linked."""
        wishes = [self.wish(each) for each in asked]
        with self.at():
            outcomes = post_batch([self.draft(wish) for wish in wishes])
        codes = [outcome.code if isinstance(outcome, DomainError) else "ok" for outcome in outcomes]
        assert codes == self.books.write_each(wishes)
        self.tally("batch", *codes)
        self.keys += [wish.key for wish, code in zip(wishes, codes, strict=True) if code == "ok"]

    @precondition(lambda self: self.waiting())
    @rule(entry=st.integers(0, 99), portion=st.sampled_from([None, None, 1, 40, 100, 101, 130]))
    def capture(self, entry, portion):
        """In full, or for a part or more of its first currency's total."""
        key = self.pending(entry)
        currency = self.books.entries[key].lines[0].currency
        amount = portion and max(1, self.total(key, currency) * portion // 100)
        money = Money(amount, currency) if amount else None
        self.expect(
            lambda: self.books.end(key, "posted", self.now, amount, currency),
            lambda: post_pending(entry_id=key, amount=money),
        )
        self.same_lines(key)

    @precondition(lambda self: self.waiting())
    @rule(entry=st.integers(0, 99))
    def void(self, entry):
        key = self.pending(entry)
        self.expect(lambda: self.books.end(key, "voided", self.now), lambda: void_pending(entry_id=key, reason="r"))

    @rule()
    def expire(self):
        with self.at():
            assert expire_due_pending() == self.books.expire(self.now)

    @precondition(lambda self: self.keys)
    @rule(entry=st.integers(0, 99))
    def reverse(self, entry):
        key, new = self.entry(entry), uuid7()
        done = self.expect(
            lambda: self.books.reverse(key, self.now.date(), new), lambda: reverse_entry(entry_id=key, reason="r")
        )
        if done:
            self.books.entries[done.id] = self.books.entries.pop(new)
            self.keys.append(done.id)
            self.same_lines(done.id)

    @rule(days=st.sampled_from([0, 1, 3, 10, 25, 40]), hours=st.integers(0, 11))
    def time_passes(self, days, hours):
        self.now += timedelta(days=days, hours=hours)

    @rule(ahead=st.sampled_from([0, 0, 0, 0, 1, -1]))
    def close_month(self, ahead):
        self.close_it(self.next_month() + ahead)

    @rule(back=st.sampled_from([1, 1, 1, 2, 0]))
    def reopen_month(self, back):
        number = self.next_month() - back
        if 0 <= number < 12:
            work = lambda: reopen_period(period_id=self.months[number], reason="r")  # noqa: E731
            self.expect(lambda: self.books.reopen_month(number), work)

    def close_it(self, number):
        if not 0 <= number < 12:
            return
        self.expect(
            lambda: self.books.close_month(number, self.now.date(), self.retained),
            lambda: close_period(period_id=self.months[number], reason="r", accept_warnings=True),
        )

    @rule(days=st.integers(-110, 40), span=st.sampled_from([None, 3, 31, 90]), without_closing=st.booleans())
    def look_back(self, days, span, without_closing):
        until = self.now.date() + timedelta(days=days)
        self.sums_agree(span and until - timedelta(days=span), until, without_closing=without_closing)

    @rule()
    def fold(self):
        fold_postings()

    # --- what must hold after every step -----------------------------------------------------------------------------

    @invariant()
    def balances_agree(self):
        TALLY["steps"] += 1
        found = balances_of(self.books.accounts)
        for account, book in self.books.accounts.items():
            position = found[account]
            figures = (position.posted, position.available, position.pending_debits, position.pending_credits)
            assert tuple(figure.minor for figure in figures) == (
                book.posted,
                book.available,
                book.held[DEBIT],
                book.held[CREDIT],
            )

    def sums_agree(self, since, until, **scope):
        found = account_sums(since=since, until=until, account_ids=list(self.books.accounts), **scope)
        assert {a: (sums.debits, sums.credits) for a, sums in found.items()} == self.books.sums(
            since=since, until=until, **scope
        )

    # --- between the two ---------------------------------------------------------------------------------------------

    @contextmanager
    def at(self):
        with clock.pinned(self.now):
            yield

    def account(self, number):
        return self.accounts[number % len(self.accounts)]

    def entry(self, number):
        return self.keys[-1 - number % len(self.keys)]

    def waiting(self):
        return [key for key in self.keys if self.books.entries[key].state == "pending"]

    def pending(self, number):
        """An entry that is pending, as a rule."""
        waiting = self.waiting()
        return waiting[number % len(waiting)] if number % 8 != 7 else self.entry(number)

    def next_month(self):
        return sum(month.closed for month in self.books.months)

    def total(self, key, currency):
        lines = self.books.entries[key].lines
        return sum(line.amount for line in lines if (line.side, line.currency) == (DEBIT, currency))

    def wish(self, asked):
        lines = tuple(line for part in asked.parts for line in self.part_lines(part, asked.fault))
        if asked.balancing and len(lines) == 2:
            asked = Asked(**{**vars(asked), "room": None})
        totals = {line.currency: 0 for line in lines}
        for line in lines:
            totals[line.currency] += line.amount if line.side == DEBIT else 0
        limited = asked.pending and asked.room is not None and len(totals) == 1
        expires = self.now + timedelta(hours=asked.hours) if asked.pending and asked.hours else None
        return Wish(
            lines,
            self.now.date() + timedelta(days=asked.days),
            asked.pending,
            sum(totals.values()) + asked.room if limited else None,
            expires,
            f"name-{asked.name}" if asked.name < 5 else None,
            self.entry(asked.again) if asked.again == 0 and self.keys else uuid7(),
            asked.balancing and len(lines) == 2,
            asked.linked,
        )

    def part_lines(self, part, fault):
        """A side's accounts are those of its currency, as a rule, and not on the other side."""
        fitting = [a for a in self.accounts if self.books.accounts[a].currency == part.currency] + self.accounts[:2] * (
            fault == "mixed"
        )
        debits = [(fitting[number % len(fitting)], weight) for number, weight in part.debits]
        taken = {account for account, _ in debits} if fault != "mixed" else set()
        free = [account for account in fitting if account not in taken]
        credits = [(free[number % len(free)], weight) for number, weight in part.credits]
        if fault == "ghost":
            credits = [(uuid7(), weight) for _, weight in credits]
        debited = part.total if fault != "unbalanced" else part.total + 1
        sides = ((DEBIT, debits, debited), (CREDIT, credits, part.total))
        for side, legs, total in sides:
            amounts = cut(total, [weight for _, weight in legs])
            for (account, _), amount in zip(legs, amounts, strict=True):
                yield Line(account, side, amount if fault != "zero" else 0, part.currency)

    def draft(self, wish):
        currency = wish.lines[0].currency
        return EntryDraft(
            lines=tuple(
                LineDraft(a, Side(side), Money(minor, code)) for a, side, minor, code in map(astuple, wish.lines)
            ),
            status=EntryStatus.PENDING if wish.pending else EntryStatus.POSTED,
            effective_date=wish.day,
            expires_at=wish.expires,
            capture_limit=None if wish.limit is None else Money(wish.limit, currency),
            external_id=wish.name,
            id=wish.key,
            balancing=wish.balancing,
            linked=wish.linked,
        )

    def post(self, wishes):
        drafts = [self.draft(wish) for wish in wishes]
        if self.expect(lambda: self.books.write(wishes), lambda: post_entries(drafts)):
            for wish in wishes:
                self.keys.append(wish.key)
                self.same_lines(wish.key)

    def same_lines(self, key):
        row, entry = self.books.entries[key], find_entry(key)
        assert [plain(line) for line in lines_of(entry)] == list(row.lines)
        assert entry.status == row.state
        if row.state == "posted":
            assert [plain(line) for line in moved_lines_of(entry)] == moved_lines(row)

    def expect(self, model, work):
        """Both refuse for the same reason, or both do it; a refusal changes nothing on either side."""
        codes = self.refusal(model)
        name = sys._getframe(1).f_code.co_name
        if not codes:
            self.tally(name, "ok")
            with self.at():
                return work()
        with pytest.raises(DomainError) as raised, self.at():
            work()
        assert raised.value.code in codes
        self.tally(name, raised.value.code)
        return None

    def refusal(self, model):
        try:
            model()
        except Refused as refusal:
            return refusal.codes
        return set()

    def tally(self, name, *codes):
        for code in codes:
            event(f"{name}: {code}")
            TALLY[f"{name}: {code}"] += 1


def astuple(line):
    return line.account, line.side, line.amount, line.currency


def plain(line):
    return Line(line.account_id, str(line.side), line.amount.minor, line.amount.currency)


@pytest.mark.django_db
def test_the_ledger_agrees_with_a_plain_model():
    seconds = float(os.environ.get("LEDGER_MODEL_SECONDS", "0"))
    size = (
        {"max_examples": 25, "stateful_step_count": 50} if seconds else {"max_examples": 12, "stateful_step_count": 25}
    )
    profile = settings(**size, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    until = time.monotonic() + seconds
    while True:
        run_state_machine_as_test(LedgerMachine, settings=profile)
        if time.monotonic() >= until:
            break
    if seconds:
        sys.stdout.writelines(f"{count:>8} {name}\n" for name, count in TALLY.most_common())
