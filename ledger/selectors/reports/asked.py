"""From what people ask for, in the API, the console or a command, to the terms of a report."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from ledger.selectors.reports.registry import Spec
from ledger.selectors.reports.spans import Compare, compared
from ledger.selectors.reports.types import Span, Terms
from nexafi.core import clock
from nexafi.core.errors import InvalidInput

MAX_COLUMNS: Final = 12
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
MAX_CONVERTED_DAYS: Final = 3_660  # ten years: every month has an average rate of its own


def terms_of_day(
    spec: Spec, *, as_of: Sequence[date] = (), compare: Compare | None = None, currency: str = ""
) -> Terms:
    """The position at the end of one day (today), or of several for comparison.

    Raises InvalidInput with a pointer: too many days, a comparison of several, days out of range.
    """
    days = tuple(as_of) or (clock.today(),)
    if len(days) > 1 and (compare or not spec.compares):
        raise InvalidInput("Give one date.", pointer="/as_of")
    if len(set(days)) < len(days) or len(days) > MAX_COLUMNS:
        raise InvalidInput(f"Give at most {MAX_COLUMNS} different dates.", pointer="/as_of")
    _check_range(days, "/as_of")
    spans = compared(Span(None, days[0]), compare) + tuple(Span(None, day) for day in days[1:])
    return Terms(spans=spans, currency=currency)


def terms_of_period(
    spec: Spec,
    *,
    since: date | None = None,
    until: date | None = None,
    compare: Compare | None = None,
    currency: str = "",
) -> Terms:
    """The days from `since` (the first of the year of `until`) to `until` (today).

    Raises InvalidInput with a pointer: it begins after it ends, is out of range, or too long to be converted.
    """
    until = until or clock.today()
    _check_range((until,), "/to")
    since = since or until.replace(month=1, day=1)
    _check_range((since,), "/from")
    if since > until:
        raise InvalidInput("from is after to.", pointer="/from")
    if currency and (until - since).days > MAX_CONVERTED_DAYS:
        raise InvalidInput("At most ten years are converted at once.", pointer="/from")
    return Terms(spans=compared(Span(since, until), compare), currency=currency)


def _check_range(days: Sequence[date], pointer: str) -> None:
    if min(days) < FIRST or max(days) > LAST:
        raise InvalidInput(f"Dates are from {FIRST} to {LAST}.", pointer=pointer)
