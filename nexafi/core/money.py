"""Exact money: an integer count of minor units and an ISO 4217 currency."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, total_ordering
from pathlib import Path

from iso4217 import Currency as Iso4217

from nexafi.core.errors import CurrencyMismatch, MoneyError, UnknownCurrency

MAX_MINOR = 2**63 - 1  # the bigint column
MAX_DIGITS = 18
_WITHDRAWN = Path(__file__).resolve().parent / "data" / "withdrawn_currencies.csv"
_AMOUNT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")


@dataclass(frozen=True)
class Currency:
    """An ISO 4217 currency; `exponent` is its number of decimals (JPY 0, USD 2, KWD 3, CLF 4).

    A withdrawn one (`withdrawn_on`: the first day on which it is no money any more) stays readable for history.
    """

    code: str
    exponent: int
    name: str
    numeric: int
    withdrawn_on: date | None = None


@cache
def currency(code: str) -> Currency:
    """The currency with this alphabetic code, those withdrawn included. Raises UnknownCurrency; codes without a minor
    unit (XAU) are unknown."""
    if code in withdrawn_currencies():
        return withdrawn_currencies()[code]
    try:
        entry = Iso4217(code)
    except (ValueError, TypeError) as error:
        raise UnknownCurrency(f"{code!r} is not an ISO 4217 currency code.") from error
    if entry.exponent is None:
        raise UnknownCurrency(f"{code} has no minor unit and cannot hold a balance.")
    return Currency(entry.code, entry.exponent, entry.currency_name, entry.number or 0)


def currency_in_use(code: str) -> Currency:
    """As `currency`, but raises UnknownCurrency for a withdrawn one too."""
    found = currency(code)
    if found.withdrawn_on:
        raise UnknownCurrency(f"{code} was withdrawn on {found.withdrawn_on}.")
    return found


@cache
def withdrawn_currencies() -> dict[str, Currency]:
    """Currencies that ISO 4217 has taken off its list, by code."""
    with _WITHDRAWN.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Currency(
                row["code"],
                int(row["decimals"]),
                row["name"],
                int(row["numeric"]),
                date.fromisoformat(row["withdrawn_on"]),
            )
            for row in csv.DictReader(file)
        }


@cache
def currencies() -> tuple[Currency, ...]:
    """Every currency in use that can hold a balance, by code."""
    entries = (entry for entry in sorted(Iso4217, key=lambda c: c.code) if entry.exponent is not None)
    return tuple(found for found in (currency(entry.code) for entry in entries) if found.withdrawn_on is None)


def decimal_text(minor: int, code: str) -> str:
    """Minor units as people write them: "12.34". Unlike Money it takes sums beyond what one amount may be."""
    return f"{Decimal(minor).scaleb(-currency(code).exponent):f}"


@total_ordering
@dataclass(frozen=True)
class Money:
    """`minor` units of `currency`; 12.34 USD is Money(1234, "USD"). Arithmetic never crosses currencies."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        currency(self.currency)
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise MoneyError("An amount is a whole number of minor units.")
        if abs(self.minor) > MAX_MINOR:
            raise MoneyError("The amount is too large.")

    @staticmethod
    def is_amount(text: str) -> bool:
        """Whether `text` is a plain decimal; its currency decides later how many decimals it may have."""
        return _AMOUNT.fullmatch(text) is not None

    @classmethod
    def parse(cls, text: str, code: str) -> "Money":
        """Read a plain decimal such as "12.34". Raises MoneyError for exponents, spaces, signs other than a
        leading minus, other scripts' digits, more than 18 digits, or more decimals than the currency has."""
        if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
            raise MoneyError("Use a plain decimal amount such as 12.34.")
        whole, _, fraction = text.lstrip("-").partition(".")
        exponent = currency(code).exponent
        if len(fraction) > exponent:
            raise MoneyError(f"{code} has {exponent} decimals.")
        if len(whole) + len(fraction) > MAX_DIGITS:
            raise MoneyError(f"An amount has at most {MAX_DIGITS} digits.")
        minor = int(whole + fraction.ljust(exponent, "0"))
        return cls(-minor if text.startswith("-") else minor, code)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact, with the currency's decimals."""
        return Decimal(self.minor).scaleb(-currency(self.currency).exponent)

    @property
    def amount(self) -> str:
        """The amount as the API writes it: "12.34"."""
        exponent = currency(self.currency).exponent
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        text = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
        return f"-{text}" if self.minor < 0 else text

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix.")
        return other.minor

    def allocate(self, weights: Sequence[int]) -> list["Money"]:
        """Split by non-negative integer weights without losing a minor unit (largest remainder method;
        ties go to the earlier share). Raises MoneyError when the weights are negative or sum to zero."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise MoneyError("Weights are non-negative and sum to more than zero.")
        sign, size = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        shares = [size * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % total), i))
        for index in by_remainder[: size - sum(shares)]:
            shares[index] += 1
        return [Money(sign * share, self.currency) for share in shares]
