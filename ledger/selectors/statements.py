"""Account statements: every movement of a period with the balance after it."""

from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import accumulate, islice
from operator import attrgetter

from django.db.models import Q

from ledger.models import Account, Posting
from ledger.selectors.balances import net_debits
from nexafi.core.money import Money


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


def statement(account: Account, *, since: date, until: date, after: Place | None = None, size: int = 50) -> Statement:
    """One page of an account's statement in order of effective date."""
    sign = 1 if account.debit_normal else -1
    opening = sign * net_debits(account.id, effective_date__lt=since)
    closing = sign * net_debits(account.id, effective_date__lte=until)
    postings = _page(account, since, until, after, size + 1)
    lines = _with_balances(account, postings[:size], after.balance if after else opening)
    return Statement(
        account=account,
        since=since,
        until=until,
        opening=Money(opening, account.currency),
        closing=Money(closing, account.currency),
        lines=lines,
        next=_place(lines[-1]) if len(postings) > size else None,
    )


def _page(account: Account, since: date, until: date, after: Place | None, size: int) -> list[Posting]:
    """Each side is read from its own index and the two are merged, so that a page costs the same at any length."""
    booked = Posting.objects.booked().filter(effective_date__range=(since, until))
    if after:
        booked = booked.filter(effective_date__gte=after.effective_date).filter(
            Q(effective_date__gt=after.effective_date) | Q(id__gt=after.posting_id)
        )
    booked = booked.select_related("entry", "debit", "credit").order_by("effective_date", "id")
    sides = (booked.filter(debit=account)[:size], booked.filter(credit=account)[:size])
    return list(islice(merge(*sides, key=attrgetter("effective_date", "id")), size))


def _with_balances(account: Account, postings: list[Posting], opening: int) -> list[StatementLine]:
    amounts = [p.amount if (p.debit_id == account.id) == account.debit_normal else -p.amount for p in postings]
    balances = list(accumulate(amounts, initial=opening))[1:]
    return [
        StatementLine(
            posting=posting,
            counterparty=posting.credit if posting.debit_id == account.id else posting.debit,
            amount=Money(amount, account.currency),
            balance=Money(balance, account.currency),
        )
        for posting, amount, balance in zip(postings, amounts, balances, strict=True)
    ]


def _place(line: StatementLine) -> Place:
    return Place(line.posting.effective_date, line.posting.id, line.balance.minor)
