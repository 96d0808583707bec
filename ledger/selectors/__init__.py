"""Reads of the ledger."""

from ledger.selectors.balances import balance_as_of, balance_of, balances_of, balances_of_account, turnovers
from ledger.selectors.entries import captured_lines, find_entry, lines_of, moved_lines_of, visible_lines
from ledger.selectors.statements import Statement, statement

__all__ = [
    "Statement",
    "balance_as_of",
    "balance_of",
    "balances_of",
    "balances_of_account",
    "captured_lines",
    "find_entry",
    "lines_of",
    "moved_lines_of",
    "statement",
    "turnovers",
    "visible_lines",
]
