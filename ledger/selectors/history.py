"""What accounts turned over up to a past date, and as it was known at an instant: the ground of every report.

Everything is one SQL statement, so it reads one snapshot: a fold beside it neither hides a posting nor counts it twice.
It adds up years, months, the days at the edges, and the few postings that are not folded yet; none of it grows with the
number of postings. Up to a recent day it goes the shorter way, from the balances of now back. As it was known at an
instant, the postings recorded between it and the nearest midnight are added, or taken off, one by one.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from ledger.constants import CLOSING_KIND
from ledger.folding import BOOKED, FLOOR, MARK, fold_mark, on_postgresql
from nexafi.core import clock

Interval = tuple[Any, Any]  # from (included) to (excluded); None: open
Condition = tuple[Any, ...]  # SQL and its parameters
Part = tuple[str, list[Any]]  # a SELECT of (account_id, debits, credits) and its parameters
_SPANS = ("year", "month", "day")


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
    recent = until is None or until >= clock.today() - _RECENT
    parts = _from_now_back(scope) if recent and since is None and known_at is None else _added_up(scope)
    parts += _negated(_closing(scope)) if without_closing else []
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
    scope = _Scope((None, _day_after(until)), None, account_ids)
    days = "SELECT account_id, effective, debits, credits FROM ledger_turnover"
    within = [*_within("effective", scope.effective), *scope.of_accounts("account_id")]
    unfolded = f"SELECT {_ACCOUNT}, p.effective_date, {_AMOUNTS} FROM {_both_sides('NOT INDEXED')}"
    parts = [
        _part(days, ("span = 'day'",), *within),
        _part(unfolded, *_unfolded(fold_mark()), *_of_postings(scope)),
    ]
    union = " UNION ALL ".join(sql for sql, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, effective, SUM(debits), SUM(credits) FROM ({union}) AS moved GROUP BY 1, 2",
            [_adapted(value) for _, values in parts for value in values],
        )
        rows = cursor.fetchall()
    return {(UUID(str(row[0])), date.fromisoformat(str(row[1]))): Sums(int(row[2]), int(row[3])) for row in rows}


_RECENT = timedelta(days=62)  # counted back from now there is less to add up than forward from the beginning
_SHOWN = "CASE WHEN a.owner_id IS NULL THEN a.id ELSE coalesce(a.parent_id, a.id) END"


@dataclass(frozen=True)
class _Scope:
    """Which postings count."""

    effective: Interval
    known_at: datetime | None
    account_ids: Collection[UUID] | None

    @property
    def known_before(self) -> date | None:
        """The UTC date whose beginning is next to `known_at`, before or after it: turnovers count up to there."""
        if self.known_at is None:
            return None
        known_at = self.known_at.astimezone(UTC)
        return _day_after(known_at.date()) if known_at.hour >= 12 else known_at.date()

    def of_accounts(self, column: str) -> list[Condition]:
        if self.account_ids is None:
            return []
        if on_postgresql():
            return [(f"{column} = ANY(%s::uuid[])", list(self.account_ids))]
        return [(f"{column} IN (SELECT value FROM json_each(%s))", json.dumps([a.hex for a in self.account_ids]))]


def _added_up(scope: _Scope) -> list[Part]:
    return [*_turnovers(scope), *_single_postings(scope)]


def _from_now_back(scope: _Scope) -> list[Part]:
    """What the balances hold, less what is dated after the last day."""
    now = _part("SELECT account_id, debits, credits FROM ledger_balance", *scope.of_accounts("account_id"))
    _, beyond = scope.effective
    later = _added_up(replace(scope, effective=(beyond, None))) if beyond else []
    return [now, *_negated(later)]


def _negated(parts: Iterable[Part]) -> list[Part]:
    minus = "SELECT account_id, -debits AS debits, -credits AS credits"
    return [(f"{minus} FROM ({sql}) AS less", parameters) for sql, parameters in parts]


def _turnovers(scope: _Scope) -> Iterator[Part]:
    for negative, interval in _by_way_of_boundaries(*scope.effective):
        parts = list(_cells_of(replace(scope, effective=interval)))
        yield from _negated(parts) if negative else parts


def _cells_of(scope: _Scope) -> Iterator[Part]:
    for span, effective, recorded in _cells(scope.effective, (None, scope.known_before), _SPANS):
        yield _part(
            "SELECT account_id, debits, credits FROM ledger_turnover",
            (f"span = '{span}'",),
            *_within("effective", effective),
            *_within("recorded", recorded),
            *scope.of_accounts("account_id"),
        )


def _by_way_of_boundaries(low: Any, high: Any) -> Iterator[tuple[bool, Interval]]:
    """From the beginning to a day by way of the year's and the month's nearest start, forward or back: half as many
    months and days to add up. Intervals, and whether they are to be taken off."""
    if low is not None or high is None or high.year == date.max.year:
        yield False, (low, high)
        return
    month = _nearest_start(high, "month")
    year = _nearest_start(month, "year")
    yield False, (None, year)
    for start, end in ((year, month), (month, high)):
        if start != end:
            yield start > end, (min(start, end), max(start, end))


def _nearest_start(day: date, span: str) -> date:
    before, after = _start_of(day, span), _start_from(day, span) or day
    return before if day - before <= after - day else after


def _cells(effective: Interval, recorded: Interval, spans: Sequence[str]) -> Iterator[tuple[str, Interval, Interval]]:
    """Cover all days of `effective` that were recorded within `recorded` by (span, effective, recorded), none twice.

    A month's row counts only where both months are whole, and a year's likewise; finer spans fill what is left.
    """
    span, *finer = spans
    dated, known = (_whole(effective, span), _whole(recorded, span)) if finer else (effective, recorded)
    if dated is None or known is None:
        yield from _cells(effective, recorded, finer)
        return
    yield span, dated, known
    for edge in _edges(effective, dated):
        yield from _cells(edge, recorded, finer)
    for edge in _edges(recorded, known):
        yield from _cells(dated, edge, finer)


def _whole(days: Interval, span: str) -> Interval | None:
    """The whole months or years within; None where there is none."""
    low, high = days
    first, last = low and _start_from(low, span), high and _start_of(high, span)
    return None if (low and not first) or (first and last and first >= last) else (first, last)


def _edges(days: Interval, whole: Interval) -> list[Interval]:
    (low, high), (first, last) = days, whole
    return [edge for edge in ((low, first), (last, high)) if edge[0] != edge[1]]


def _start_of(day: date, span: str) -> date:
    return day.replace(day=1) if span == "month" else day.replace(month=1, day=1)


def _start_from(day: date, span: str) -> date | None:
    """When the first month or year begins that begins on the day or later; None after the last one there is."""
    start = _start_of(day, span)
    if start == day or start == _start_of(date.max, span):
        return start if start == day else None
    return _start_of(start + timedelta(days=31 if span == "month" else 366), span)


def _single_postings(scope: _Scope) -> Iterator[Part]:
    """The postings that no turnover holds, and those recorded between midnight and the instant: they are added, or
    taken off when the midnight is the one after it."""
    unfolded = _unfolded(fold_mark())
    if scope.known_at is None or scope.known_before is None:
        yield _postings(scope, "NOT INDEXED", *unfolded)
        return
    midnight = datetime.combine(scope.known_before, time.min, UTC)
    yield _postings(scope, "NOT INDEXED", *unfolded, ("p.recorded_at < %s", midnight))
    if midnight <= scope.known_at:
        yield _recorded(scope, ("p.recorded_at >= %s", midnight), ("p.recorded_at <= %s", scope.known_at))
    else:
        later = _recorded(scope, ("p.recorded_at > %s", scope.known_at), ("p.recorded_at < %s", midnight))
        yield from _negated([later])


def _recorded(scope: _Scope, *interval: Condition) -> Part:
    return _postings(scope, "INDEXED BY posting_recorded", *interval)


_SIDES = "(SELECT 0 AS credited UNION ALL SELECT 1) AS side"
_ACCOUNT = "CASE side.credited WHEN 0 THEN p.debit_id ELSE p.credit_id END"
_AMOUNTS = """CASE side.credited WHEN 0 THEN p.amount ELSE 0 END AS debits,
    CASE side.credited WHEN 1 THEN p.amount ELSE 0 END AS credits"""


def _both_sides(sqlite_index: str) -> str:
    """Postings `p`, read once, with each side of theirs. SQLite is told which index to walk: it would take the
    account's, which holds its whole history."""
    return f"ledger_posting p {'' if on_postgresql() else sqlite_index} CROSS JOIN {_SIDES}"


def _postings(scope: _Scope, sqlite_index: str, *conditions: Condition) -> Part:
    select = f"SELECT {_ACCOUNT} AS account_id, {_AMOUNTS} FROM {_both_sides(sqlite_index)}"
    return _part(select, *conditions, *_of_postings(scope))


def _of_postings(scope: _Scope) -> list[Condition]:
    return [(BOOKED,), *_within("p.effective_date", scope.effective), *scope.of_accounts(_ACCOUNT)]


def _unfolded(mark: int) -> list[Condition]:
    """`mark` was read before: it is implied by the mark of the statement's own snapshot, and lets PostgreSQL's planner
    know that few postings follow it."""
    if on_postgresql():
        return [("p.transaction >= %s", mark), (f"p.transaction >= {MARK}",), (f"p.id > {FLOOR}",)]
    return [(f"p.id > {MARK}",)]


def _closing(scope: _Scope) -> Iterator[Part]:
    """Entries that close a period; they are few and have an index."""
    closing = f"ledger_journalentry e JOIN ledger_posting p ON p.entry_id = e.id CROSS JOIN {_SIDES}"
    select = f"SELECT {_ACCOUNT} AS account_id, {_AMOUNTS} FROM {closing}"
    known: list[Condition] = [("p.recorded_at <= %s", scope.known_at)] if scope.known_at else []
    yield _part(select, (f"e.kind = '{CLOSING_KIND}'",), *known, *_of_postings(scope))


def _part(select: str, *conditions: Condition) -> Part:
    sql = " AND ".join(condition[0] for condition in conditions) or "true"
    return f"{select} WHERE {sql}", [value for condition in conditions for value in condition[1:]]


def _within(column: str, interval: Interval) -> list[Condition]:
    bounds = zip((">=", "<"), interval, strict=True)
    return [(f"{column} {sign} %s", bound) for sign, bound in bounds if bound is not None]


def _day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def _adapted(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
