"""What a posting and a balance must satisfy, in SQL that both databases read: name -> the condition that breaks it.

Triggers hold these and not CHECK constraints: PostgreSQL reads the stored text of every CHECK of a table anew for each
statement, which was a quarter of what a single posting cost it. Nothing gets past them: postings are only inserted, and
balances are only written by triggers.
"""

from ledger.constants import MAX_AMOUNT, MAX_TURNOVER

POSTING_RULES = {
    "posting_amount": f"amount NOT BETWEEN 1 AND {MAX_AMOUNT}",
    "posting_two_accounts": "debit_id = credit_id",
    "posting_lines": "debit_line < 1 OR credit_line < 1",
    "posting_resolution": "released < 0 OR (pending_id IS NULL) <> (released = 0)",
    "posting_capture_limit": "capture_limit IS NOT NULL AND"
    f" (kind <> 'pending' OR capture_limit NOT BETWEEN amount AND {MAX_AMOUNT})",
}

_NET = "CASE WHEN debit_normal THEN debits - credits ELSE credits - debits END"
_OUTGOING = "CASE WHEN debit_normal THEN pending_credits ELSE pending_debits END"
_INCOMING = "CASE WHEN debit_normal THEN pending_debits ELSE pending_credits END"

BALANCE_RULES = {
    "balance_floor": f"{_NET} - {_OUTGOING} < floor",
    "balance_ceiling": f"{_NET} + {_INCOMING} > ceiling",
    # A hold may be taken in one slot of a busy account and ended in another, so there what is pending may be negative.
    "balance_range": f"debits NOT BETWEEN 0 AND {MAX_TURNOVER} OR credits NOT BETWEEN 0 AND {MAX_TURNOVER}"
    f" OR pending_debits > {MAX_TURNOVER} OR pending_credits > {MAX_TURNOVER}"
    " OR slots = 1 AND (pending_debits < 0 OR pending_credits < 0)",
}


def broken(rules: dict[str, str]) -> str:
    """An expression: the name of the first of the rules that a row breaks, else null (PostgreSQL)."""
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in rules.items())
    return f"CASE {cases} END"


def refusal(rules: dict[str, str], row: str) -> str:
    """A statement of a trigger that refuses the row (a FROM item) when it breaks one of the rules (SQLite)."""
    cases = " ".join(f"WHEN {condition} THEN RAISE(ABORT, '{name}')" for name, condition in rules.items())
    return f"SELECT CASE {cases} END FROM {row};"
