"""Random accounts, entries, holds and reversals against a plain Python model of the books."""

from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from ledger.integrity import check_ledger
from ledger.selectors import balances_of, lines_of
from ledger.selectors.reports import REPORTS, read_report
from ledger.selectors.reports.asked import terms_of_day
from ledger.services.accounts import close_account
from ledger.services.entries import post_pending, reverse_entry, void_pending
from ledger.services.posting import post_entries
from ledger.tests.factories import make_account
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side
from nexafi.core.errors import DomainError
from nexafi.core.money import Money

CURRENCIES = ("USD", "JPY")
AMOUNTS = st.integers(1, 300)


@dataclass
class Book:
    """What an account should hold; `available` follows the ledger's definition."""

    currency: str
    debit_normal: bool
    floor: int | None
    net: int = 0  # debits less credits
    held_debits: int = 0
    held_credits: int = 0
    is_open: bool = True

    @property
    def posted(self):
        return self.net if self.debit_normal else -self.net

    @property
    def available(self):
        return self.posted - (self.held_credits if self.debit_normal else self.held_debits)


@dataclass
class Written:
    lines: tuple
    status: str
    reversed: bool = False
    ids: list = field(default_factory=list)


class Refused(Exception):
    """The model says no, for the reason with this code."""


class LedgerMachine(RuleBasedStateMachine):
    entries = Bundle("entries")

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.books = {}
        self.written = {}

    def teardown(self):
        try:
            assert check_ledger().faults == []
            assert read_report("trial-balance", terms_of_day(REPORTS["trial-balance"])).is_balanced
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # --- what may happen -----------------------------------------------------------------------------------------

    @initialize(target=entries)
    def begin(self):
        """Books to start with: cash, income and funded wallets in one currency, less in another."""
        for kind, currency, floor in (
            ("asset", "USD", None),
            ("income", "USD", None),
            ("liability", "USD", 0),
            ("liability", "USD", 0),
            ("liability", "USD", -500),
            ("asset", "JPY", None),
            ("liability", "JPY", 0),
        ):
            self.open(kind, currency, floor)
        cash, _, *wallets, yen, yen_wallet = self.books
        pairs = [(cash, wallet) for wallet in wallets] + [(yen, yen_wallet)]
        return self.post([(self.lines(debit, credit, 2000), False) for debit, credit in pairs])

    def lines(self, debit, credit, amount):
        money = Money(amount, self.books[debit].currency)
        return (LineDraft(debit, Side.DEBIT, money), LineDraft(credit, Side.CREDIT, money))

    @rule(kind=st.sampled_from(["asset", "liability"]), currency=st.sampled_from(CURRENCIES))
    def open_account(self, kind, currency):
        self.open(kind, currency, 0)

    def open(self, kind, currency, floor):
        account = make_account(kind, currency, floor_minor=floor)
        self.books[account.id] = Book(currency, account.debit_normal, floor)

    @rule(data=st.data())
    def close(self, data):
        account = data.draw(st.sampled_from(list(self.books)[4:]))
        self.expect(lambda: self.model_close(self.books[account]), lambda: close_account(account_id=account))

    def pick(self, data, number):
        """Accounts that fit together, as a rule."""
        currency, odd = data.draw(st.sampled_from(CURRENCIES)), data.draw(st.integers(0, 9)) == 9
        fitting = [a for a, book in self.books.items() if odd or (book.currency == currency and book.is_open)]
        pool = fitting or list(self.books)  # every account of the currency may be closed
        unique = not odd and len(pool) >= number
        return data.draw(st.lists(st.sampled_from(pool), min_size=number, max_size=number, unique=unique))

    @rule(target=entries, data=st.data(), amount=st.integers(1, 1000), pending=st.booleans())
    def transfer(self, data, amount, pending):
        debit, credit = self.pick(data, 2)
        return self.post([(self.lines(debit, credit, amount), pending)])

    @rule(target=entries, data=st.data(), amounts=st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=4))
    def split_batch(self, data, amounts):
        """One debit against two credits, several entries in one call."""
        drafts = []
        for one, two in amounts:
            debit, first, second = self.pick(data, 3)
            currency = self.books[debit].currency
            lines = (
                LineDraft(first, Side.CREDIT, Money(one, currency), "first"),
                LineDraft(debit, Side.DEBIT, Money(one + two, currency)),
                LineDraft(second, Side.CREDIT, Money(two, currency)),
            )
            drafts.append((lines, data.draw(st.booleans())))
        return self.post(drafts)

    @rule(entry=entries)
    def capture(self, entry):
        self.expect(lambda: self.model_end(entry, "posted"), lambda: post_pending(entry_id=entry))

    @rule(entry=entries)
    def void(self, entry):
        self.expect(lambda: self.model_end(entry, "voided"), lambda: void_pending(entry_id=entry, reason="r"))

    @rule(target=entries, entry=entries)
    def reverse(self, entry):
        outcome = self.expect(lambda: self.model_reverse(entry), lambda: reverse_entry(entry_id=entry, reason="r"))
        if outcome is None:
            return multiple()
        self.written[outcome.id] = Written(tuple(lines_of(outcome)), "posted")
        return outcome.id

    @invariant()
    def balances_agree(self):
        found = balances_of(self.books)
        for account, book in self.books.items():
            position = found[account]
            assert (position.posted.minor, position.available.minor) == (book.posted, book.available)
            assert (position.pending_debits.minor, position.pending_credits.minor) == (
                book.held_debits,
                book.held_credits,
            )

    # --- the model -----------------------------------------------------------------------------------------------

    def expect(self, model, work):
        """Both refuse, or both do it; a refusal changes nothing on either side."""
        codes = self.refusal(model)
        if not codes:
            return work()
        with pytest.raises(DomainError) as raised:
            work()
        assert raised.value.code in codes
        event(f"refused: {raised.value.code}")
        return None

    def refusal(self, model):
        """Run the model; undo it and name the possible codes when it says no."""
        rows = [*self.books.values(), *self.written.values()]
        before = [dict(vars(row)) for row in rows]
        try:
            model()
        except Refused as refusal:
            for row, values in zip(rows, before, strict=True):
                vars(row).update(values)
            return str(refusal).split("|")
        return []

    def post(self, drafts):
        entries = [
            EntryDraft(lines=lines, status=EntryStatus.PENDING if pending else EntryStatus.POSTED)
            for lines, pending in drafts
        ]
        posted = self.expect(lambda: self.model_post(drafts), lambda: post_entries(entries))
        if posted is None:
            return multiple()
        for entry, (lines, pending) in zip(posted, drafts, strict=True):
            assert tuple(lines_of(entry)) == lines
            self.written[entry.id] = Written(lines, "pending" if pending else "posted")
        return multiple(*(entry.id for entry in posted))

    def model_post(self, drafts):
        for lines, _ in drafts:
            debited = {line.account_id for line in lines if line.side == Side.DEBIT}
            if any(line.account_id in debited for line in lines if line.side == Side.CREDIT):
                raise Refused("invalid_lines")
        faults = set()
        for lines, _ in drafts:
            for line in lines:
                book = self.books[line.account_id]
                faults |= {"currency_mismatch"} if book.currency != line.amount.currency else set()
                faults |= set() if book.is_open else {"account_closed"}
        for lines, pending in drafts:
            for line in lines:
                self.move(line, held=1 if pending else 0, booked=0 if pending else 1)
            if connection.vendor == "sqlite" and self.short(lines):
                faults.add("insufficient_funds")  # looks at a batch entry by entry, PostgreSQL at what comes of it
        self.refuse(faults, [line for lines, _ in drafts for line in lines])

    def short(self, lines):
        """Whether an account of these lines is below its floor."""
        books = [self.books[line.account_id] for line in lines]
        return any(book.floor is not None and book.available < book.floor for book in books)

    def refuse(self, faults, lines):
        """Several things may be wrong at once; the database names one of them."""
        faults = faults | ({"insufficient_funds"} if self.short(lines) else set())
        if faults:
            raise Refused("|".join(faults | {"insufficient_funds"}))

    def move(self, line, *, held, booked):
        book = self.books[line.account_id]
        sign = 1 if line.side == Side.DEBIT else -1
        book.net += sign * booked * line.amount.minor
        if line.side == Side.DEBIT:
            book.held_debits += held * line.amount.minor
        else:
            book.held_credits += held * line.amount.minor

    def model_close(self, book):
        if not book.is_open:
            raise Refused("account_closed")
        if book.net or book.held_debits or book.held_credits:
            raise Refused("account_not_empty")
        book.is_open = False

    def model_end(self, entry, outcome):
        row = self.written[entry]
        if row.status == "posted" and not row.ids:
            raise Refused("not_pending|already_resolved")
        if row.status != "pending":
            raise Refused("already_resolved")
        row.status, row.ids = outcome, [outcome]
        for line in row.lines:
            self.move(line, held=-1, booked=1 if outcome == "posted" else 0)

    def model_reverse(self, entry):
        row = self.written[entry]
        if row.status != "posted":
            raise Refused("not_posted")
        if row.reversed:
            raise Refused("already_reversed|insufficient_funds|account_closed")
        row.reversed = True
        closed = {"account_closed"} if any(not self.books[line.account_id].is_open for line in row.lines) else set()
        for line in row.lines:
            self.move(line, held=0, booked=-1)
        self.refuse(closed, row.lines)


@pytest.mark.django_db
def test_the_ledger_agrees_with_a_plain_model():
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
