"""Account statements: every movement of a period with the balance after it, read from one snapshot.

Opening and closing balance come from turnovers, the lines from the account's index: a page costs the same at any depth.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from ledger.exceptions import StatementTooLong
from ledger.models import Account, Posting
from ledger.selectors.balances import balance_as_of
from nexafi.core.money import Money
from nexafi.db.snapshot import one_snapshot


@dataclass(frozen=True)
class StatementLine:
    """One movement. `amount` and `balance` (after it) are signed to the account's normal side."""

    posting: Posting
    counterparty: Account
    amount: Money
    balance: Money


@dataclass(frozen=True)
class Place:
    """Where a page of a statement goes on: the last posting read and the balance after it (minor units)."""

    effective_date: date
    posting_id: int
    balance: int


@dataclass(frozen=True)
class Statement:
    """A page of movements dated `since` to `until`, inclusive; `next` is None on the last page."""

    account: Account
    since: date
    until: date
    opening: Money
    closing: Money
    lines: list[StatementLine]
    next: Place | None


@dataclass(frozen=True)
class WholeStatement:
    """All movements dated `since` to `until`, inclusive; `lines` are read once."""

    account: Account
    since: date
    until: date
    opening: Money
    closing: Money
    lines: Iterator[StatementLine]


def statement(account: Account, *, since: date, until: date, after: Place | None = None, size: int = 50) -> Statement:
    """One page of an account's statement in order of effective date."""
    with one_snapshot():
        opening, closing = _opening(account, since), balance_as_of(account, until)
        lines, following = page_of_lines(account, since=since, until=until, opening=opening, after=after, size=size)
    return Statement(account, since, until, opening, closing, lines, following)


def page_of_lines(
    account: Account, *, since: date, until: date, opening: Money, after: Place | None = None, size: int = 50
) -> tuple[list[StatementLine], Place | None]:
    """The movements of a page, with balances that go on from `opening` or from `after`; and where it goes on."""
    sides = [side[: size + 1] for side in _sides(account, since, until, after)]
    postings = list(islice(_merged(sides), size + 1))
    before = Money(after.balance, account.currency) if after else opening
    lines = list(_lines(account, postings[:size], before))
    return lines, _place(lines[-1]) if len(postings) > size else None


@contextmanager
def whole_statement(account: Account, *, since: date, until: date, limit: int) -> Iterator[WholeStatement]:
    """The whole statement; its lines are read while the context lasts. Raises StatementTooLong above `limit` lines."""
    with one_snapshot():
        sides = _sides(account, since, until)
        if sum(side.order_by()[: limit + 1].count() for side in sides) > limit:
            raise StatementTooLong(f"More than {limit:,} movements: ask for a shorter period.")
        opening, closing = _opening(account, since), balance_as_of(account, until)
        postings = _merged([side.iterator(2000) for side in sides])
        yield WholeStatement(account, since, until, opening, closing, _lines(account, postings, opening))


def _opening(account: Account, since: date) -> Money:
    if since == date.min:
        return Money(0, account.currency)
    return balance_as_of(account, since - timedelta(days=1))


def _sides(account: Account, since: date, until: date, after: Place | None = None) -> list[QuerySet[Posting]]:
    """The postings that debit the account and those that credit it, each in the order of its own index."""
    booked = Posting.objects.booked().filter(effective_date__range=(since, until)).order_by("effective_date", "id")
    if after:
        place: Any = Tuple(F("effective_date"), F("id"))
        booked = booked.filter(TupleGreaterThan(place, (after.effective_date, after.posting_id)))
    booked = booked.defer("entry__metadata", "entry__line_descriptions")
    return [
        booked.filter(debit=account).select_related("entry", "credit"),
        booked.filter(credit=account).select_related("entry", "debit"),
    ]


def _merged(sides: Iterable[Iterable[Posting]]) -> Iterator[Posting]:
    return merge(*sides, key=attrgetter("effective_date", "id"))


def _lines(account: Account, postings: Iterable[Posting], opening: Money) -> Iterator[StatementLine]:
    balance = opening
    for posting in postings:
        debited = posting.debit_id == account.id
        minor = posting.amount if debited == account.debit_normal else -posting.amount
        amount = Money(minor, account.currency)
        balance += amount
        yield StatementLine(posting, posting.credit if debited else posting.debit, amount, balance)


def _place(line: StatementLine) -> Place:
    return Place(line.posting.effective_date, line.posting.id, line.balance.minor)
