"""Says of entries, one after the other, whether the ledger takes them, and what is wrong with those it does not (pure).

The rules are those that the database enforces; here they have words, pointers and an order: lines, ids (so that
a repeated entry is always told so), reversal, period, accounts, limits. It stands beside the database, never in its
place.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from ledger import exceptions
from ledger.constants import MAX_TURNOVER, AccountStatus
from ledger.lines import Pair, pair_lines
from ledger.types import EntryDraft, EntryStatus, LineDraft, RefusedDraft, Side
from nexafi.core import clock
from nexafi.core.errors import DomainError
from nexafi.core.money import Money, decimal_text


@dataclass
class AccountState:
    """An account and what it holds, minor units, as far as the judge has come."""

    code: str
    currency: str
    debit_normal: bool
    status: str
    accepts_debits: bool
    accepts_credits: bool
    floor: int | None
    ceiling: int | None
    debits: int = 0
    credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0

    @property
    def posted(self) -> int:
        net = self.debits - self.credits
        return net if self.debit_normal else -net

    @property
    def available(self) -> int:
        return self.posted - (self.pending_credits if self.debit_normal else self.pending_debits)

    @property
    def expected(self) -> int:
        return self.posted + (self.pending_debits if self.debit_normal else self.pending_credits)

    def accepts(self, side: Side) -> bool:
        return self.accepts_debits if side is Side.DEBIT else self.accepts_credits

    def grows_by(self, side: Side) -> bool:
        return (side is Side.DEBIT) == self.debit_normal

    def room(self, side: Side) -> int | None:
        """How much may still stand on that side; None: no limit."""
        if self.grows_by(side):
            return None if self.ceiling is None else self.ceiling - self.expected
        return None if self.floor is None else self.available - self.floor

    def add(self, side: Side, amount: int, *, pending: bool) -> None:
        name = f"{'pending_' if pending else ''}{side}s"
        setattr(self, name, getattr(self, name) + amount)


class LinkedRefusal(Exception):
    """Entry `index` of a linked group was refused, and the group with it."""

    def __init__(self, index: int, refusal: DomainError) -> None:
        self.index, self.refusal = index, refusal
        super().__init__(str(refusal))


@dataclass
class Judge:
    """What the ledger knows before the first entry; `take` moves it on."""

    accounts: dict[UUID, AccountState]
    closed_through: date | None = None
    ids: set[UUID] = field(default_factory=set)  # those among the entries' that are used already
    external_ids: set[str] = field(default_factory=set)  # likewise
    reversed: set[UUID] = field(default_factory=set)  # those among the entries' targets that are reversed already
    _taken: list[Callable[[], object]] = field(default_factory=list)  # takes back what counts, the newest last

    def take_together(self, drafts: Sequence[EntryDraft | RefusedDraft]) -> list[EntryDraft]:
        """Accept all of them or, raising the refusal of the first that fails as `LinkedRefusal`, none."""
        before = len(self._taken)
        taken: list[EntryDraft] = []
        for draft in drafts:
            try:
                if isinstance(draft, RefusedDraft):
                    raise draft.refusal
                taken.append(self.take(draft))
            except DomainError as refusal:
                self._take_back(before)
                raise LinkedRefusal(len(taken), refusal) from refusal
        return taken

    def take(self, draft: EntryDraft) -> EntryDraft:
        """Accept an entry: what it moves counts from here on. A balancing one comes back with its amount settled.

        Raises the refusal, and nothing counts.
        """
        pairs = pair_lines(draft.lines)
        self._check_identity(draft)
        self._check_period(draft)
        self._check_accounts(draft.lines)
        if draft.balancing:
            draft = self._settled(draft)
            pairs = pair_lines(draft.lines)
        self._move(draft, pairs)
        self._remember(self.ids, draft.id)
        self._remember(self.external_ids, draft.external_id)
        self._remember(self.reversed, draft.reverses)
        return draft

    def _remember(self, known: set[Any], value: Any) -> None:
        if value is not None:
            known.add(value)
            self._taken.append(lambda: known.discard(value))

    def _take_back(self, before: int) -> None:
        while len(self._taken) > before:
            self._taken.pop()()

    def _check_period(self, draft: EntryDraft) -> None:
        day = draft.effective_date or clock.today()
        if self.closed_through and day <= self.closed_through:
            raise exceptions.PeriodClosed(
                f"The books are closed through {self.closed_through}; the entry is dated {day}.", pointer="/entry_date"
            )

    def _check_accounts(self, lines: Sequence[LineDraft]) -> None:
        for index, line in enumerate(lines):
            at = f"/lines/{index}/account_id"
            account = self.accounts.get(line.account_id)
            if account is None:
                raise exceptions.UnknownAccount("There is no such account.", pointer=at)
            if account.currency != line.amount.currency:
                raise exceptions.AccountCurrencyMismatch(f"{account.code} is in {account.currency}.", pointer=at)
            if account.status == AccountStatus.CLOSED:
                raise exceptions.AccountNotOpen(f"{account.code} is closed.", pointer=at)
            if not account.accepts(line.side):
                raise exceptions.AccountFrozen(f"{account.code} takes no {line.side}s.", pointer=at)

    def _check_identity(self, draft: EntryDraft) -> None:
        if draft.id in self.ids:
            raise exceptions.DuplicateEntry(pointer="/id")
        if draft.external_id is not None and draft.external_id in self.external_ids:
            raise exceptions.DuplicateExternalId(pointer="/external_id")
        if draft.reverses is not None and draft.reverses in self.reversed:
            raise exceptions.AlreadyReversed()

    def _settled(self, draft: EntryDraft) -> EntryDraft:
        """The entry with as much as both accounts allow, at most what was asked."""
        if len(draft.lines) != 2:
            raise exceptions.InvalidLines("A balancing entry has two lines.", pointer="/lines")
        rooms = [self.accounts[line.account_id].room(line.side) for line in draft.lines]
        amount = min([draft.lines[0].amount.minor, *(room for room in rooms if room is not None)])
        if amount <= 0:
            raise exceptions.InsufficientFunds("There is nothing to move.", pointer="/lines")
        settled = tuple(line._replace(amount=Money(amount, line.amount.currency)) for line in draft.lines)
        return draft._replace(lines=settled)

    def _move(self, draft: EntryDraft, pairs: Sequence[Pair]) -> None:
        """Add to each account, in the order of the lines, and take all back when one of them may not."""
        before, pending = len(self._taken), draft.status == EntryStatus.PENDING
        for account_id, side, amount, line in _sides(pairs):
            account = self.accounts[account_id]
            account.add(side, amount, pending=pending)
            self._taken.append(partial(account.add, side, -amount, pending=pending))
            try:
                _check_limits(account, side, amount, line)
            except DomainError:
                self._take_back(before)
                raise


def _sides(pairs: Sequence[Pair]) -> Iterator[tuple[UUID, Side, int, int]]:
    for pair in pairs:
        yield pair.debit, Side.DEBIT, pair.amount, pair.debit_line
        yield pair.credit, Side.CREDIT, pair.amount, pair.credit_line


def _check_limits(account: AccountState, side: Side, amount: int, line: int) -> None:
    at = f"/lines/{line - 1}"
    if max(account.debits, account.credits, account.pending_debits, account.pending_credits) > MAX_TURNOVER:
        raise exceptions.AmountTooLarge(f"{account.code} would turn over more than it can count.", pointer=at)
    if account.floor is not None and not account.grows_by(side) and account.available < account.floor:
        had = decimal_text(account.available + amount - account.floor, account.currency)
        raise exceptions.InsufficientFunds(f"{account.code} can give {had} {account.currency}.", pointer=at)
    if account.ceiling is not None and account.grows_by(side) and account.expected > account.ceiling:
        room = decimal_text(account.ceiling - account.expected + amount, account.currency)
        raise exceptions.CeilingExceeded(f"{account.code} can take {room} {account.currency}.", pointer=at)
