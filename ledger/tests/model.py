"""What the ledger should do, as a plain program over dictionaries: written from docs/LEDGER.md, not from its code.

An account is known by its key (its id), amounts are whole minor units, days are dates. `Refused` carries the code, or
the codes when several things are wrong with something that is not judged in a documented order.
"""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

DEBIT, CREDIT = "debit", "credit"
OTHER = {DEBIT: CREDIT, CREDIT: DEBIT}


class Refused(Exception):
    @property
    def codes(self):
        return set(self.args)


@dataclass
class Book:
    """An account and what it holds."""

    currency: str
    kind: str
    floor: int | None = None
    ceiling: int | None = None
    is_open: bool = True
    frozen: frozenset = frozenset()
    moved: dict = field(default_factory=lambda: {DEBIT: 0, CREDIT: 0})
    held: dict = field(default_factory=lambda: {DEBIT: 0, CREDIT: 0})

    @property
    def grows(self):
        return DEBIT if self.kind in ("asset", "expense") else CREDIT

    @property
    def posted(self):
        return self.moved[self.grows] - self.moved[OTHER[self.grows]]

    @property
    def available(self):
        return self.posted - self.held[OTHER[self.grows]]

    @property
    def expected(self):
        return self.posted + self.held[self.grows]

    def broken_limit(self):
        if self.floor is not None and self.available < self.floor:
            return "insufficient_funds"
        if self.ceiling is not None and self.expected > self.ceiling:
            return "ceiling_exceeded"
        return None

    def copy(self):
        return replace(self, moved=dict(self.moved), held=dict(self.held))


@dataclass(frozen=True)
class Line:
    account: object
    side: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Wish:
    """An entry that is asked for."""

    lines: tuple
    day: object
    pending: bool = False
    limit: int | None = None
    expires: object = None
    name: str | None = None
    key: object = None
    balancing: bool = False
    linked: bool = False
    reverses: object = None


@dataclass
class Record:
    """An entry that was written: its movements as (debit line, credit line, amount), and what became of it."""

    lines: tuple
    moves: list
    state: str  # posted, pending, voided or expired
    day: object
    limit: int | None = None
    expires: object = None
    born_pending: bool = False


@dataclass
class Month:
    starts: object
    ends: object
    closed: bool = False
    closing: list = field(default_factory=list)  # of the entries that closed it, their movements


class Books:
    def __init__(self):
        self.accounts, self.entries, self.names, self.reversed = {}, {}, set(), set()
        self.journal = []  # (day, account, side, amount, closing?)
        self.months = []

    # --- all or nothing --------------------------------------------------------------------------------------------

    @contextmanager
    def whole(self):
        """Take back what was done when it is refused on the way."""
        accounts = {key: book.copy() for key, book in self.accounts.items()}
        before = accounts, dict(self.entries), set(self.names), set(self.reversed), list(self.journal)
        try:
            yield
        except Refused:
            self.accounts, self.entries, self.names, self.reversed, self.journal = before
            raise

    # --- writing entries -------------------------------------------------------------------------------------------

    def write(self, wishes):
        """All of them, or the refusal of the first. Answers with the amounts of the lines as they were written."""
        with self.whole():
            return [self.write_one(wish) for wish in wishes]

    def write_each(self, wishes):
        """Each for itself, linked ones together: "ok" or the code, in order."""
        outcomes, group = [], []
        for number, wish in enumerate(wishes):
            group.append(wish)
            if not wish.linked or number == len(wishes) - 1:
                outcomes += self.write_group(group)
                group = []
        return outcomes

    def write_group(self, group):
        done = 0
        try:
            with self.whole():
                for wish in group:
                    self.write_one(wish)
                    done += 1
        except Refused as refusal:
            fallen = ["linked_entry_refused"] * len(group)
            fallen[done] = refusal.codes.pop()
            return fallen
        return ["ok"] * len(group)

    def write_one(self, wish):
        """In the documented order: lines, ids, reversal, period, accounts, limits."""
        self.check_lines(wish.lines)
        if wish.key is not None and wish.key in self.entries:
            raise Refused("duplicate_entry")
        if wish.name is not None and wish.name in self.names:
            raise Refused("duplicate_external_id")
        if wish.reverses is not None and wish.reverses in self.reversed:
            raise Refused("already_reversed")
        self.check_day(wish.day)
        self.check_accounts(wish.lines)
        lines = self.fitted(wish) if wish.balancing else wish.lines
        moves = movements(lines)
        for move in moves:
            for side in (DEBIT, CREDIT):
                self.add(self.line_of(lines, move, side), move[2], pending=wish.pending)
                self.check_limit(self.line_of(lines, move, side).account)
        self.keep(wish, lines, moves)
        return lines

    def keep(self, wish, lines, moves):
        state = "pending" if wish.pending else "posted"
        key = wish.key or object()
        self.entries[key] = Record(lines, moves, state, wish.day, wish.limit, wish.expires, wish.pending)
        if wish.name is not None:
            self.names.add(wish.name)
        if wish.reverses is not None:
            self.reversed.add(wish.reverses)
        if not wish.pending:
            self.note(lines, moves, wish.day)

    def check_lines(self, lines):
        if len(lines) < 2 or any(line.amount <= 0 for line in lines):
            raise Refused("invalid_lines")
        for one in lines:
            if any(one.account == o.account and one.currency == o.currency and one.side != o.side for o in lines):
                raise Refused("invalid_lines")
        for currency in {line.currency for line in lines}:
            signed = [
                line.amount if line.side == DEBIT else -line.amount for line in lines if line.currency == currency
            ]
            if sum(signed):
                raise Refused("unbalanced_entry")

    def check_day(self, day):
        if any(month.closed and day <= month.ends for month in self.months):
            raise Refused("period_closed")

    def check_accounts(self, lines):
        for line in lines:
            book = self.accounts.get(line.account)
            if book is None:
                raise Refused("unknown_account")
            if book.currency != line.currency:
                raise Refused("currency_mismatch")
            if not book.is_open:
                raise Refused("account_closed")
            if line.side in book.frozen:
                raise Refused("account_frozen")

    def check_limit(self, account):
        broken = self.accounts[account].broken_limit()
        if broken:
            raise Refused(broken)

    def fitted(self, wish):
        """The largest amount that both accounts take, found by trying."""
        for amount in range(wish.lines[0].amount, 0, -1):
            lines = tuple(replace(line, amount=amount) for line in wish.lines)
            probe = {line.account: self.accounts[line.account].copy() for line in lines}
            for line in lines:
                (probe[line.account].held if wish.pending else probe[line.account].moved)[line.side] += amount
            if not any(book.broken_limit() for book in probe.values()):
                return lines
        raise Refused("insufficient_funds")

    def line_of(self, lines, move, side):
        return lines[move[0] if side == DEBIT else move[1]]

    def add(self, line, amount, *, pending):
        book = self.accounts[line.account]
        (book.held if pending else book.moved)[line.side] += amount

    def note(self, lines, moves, day, *, closing=False):
        for move in moves:
            for side in (DEBIT, CREDIT):
                self.journal.append((day, self.line_of(lines, move, side).account, side, move[2], closing))

    # --- what becomes of entries -----------------------------------------------------------------------------------

    def end(self, key, outcome, now, amount=None, currency=None):
        with self.whole():
            row = self.entries.get(key)
            if row is None:
                raise Refused("unknown_entry")
            if not row.born_pending:
                raise Refused("not_pending")
            if row.state != "pending":
                raise Refused("already_resolved")
            moves = row.moves
            if outcome == "posted":
                if row.expires and row.expires <= now:
                    raise Refused("entry_expired")
                moves = self.captured(row, amount, currency)
                self.check_day(now.date())
            self.release(row)
            self.entries[key] = replace(row, state=outcome, moves=moves)
            if outcome == "posted":
                self.book(row.lines, moves, now.date())

    def captured(self, row, amount, currency):
        if amount is None:
            return row.moves
        if {line.currency for line in row.lines} != {currency}:
            raise Refused("currency_mismatch")
        held = [move[2] for move in row.moves]
        limits = spread(row.limit, held) if row.limit else held
        if amount > sum(limits):
            raise Refused("capture_limit_exceeded")
        shares = spread(amount, held)
        if min(shares) <= 0:
            raise Refused("invalid_lines")
        return [
            (debit, credit, share) for (debit, credit, _), share in zip(row.moves, capped(shares, limits), strict=True)
        ]

    def release(self, row):
        for move in row.moves:
            for side in (DEBIT, CREDIT):
                self.add(self.line_of(row.lines, move, side), -move[2], pending=True)

    def book(self, lines, moves, day, *, closing=False):
        """Move at once; everything that is wrong then is named."""
        wrong = set()
        for move in moves:
            for side in (DEBIT, CREDIT):
                line = self.line_of(lines, move, side)
                book = self.accounts[line.account]
                wrong |= (
                    {"account_closed"} if not book.is_open else {"account_frozen"} if side in book.frozen else set()
                )
                self.add(line, move[2], pending=False)
        wrong |= {self.accounts[line.account].broken_limit() for line in lines} - {None}
        if wrong:
            raise Refused(*wrong)
        self.note(lines, moves, day, closing=closing)

    def expire(self, now):
        due = [
            key for key, row in self.entries.items() if row.state == "pending" and row.expires and row.expires <= now
        ]
        for key in due:
            self.end(key, "expired", now)
        return len(due)

    def reverse(self, key, today, new_key):
        row = self.entries[key]
        if row.state != "posted":
            raise Refused("not_posted")
        mirrored = tuple(replace(line, side=OTHER[line.side]) for line in moved_lines(row))
        self.write([Wish(mirrored, today, key=new_key, reverses=key)])

    # --- accounts --------------------------------------------------------------------------------------------------

    def close_account(self, account):
        book = self.accounts[account]
        if not book.is_open:
            raise Refused("account_closed")
        if book.posted or any(book.held.values()):
            raise Refused("account_not_empty")
        book.is_open = False

    def change(self, account, **terms):
        book = self.accounts[account]
        changed = replace(book, **terms)
        if changed == book:
            return
        if not book.is_open:
            raise Refused("account_closed")
        if None not in (changed.floor, changed.ceiling) and changed.floor > changed.ceiling:
            raise Refused("minimum_above_maximum")
        if changed.broken_limit():
            raise Refused("limit_already_broken")
        self.accounts[account] = changed

    # --- periods ---------------------------------------------------------------------------------------------------

    def close_month(self, number, today, retained):
        month = self.months[number]
        if month.closed:
            raise Refused("period_not_open")
        earlier = any(not other.closed for other in self.months[:number])
        waiting = any(row.state == "pending" and row.day <= month.ends for row in self.entries.values())
        earned = self.earned(month.ends)
        stuck = any(not self.accounts[a].is_open or self.accounts[a].frozen for a in earned)
        if month.ends >= today or earlier or waiting or stuck:
            raise Refused("period_not_ready")
        with self.whole():
            closing = [self.closing(nets, retained[currency], currency) for currency, nets in by_currency(self, earned)]
            for lines in closing:
                self.book(lines, movements(lines), month.ends, closing=True)
        month.closed, month.closing = True, closing

    def earned(self, until):
        sums = self.sums(until=until)
        kinds = {a: book.kind for a, book in self.accounts.items()}
        return {
            a: debits - credits
            for a, (debits, credits) in sums.items()
            if kinds[a] in ("income", "expense") and debits != credits
        }

    def closing(self, nets, retained, currency):
        total = sum(nets.values())
        moves = {account: -net for account, net in nets.items()} | ({retained: total} if total else {})
        return tuple(Line(a, DEBIT if net > 0 else CREDIT, abs(net), currency) for a, net in moves.items())

    def reopen_month(self, number):
        month = self.months[number]
        if not month.closed or any(later.closed for later in self.months[number + 1 :]):
            raise Refused("period_not_last")
        month.closed = False
        try:
            with self.whole():
                for lines in month.closing:
                    mirrored = tuple(replace(line, side=OTHER[line.side]) for line in lines)
                    self.book(mirrored, movements(mirrored), month.ends, closing=True)
        except Refused:
            month.closed = True
            raise
        month.closing = []

    # --- looking back ----------------------------------------------------------------------------------------------

    def sums(self, *, since=None, until=None, without_closing=False):
        """(debits, credits) by account of what counts between two days."""
        sums = defaultdict(lambda: [0, 0])
        for day, account, side, amount, closing in self.journal:
            if (since and day < since) or (until and day > until) or (closing and without_closing):
                continue
            sums[account][side == CREDIT] += amount
        return {account: tuple(pair) for account, pair in sums.items() if any(pair)}


def by_currency(books, nets):
    currencies = sorted({books.accounts[account].currency for account in nets})
    return [(c, {a: net for a, net in nets.items() if books.accounts[a].currency == c}) for c in currencies]


def movements(lines):
    """(debit line, credit line, amount): both sides of a currency laid along one ruler, cut wherever a line ends."""
    moves = []
    for currency in dict.fromkeys(line.currency for line in lines):
        own = [(number, line) for number, line in enumerate(lines) if line.currency == currency]
        ends = {side: ruler(own, side) for side in (DEBIT, CREDIT)}
        cuts = sorted({0, *(end for side in ends.values() for end, _ in side)})
        for start, stop in pairwise(cuts):
            debit, credit = (next(number for end, number in ends[side] if end >= stop) for side in (DEBIT, CREDIT))
            moves.append((debit, credit, stop - start))
    return moves


def ruler(numbered, side):
    """Where each line of a side ends, with its number."""
    own = [(number, line.amount) for number, line in numbered if line.side == side]
    return list(zip(accumulate(amount for _, amount in own), (number for number, _ in own), strict=True))


def spread(amount, weights):
    """In proportion, whole units, the largest remainders rounded up, earlier ones first."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    shares = [int(share) for share in exact]
    for _ in range(amount - sum(shares)):
        behind = [share - whole for share, whole in zip(exact, shares, strict=True)]
        shares[behind.index(max(behind))] += 1
    return shares


def capped(shares, limits):
    """None above its limit; what is over goes to the first that have room."""
    over = sum(max(0, share - limit) for share, limit in zip(shares, limits, strict=True))
    kept = [min(pair) for pair in zip(shares, limits, strict=True)]
    for number, limit in enumerate(limits):
        more = min(over, limit - kept[number])
        kept[number], over = kept[number] + more, over - more
    return kept


def moved_lines(row):
    """The lines of an entry with the amounts that moved."""
    amounts = defaultdict(int)
    for debit, credit, amount in row.moves:
        amounts[debit] += amount
        amounts[credit] += amount
    return [replace(line, amount=amounts[number]) for number, line in enumerate(row.lines)]


def month_after(day):
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
