"""Rates as of a day: direct, inverse, cross; never one that is old, dead or unknown."""

from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from ledger.exceptions import RateUnavailable
from ledger.models import ExchangeRate
from ledger.selectors.rates import RateTable, _newest, convert, rate_on, rates_for, rates_on
from ledger.tests.factories import make_rates
from nexafi.core.errors import UnknownCurrency
from nexafi.core.money import Money, currency

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 10, 30)
DAY = timedelta(days=1)
SHEET = {"USD": "1.1172", "GBP": "0.8338", "JPY": "175.68", "INR": "106.084"}


def refused(base, quote, on, **options):
    with pytest.raises(RateUnavailable) as error:
        rate_on(base, quote, on, **options)
    assert (error.value.status, error.value.code) == (422, "rate_unavailable")
    return True


def test_direct_inverse_and_cross_with_their_day_source_and_path():
    make_rates(FRIDAY, **SHEET)
    direct, inverse, cross = (rate_on(*pair, FRIDAY) for pair in (("EUR", "USD"), ("USD", "EUR"), ("USD", "GBP")))
    assert (direct.rate, direct.path) == (Decimal("1.1172"), ("EUR", "USD"))
    assert (inverse.rate, inverse.path) == (1 / Decimal("1.1172"), ("USD", "EUR"))
    assert (cross.rate, cross.path) == (Decimal("0.8338") / Decimal("1.1172"), ("USD", "EUR", "GBP"))
    assert {(each.valid_on, each.source) for each in (direct, inverse, cross)} == {(FRIDAY, "ecb")}
    assert rate_on("USD", "USD", FRIDAY).rate == 1


def test_a_weekend_has_fridays_rate_until_it_is_too_old():
    make_rates(FRIDAY, **SHEET)
    assert rate_on("USD", "GBP", FRIDAY + DAY).valid_on == FRIDAY
    assert rate_on("USD", "GBP", FRIDAY + 4 * DAY).valid_on == FRIDAY
    assert refused("USD", "GBP", FRIDAY + 5 * DAY)
    assert refused("USD", "GBP", FRIDAY - DAY)
    assert rate_on("USD", "GBP", FRIDAY + 9 * DAY, max_age=timedelta(days=9)).valid_on == FRIDAY


def test_what_the_newest_sheet_does_not_quote_has_no_rate():
    last = date(2022, 3, 1)
    make_rates(last, USD="1.1162", RUB="117.201")
    assert rate_on("RUB", "USD", last).path == ("RUB", "EUR", "USD")
    make_rates(last + DAY, USD="1.1106")
    assert refused("RUB", "USD", last + DAY)
    assert refused("EUR", "RUB", last + DAY)


def test_a_withdrawn_currency_is_dead_on_its_day_though_the_rate_is_fresh():
    make_rates(date(2025, 12, 31), USD="1.1750", BGN="1.9558")
    assert rate_on("BGN", "EUR", date(2025, 12, 31)).rate == 1 / Decimal("1.9558")
    assert refused("BGN", "EUR", date(2026, 1, 1))
    assert refused("BGN", "BGN", date(2026, 1, 1))
    assert [rate.quote for rate in rates_on(date(2026, 1, 1)).quotes("EUR")] == ["USD"]
    assert rates_on(date(2026, 1, 1)).quotes("BGN") == []
    with pytest.raises(UnknownCurrency):
        rate_on("EUR", "XXZ", FRIDAY)


def test_the_newest_rate_counts_and_a_correction_is_a_newer_row_of_the_day():
    make_rates(FRIDAY, USD="1.11")
    make_rates(FRIDAY, USD="1.12")
    assert rate_on("EUR", "USD", FRIDAY).rate == Decimal("1.12")
    make_rates(FRIDAY, source="manual", base="USD", EUR="0.9")
    manual = rate_on("EUR", "USD", FRIDAY)
    assert (manual.source, manual.rate) == ("manual", 1 / Decimal("0.9"))
    assert rate_on("EUR", "USD", FRIDAY, source="ecb").rate == Decimal("1.12")
    make_rates(FRIDAY + DAY, USD="1.13")
    assert rate_on("EUR", "USD", FRIDAY + DAY).source == "ecb"


@override_settings(BASE_CURRENCY="USD")
def test_a_manual_rate_meets_the_ecbs_in_the_base_currency():
    make_rates(FRIDAY, **SHEET)
    make_rates(FRIDAY - DAY, source="manual", base="USD", NGN="1500")
    cross = rate_on("NGN", "GBP", FRIDAY)
    assert (cross.path, cross.source, cross.valid_on) == (
        ("NGN", "USD", "EUR", "GBP"), "manual+ecb", FRIDAY - DAY)  # fmt: skip
    assert abs(cross.rate - Decimal("0.8338") / Decimal("1.1172") / 1500) < Decimal("1e-28")


def test_only_the_amount_is_rounded_and_the_caller_says_how():
    make_rates(FRIDAY, **SHEET)
    assert convert(Money(1000, "USD"), "JPY", FRIDAY) == Money(1573, "JPY")  # 1572.50...
    assert convert(Money(1000, "USD"), "JPY", FRIDAY, rounding=ROUND_DOWN) == Money(1572, "JPY")
    assert convert(Money(-1000, "USD"), "JPY", FRIDAY, rounding=ROUND_UP) == Money(-1573, "JPY")
    make_rates(FRIDAY, USD="1.005")
    assert [convert(Money(minor, "EUR"), "USD", FRIDAY).minor for minor in (100, 300)] == [100, 302]  # half to even


def test_a_report_of_a_quarter_converts_with_one_query(django_assert_num_queries):
    days = [FRIDAY - n * DAY for n in range(91)]
    for day in days[::3]:
        make_rates(day, **SHEET)
    with django_assert_num_queries(1):
        tables = rates_for(days)
        amounts = [tables[day].convert(Money(100, code), "USD") for day in days for code in SHEET]
    assert len(amounts) == 364
    assert amounts == [convert(Money(100, code), "USD", day) for day in days for code in SHEET]
    assert rates_for([]) == {}


def test_recorded_rates_are_never_changed():
    from django.db import DatabaseError, transaction

    make_rates(FRIDAY, USD="1.1")
    for act in (lambda rows: rows.update(rate="2"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act(ExchangeRate.objects.all())


RATES = st.decimals("0.0001", "400000", places=4)
CODES = ("USD", "GBP", "JPY", "KWD", "CLF")
TABLES = st.fixed_dictionaries(dict.fromkeys(CODES, RATES)).map(
    lambda sheet: RateTable(FRIDAY, _newest(("ecb", "EUR", code, FRIDAY, rate) for code, rate in sheet.items()))
)
CODE = st.sampled_from((*CODES, "EUR"))


@given(TABLES, CODE, CODE, CODE)
def test_inverses_cancel_and_the_way_does_not_matter(table, a, b, c):
    there, back = table.rate(a, b).rate, table.rate(b, a).rate
    assert abs(there * back - 1) <= Decimal("1e-12")
    around = table.rate(a, c).rate * table.rate(c, b).rate
    assert abs(around / there - 1) <= Decimal("1e-12")


@given(TABLES, CODE, CODE, st.integers(-(10**8), 10**8), st.integers(0, 10**6))
def test_conversion_is_monotone_and_there_and_back_loses_at_most_one_unit(table, a, b, minor, more):
    amount = Money(minor, a)
    there = table.convert(amount, b)
    assert there <= table.convert(Money(minor + more, a), b)
    assert table.convert(-amount, b) == -there
    back = table.convert(there, a)
    # one minor unit of the coarser of the two
    unit = max(Decimal(1), _unit(b) * table.rate(b, a).rate / _unit(a))
    assert abs(back.minor - minor) <= unit


def _unit(code):
    return Decimal(1).scaleb(-currency(code).exponent)
