"""Values that analytics answers with."""

from dataclasses import dataclass
from datetime import date

from nexafi.core.money import Money


@dataclass(frozen=True)
class MonthlyTotal:
    """What moved in one calendar month (UTC) in one currency. `month` is its first day."""

    month: date
    total: Money
    payments: int


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date
