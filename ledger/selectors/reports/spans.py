"""Periods and what they are compared with."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from ledger.selectors.reports.types import DAY, Span, is_month_end


class Compare(StrEnum):
    PREVIOUS_PERIOD = "previous_period"
    PREVIOUS_YEAR = "previous_year"


def compared(span: Span, how: Compare | None) -> tuple[Span, ...]:
    """The span and the one beside it. The period before whole months is as many whole months, before other spans as
    many days; the date before a date is the end of the month before."""
    match how:
        case None:
            return (span,)
        case Compare.PREVIOUS_YEAR:
            return span, Span(span.since and _year_before(span.since), _year_before(span.until, until=True))
        case Compare.PREVIOUS_PERIOD:
            return span, _period_before(span)


def _period_before(span: Span) -> Span:
    if span.since is None:
        return Span(None, span.until.replace(day=1) - DAY)
    if span.since.day == 1 and is_month_end(span.until):
        months = (span.until.year - span.since.year) * 12 + span.until.month - span.since.month + 1
        return Span(months_before(span.since, months), span.since - DAY)
    return Span(span.since - (span.until - span.since) - DAY, span.since - DAY)


def _year_before(day: date, *, until: bool = False) -> date:
    """The same day; the end of February stays its end where a period ends."""
    last = monthrange(day.year - 1, day.month)[1]
    return date(day.year - 1, day.month, last if until and is_month_end(day) else min(day.day, last))


def months_before(first: date, months: int) -> date:
    """The first of a month so many months earlier."""
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def months_of(since: date, until: date) -> Iterator[Span]:
    """The span cut at the ends of months."""
    while since <= until:
        end = min(since.replace(day=monthrange(since.year, since.month)[1]), until)
        yield Span(since, end)
        since = end + DAY
