"""Reference tables that ship with the product: FATF country marks and conversion to the base currency."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from django.conf import settings

from nexafi.core.money import Money, currency

_DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class CountryMark:
    """What FATF says of a country. `mark` is countermeasures or enhanced_due_diligence (call for action, the "black"
    list) or increased_monitoring (the "grey" list)."""

    country: str
    name: str
    mark: str
    as_of: date


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def country_marks() -> Mapping[str, CountryMark]:
    """FATF's lists by ISO 3166-1 alpha-2 code. FATF publishes changes in February, June and October."""
    rows = _rows("fatf.csv")
    return {r["country"]: CountryMark(r["country"], r["name"], r["mark"], date.fromisoformat(r["as_of"])) for r in rows}


@cache
def units_per_usd() -> Mapping[str, Decimal]:
    """How many units of each currency one US dollar buys."""
    return {row["currency"]: Decimal(row["units_per_usd"]) for row in _rows("reference_rates.csv")}


def in_base(amount: Money) -> Money | None:
    """The amount in settings.BASE_CURRENCY, rounded half up to its minor unit; None when either has no rate.

    For comparison with thresholds only: nothing is ever booked at these rates.
    """
    rates, base = units_per_usd(), settings.BASE_CURRENCY
    if amount.currency == base:
        return amount
    if amount.currency not in rates or base not in rates:
        return None
    value = amount.decimal * rates[base] / rates[amount.currency]
    minor = value.scaleb(currency(base).exponent).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(int(minor), base)
