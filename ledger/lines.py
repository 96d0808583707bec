"""From debit and credit lines to postings and back (pure)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from ledger.constants import MAX_AMOUNT, MAX_LINES
from ledger.exceptions import AmountTooLarge, InvalidLines, UnbalancedEntry
from ledger.types import LineDraft, Side
from nexafi.core.money import decimal_text

_Line = tuple[int, UUID, int]  # number, account, minor units


class Pair(NamedTuple):
    """One movement: `amount` minor units from a credit line to a debit line, by account and line number (from 1)."""

    debit: UUID
    credit: UUID
    amount: int
    currency: str
    debit_line: int
    credit_line: int


def pair_lines(lines: Sequence[LineDraft]) -> list[Pair]:
    """Split the lines into postings, currency by currency, each line used up in the order given.

    n debit and m credit lines give at most n + m - 1 postings. Raises UnbalancedEntry when debits and credits
    differ in a currency, InvalidLines for fewer than two or more than 10,000 lines, an amount that is not positive,
    or an account on both sides in one currency; AmountTooLarge over 18 digits.
    """
    if len(lines) == 2:
        quick = _simple_pair(*lines)
        if quick:
            return [quick]
    _check(lines)
    pairs: list[Pair] = []
    for currency, numbered in _by_currency(lines).items():
        pairs += _pair_currency(currency, numbered)
    return pairs


def _simple_pair(first: LineDraft, second: LineDraft) -> Pair | None:
    """The common case, an amount debited once and credited once; None when anything is unusual."""
    debit, first_side, amount, _ = first
    credit, second_side, other, _ = second
    if (amount is not other and amount != other) or first_side == second_side or debit.int == credit.int:
        return None
    minor, currency = amount.minor, amount.currency
    if not 0 < minor <= MAX_AMOUNT:
        return None
    if first_side == Side.DEBIT:
        return Pair(debit, credit, minor, currency, 1, 2)
    return Pair(credit, debit, minor, currency, 2, 1)


def _check(lines: Sequence[LineDraft]) -> None:
    if not 2 <= len(lines) <= MAX_LINES:
        raise InvalidLines(f"An entry has 2 to {MAX_LINES:,} lines.", pointer="/lines")
    sides: dict[tuple[UUID, str], Side] = {}
    for index, line in enumerate(lines):
        if line.amount.minor <= 0:
            raise InvalidLines("Amounts are positive.", pointer=f"/lines/{index}")
        if line.amount.minor > MAX_AMOUNT:
            raise AmountTooLarge(pointer=f"/lines/{index}")
        if sides.setdefault((line.account_id, line.amount.currency), line.side) != line.side:
            raise InvalidLines("An account stands on one side of an entry.", pointer=f"/lines/{index}/account_id")


def _by_currency(lines: Sequence[LineDraft]) -> dict[str, list[tuple[int, LineDraft]]]:
    grouped: dict[str, list[tuple[int, LineDraft]]] = defaultdict(list)
    for number, line in enumerate(lines, start=1):
        grouped[line.amount.currency].append((number, line))
    return grouped


def _pair_currency(currency: str, numbered: list[tuple[int, LineDraft]]) -> list[Pair]:
    debits = [(n, line.account_id, line.amount.minor) for n, line in numbered if line.side == Side.DEBIT]
    credits = [(n, line.account_id, line.amount.minor) for n, line in numbered if line.side == Side.CREDIT]
    debited, credited = sum(minor for *_, minor in debits), sum(minor for *_, minor in credits)
    if debited != credited:
        raise UnbalancedEntry(
            f"{currency}: debits {decimal_text(debited, currency)}, credits {decimal_text(credited, currency)}.",
            pointer="/lines",
        )
    return list(_matched(currency, debits, credits))


def _matched(currency: str, debits: list[_Line], credits: list[_Line]) -> Iterator[Pair]:
    """Walk both sides, of equal sums, taking the smaller rest each time."""
    credit_lines = iter(credits)
    credit_line, credit, credit_left = next(credit_lines)
    for debit_line, debit, minor in debits:
        debit_left = minor
        while debit_left:
            if not credit_left:
                credit_line, credit, credit_left = next(credit_lines)
            amount = min(debit_left, credit_left)
            yield Pair(debit, credit, amount, currency, debit_line, credit_line)
            debit_left, credit_left = debit_left - amount, credit_left - amount
