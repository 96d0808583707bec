"""What accounts turned over up to a past date, and as it was known at an instant: the ground of every report.

Everything is one SQL statement, so it reads one snapshot: a fold beside it neither hides a posting nor counts it twice.
It adds up months, the days at the edges, and the few postings that are not folded yet; none of it grows with the number
of postings. As it was known at an instant, the postings recorded on that day are added one by one.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from ledger.constants import CLOSING_KIND
from ledger.folding import BOOKED, FLOOR, MARK, fold_mark, on_postgresql

Interval = tuple[Any, Any]  # from (included) to (excluded); None: open
Condition = tuple[Any, ...]  # SQL and its parameters
Part = tuple[str, list[Any]]  # a SELECT of (account_id, debits, credits) and its parameters


@dataclass(frozen=True)
class Sums:
    """Debits and credits booked to one account, minor units."""

    debits: int = 0
    credits: int = 0

    @property
    def net(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


def account_sums(
    *,
    until: date | None = None,
    since: date | None = None,
    known_at: datetime | None = None,
    account_ids: Collection[UUID] | None = None,
    currency: str | None = None,
    without_closing: bool = False,
    customers_as_one: bool = False,
) -> dict[UUID, Sums]:
    """Debits and credits by account over effective dates `since` to `until` (both included, open where None).

    `known_at` counts only what was recorded by that instant. `without_closing` leaves out the entries that close
    periods to retained earnings. `customers_as_one` adds a customer's account to the one it belongs to, so that there
    are as many figures as the chart has accounts. Accounts without movement are absent.

    Raises TurnoversOfAnotherServer.
    """
    scope = _Scope((since, _day_after(until)), known_at, account_ids)
    parts = [*_turnovers(scope), *_single_postings(scope), *(_closing(scope) if without_closing else ())]
    account = _SHOWN if customers_as_one else "moved.account_id"
    owner = "JOIN ledger_account a ON a.id = moved.account_id" if customers_as_one or currency else ""
    sql = f"""
        SELECT {account}, SUM(moved.debits), SUM(moved.credits)
        FROM ({" UNION ALL ".join(sql for sql, _ in parts)}) AS moved {owner}
        {"WHERE a.currency = %s" if currency else ""} GROUP BY 1
    """
    parameters = [value for _, values in parts for value in values] + ([currency] if currency else [])
    with connection.cursor() as cursor:
        cursor.execute(sql, [_adapted(value) for value in parameters])
        rows = cursor.fetchall()
    return {UUID(str(row[0])): Sums(int(row[1]), int(row[2])) for row in rows if row[1] or row[2]}


def daily_sums(*, until: date, account_ids: Collection[UUID]) -> dict[tuple[UUID, date], Sums]:
    """Debits and credits by account and effective date, up to `until`: as many figures as there are days with movement.

    Raises TurnoversOfAnotherServer.
    """
    scope, mark = _Scope((None, _day_after(until)), None, account_ids), fold_mark()
    days = "SELECT account_id, effective, debits, credits FROM ledger_turnover"
    within = _within("effective", scope.effective)
    parts = [_part(days, ("span = 'day'",), *within, *scope.of_accounts("account_id"))]
    for side, amounts in _SIDES.items():
        index = "" if on_postgresql() else "NOT INDEXED"
        select = f"SELECT {side}, p.effective_date, {amounts} FROM ledger_posting p {index}"
        within = _within("p.effective_date", scope.effective)
        parts.append(_part(select, (BOOKED,), *_unfolded(mark), *within, *scope.of_accounts(side)))
    union = " UNION ALL ".join(sql for sql, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, effective, SUM(debits), SUM(credits) FROM ({union}) AS moved GROUP BY 1, 2",
            [_adapted(value) for _, values in parts for value in values],
        )
        rows = cursor.fetchall()
    return {(UUID(str(row[0])), date.fromisoformat(str(row[1]))): Sums(int(row[2]), int(row[3])) for row in rows}


_SHOWN = "CASE WHEN a.owner_id IS NULL THEN a.id ELSE coalesce(a.parent_id, a.id) END"


@dataclass(frozen=True)
class _Scope:
    """Which postings count."""

    effective: Interval
    known_at: datetime | None
    account_ids: Collection[UUID] | None

    @property
    def last_day(self) -> date | None:
        """The UTC date of `known_at`: of what was recorded on it only a part may count."""
        return self.known_at.astimezone(UTC).date() if self.known_at else None

    def of_accounts(self, column: str) -> list[Condition]:
        if self.account_ids is None:
            return []
        if on_postgresql():
            return [(f"{column} = ANY(%s::uuid[])", list(self.account_ids))]
        return [(f"{column} IN (SELECT value FROM json_each(%s))", json.dumps([a.hex for a in self.account_ids]))]


def _turnovers(scope: _Scope) -> Iterator[Part]:
    for span, effective, recorded in _cells(scope.effective, scope.last_day):
        yield _part(
            "SELECT account_id, debits, credits FROM ledger_turnover",
            (f"span = '{span}'",),
            *_within("effective", effective),
            *_within("recorded", recorded),
            *scope.of_accounts("account_id"),
        )


def _cells(effective: Interval, recorded_before: date | None) -> Iterator[tuple[str, Interval, Interval]]:
    """Cover the days of `effective`, as far as recorded before a day, by (span, effective, recorded) without overlap.

    A month's row counts only where both months are whole: what else was recorded in the last month is taken from days.
    """
    low, high = effective
    first, last = low and _month_from(low), high and high.replace(day=1)
    if (low and not first) or (first and last and first >= last):
        yield "day", effective, (None, recorded_before)
        return
    months = (first, last)
    recorded_month = recorded_before and recorded_before.replace(day=1)
    yield "month", months, (None, recorded_month)
    if recorded_month != recorded_before:
        yield "day", months, (recorded_month, recorded_before)
    if low != first:
        yield "day", (low, first), (None, recorded_before)
    if high != last:
        yield "day", (last, high), (None, recorded_before)


def _single_postings(scope: _Scope) -> Iterator[Part]:
    """The postings that no turnover holds, and those recorded on the last day up to the instant."""
    mark = fold_mark()
    for side in _SIDES:
        unfolded = _unfolded(mark)
        if scope.known_at is None or scope.last_day is None:
            yield _postings(scope, side, "NOT INDEXED", *unfolded)
            continue
        midnight = datetime.combine(scope.last_day, time.min, UTC)
        yield _postings(scope, side, "NOT INDEXED", *unfolded, ("p.recorded_at < %s", midnight))
        on_the_day = (("p.recorded_at >= %s", midnight), ("p.recorded_at <= %s", scope.known_at))
        yield _postings(scope, side, "INDEXED BY posting_recorded", *on_the_day)


_SIDES = {"p.debit_id": "p.amount AS debits, 0 AS credits", "p.credit_id": "0 AS debits, p.amount AS credits"}


def _postings(scope: _Scope, side: str, sqlite_index: str, *conditions: Condition) -> Part:
    """SQLite is told which index to walk: it would take the account's, which holds its whole history."""
    return _part(
        f"SELECT {side} AS account_id, {_SIDES[side]} FROM ledger_posting p {'' if on_postgresql() else sqlite_index}",
        (BOOKED,),
        *conditions,
        *_within("p.effective_date", scope.effective),
        *scope.of_accounts(side),
    )


def _unfolded(mark: int) -> list[Condition]:
    """`mark` was read before: it is implied by the mark of the statement's own snapshot, and lets PostgreSQL's planner
    know that few postings follow it."""
    if on_postgresql():
        return [("p.transaction >= %s", mark), (f"p.transaction >= {MARK}",), (f"p.id > {FLOOR}",)]
    return [(f"p.id > {MARK}",)]


def _closing(scope: _Scope) -> Iterator[Part]:
    """Takes closing entries off again; they are few and have an index."""
    for side, amounts in _SIDES.items():
        yield _part(
            f"SELECT {side} AS account_id, {amounts.replace('p.amount', '-p.amount')} "
            f"FROM ledger_journalentry e JOIN ledger_posting p ON p.entry_id = e.id",
            (f"e.kind = '{CLOSING_KIND}'",),
            (BOOKED,),
            *_within("p.effective_date", scope.effective),
            *([("p.recorded_at <= %s", scope.known_at)] if scope.known_at else ()),
            *scope.of_accounts(side),
        )


def _part(select: str, *conditions: Condition) -> Part:
    sql = " AND ".join(condition[0] for condition in conditions)
    return f"{select} WHERE {sql}", [value for condition in conditions for value in condition[1:]]


def _within(column: str, interval: Interval) -> list[Condition]:
    bounds = zip((">=", "<"), interval, strict=True)
    return [(f"{column} {sign} %s", bound) for sign, bound in bounds if bound is not None]


def _day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def _month_from(day: date) -> date | None:
    """The first month that begins on the day or later; None after the last one there is."""
    first = day.replace(day=1)
    if first == day or first == date.max.replace(day=1):
        return first if first == day else None
    return (first + timedelta(days=31)).replace(day=1)


def _adapted(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
