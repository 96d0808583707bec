"""Birth dates as OFAC and the UN write them."""

import calendar
import re
from datetime import date, datetime

from compliance.screening.types import DateRange

_TEXT = re.compile(r"(?P<circa>circa\s+)?(?P<first>[\w ]+?)(?:\s*(?:\bto\b|-)\s*(?P<last>[\w ]+))?\.?$")


def parse_date_text(text: str) -> DateRange | None:
    """Read "03 Sep 1969", "Sep 1969", "1969", "circa 1969", "1968 to 1970", "01 Jan 1968 to 31 Dec 1969".

    None when the text is something else: an unreadable birth date must never clear or match anybody.
    """
    found = _TEXT.match(" ".join(text.split()))
    if not found:
        return None
    first = _span(found["first"])
    last = _span(found["last"]) if found["last"] else first
    if first is None or last is None or last[1] < first[0]:
        return None
    return DateRange(first[0], last[1], circa=bool(found["circa"]))


def _span(text: str) -> tuple[date, date] | None:
    for form, whole in (("%d %b %Y", "day"), ("%b %Y", "month"), ("%Y", "year")):
        try:
            start = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007  a calendar date
        except ValueError:
            continue
        return start, _end(start, whole)
    return None


def _end(start: date, whole: str) -> date:
    if whole == "day":
        return start
    month = 12 if whole == "year" else start.month
    return date(start.year, month, calendar.monthrange(start.year, month)[1])
