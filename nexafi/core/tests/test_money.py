"""Money: exact, strict, and nothing lost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexafi.core.errors import CurrencyMismatch, MoneyError, UnknownCurrency
from nexafi.core.money import MAX_MINOR, Money, currencies, currency, currency_in_use

EXPONENTS = {"JPY": 0, "USD": 2, "KWD": 3, "CLF": 4}
CODES = st.sampled_from(sorted(EXPONENTS))
MINORS = st.integers(-(10**17), 10**17)
MONEY = st.builds(Money, MINORS, CODES)


@given(MONEY)
def test_what_is_written_reads_back(money):
    assert Money.parse(money.amount, money.currency) == money
    assert Decimal(money.amount) == money.decimal


@given(MONEY, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_allocation_loses_nothing_and_is_off_by_less_than_one_unit(money, weights):
    shares = money.allocate(weights)
    assert sum(share.minor for share in shares) == money.minor
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor * total - money.minor * weight) < total


@given(MONEY, MINORS)
def test_sums_and_differences_undo_each_other(money, minor):
    other = Money(minor, money.currency)
    assert money + other - other == money
    assert (-money).minor == -money.minor
    assert (money < other) == (money.minor < minor)


@given(st.text(max_size=30))
def test_text_is_an_amount_or_a_money_error(text):
    try:
        money = Money.parse(text, "USD")
    except MoneyError:
        return
    assert Decimal(text) == money.decimal


@pytest.mark.parametrize(("code", "exponent"), EXPONENTS.items())
def test_minor_units_are_those_of_iso_4217(code, exponent):
    assert currency(code).exponent == exponent


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "+1", ".5", "5.", "01", "00.50", "1_000", "1,000", "1e2", "0x10", "NaN", "Infinity", "١٢", "１２",
     "1.234", "--1", "1.2.3", "9" * 19, "9" * 17 + ".99", "1\n", "1\x00"],
)  # fmt: skip
def test_anything_but_a_plain_decimal_is_refused(text):
    with pytest.raises(MoneyError):
        Money.parse(text, "USD")


def test_minor_units_are_whole_numbers_that_fit_the_column():
    assert Money(MAX_MINOR, "JPY").minor == 2**63 - 1
    for minor in (MAX_MINOR + 1, -MAX_MINOR - 1, 1.5, True, Decimal(1)):
        with pytest.raises(MoneyError):
            Money(minor, "JPY")


@pytest.mark.parametrize("code", ["XAU", "XXX", "usd", "US", "ZZZ", "", "УСД"])
def test_a_code_that_cannot_hold_a_balance_is_unknown(code):
    with pytest.raises(UnknownCurrency):
        Money(1, code)


def test_currencies_do_not_mix():
    for act in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b):
        with pytest.raises(CurrencyMismatch):
            act(Money(1, "USD"), Money(1, "EUR"))


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [-1]])
def test_weights_that_cannot_share_are_refused(weights):
    with pytest.raises((MoneyError, ValueError)):
        Money(10, "USD").allocate(weights)


def test_a_withdrawn_currency_can_be_read_but_not_be_used_any_more():
    assert Money.parse("7.53", "HRK").minor == 753
    assert currency("BGN").withdrawn_on == date(2026, 1, 1)
    assert {"HRK", "BGN"}.isdisjoint(each.code for each in currencies())
    for code in ("HRK", "XXZ"):
        with pytest.raises(UnknownCurrency):
            currency_in_use(code)
