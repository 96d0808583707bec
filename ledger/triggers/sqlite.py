"""Trigger statements for SQLite: the same rules, row by row. There is one writer, so nothing is locked.

SQLite cannot tell a trigger's update from a client's. The guard therefore proves each change of a balance against the
newest posting, and each change of its floor or openness against the account.
"""

from ledger.triggers.rules import BALANCE_RULES, POSTING_RULES, refusal


def _booked(line: str) -> str:
    """How much a posting moves on each of its sides."""
    return f"CASE WHEN {line}.kind IN ('post', 'capture') THEN {line}.amount ELSE 0 END"


def _held(line: str) -> str:
    """How much a posting adds to what is pending."""
    return f"CASE WHEN {line}.kind = 'pending' THEN {line}.amount ELSE -{line}.released END"


def _move(side: str) -> str:
    return f"""
    SELECT CASE
        WHEN a.id IS NULL THEN RAISE(ABORT, 'unknown_account')
        WHEN a.currency <> NEW.currency THEN RAISE(ABORT, 'currency_mismatch')
        WHEN a.status = 'closed' THEN RAISE(ABORT, 'account_closed')
        WHEN NOT a.accepts_{side}s AND NEW.kind NOT IN ('void', 'expire') THEN RAISE(ABORT, 'account_frozen')
    END FROM (SELECT NEW.{side}_id AS wanted) LEFT JOIN ledger_account a ON a.id = wanted;
    UPDATE ledger_balance
    SET {side}s = {side}s + {_booked("NEW")}, pending_{side}s = pending_{side}s + {_held("NEW")}
    WHERE account_id = NEW.{side}_id AND slot = 0;
    {_keep_limits(f"NEW.{side}_id")}
"""


def _keep_limits(account: str) -> str:
    return refusal(BALANCE_RULES, f"ledger_balance WHERE account_id = {account}")


POSTING = {
    "ledger_posting_moves_balances": f"""
CREATE TRIGGER ledger_posting_moves_balances AFTER INSERT ON ledger_posting BEGIN
    {refusal(POSTING_RULES, "ledger_posting WHERE id = NEW.id")}
    SELECT RAISE(ABORT, 'unknown_entry') WHERE NOT EXISTS (
        SELECT 1 FROM ledger_journalentry e WHERE e.id = NEW.entry_id
        AND CASE NEW.kind
            WHEN 'post' THEN NOT e.pending AND e.recorded_at = NEW.recorded_at
            WHEN 'pending' THEN e.pending AND e.recorded_at = NEW.recorded_at
            ELSE e.pending END);
    SELECT RAISE(ABORT, 'period_closed') WHERE NEW.kind IN ('post', 'pending', 'capture')
        AND NEW.effective_date <= (SELECT max(ends) FROM ledger_period WHERE status = 'closed');
    SELECT RAISE(ABORT, 'not_pending')
    WHERE (NEW.pending_id IS NOT NULL OR NEW.kind NOT IN ('post', 'pending')) AND NOT EXISTS (
        SELECT 1 FROM ledger_posting held
        WHERE held.id = NEW.pending_id AND held.kind = 'pending' AND held.amount = NEW.released
          AND (NEW.kind = 'capture' OR NEW.kind IN ('void', 'expire') AND NEW.amount = NEW.released)
          AND NEW.amount <= coalesce(held.capture_limit, held.amount)
          AND held.entry_id = NEW.entry_id AND held.currency = NEW.currency
          AND held.debit_id = NEW.debit_id AND held.credit_id = NEW.credit_id
          AND held.debit_line = NEW.debit_line AND held.credit_line = NEW.credit_line);
    {_move("debit")}
    {_move("credit")}
    INSERT OR IGNORE INTO ledger_pendingentry (entry_id, expires_at)
        SELECT id, expires_at FROM ledger_journalentry WHERE id = NEW.entry_id AND NEW.kind = 'pending';
    DELETE FROM ledger_pendingentry WHERE entry_id = NEW.entry_id AND NEW.kind IN ('capture', 'void', 'expire');
END""",
}


def _proved_by_newest(side: str, other: str) -> str:
    return f"""(p.{side}_id = NEW.account_id
        AND NEW.{side}s = OLD.{side}s + {_booked("p")} AND NEW.pending_{side}s = OLD.pending_{side}s + {_held("p")}
        AND NEW.{other}s = OLD.{other}s AND NEW.pending_{other}s = OLD.pending_{other}s)"""


_REFUSED = "SELECT RAISE(ABORT, 'ledger_balance is written by postings alone')"

BALANCE_GUARD = {
    "ledger_balance_guard_amounts": f"""
CREATE TRIGGER ledger_balance_guard_amounts
BEFORE UPDATE OF debits, credits, pending_debits, pending_credits ON ledger_balance
WHEN NOT EXISTS (
    SELECT 1 FROM ledger_posting p WHERE p.id = (SELECT max(id) FROM ledger_posting)
    AND ({_proved_by_newest("debit", "credit")} OR {_proved_by_newest("credit", "debit")})
) BEGIN {_REFUSED}; END""",
    "ledger_balance_guard_terms": f"""
CREATE TRIGGER ledger_balance_guard_terms
BEFORE UPDATE OF account_id, slot, slots, currency, debit_normal, takes_debits, takes_credits, floor, ceiling
ON ledger_balance
WHEN NEW.account_id <> OLD.account_id OR NEW.slot <> OLD.slot OR NEW.slots <> OLD.slots
  OR NEW.currency <> OLD.currency OR NEW.debit_normal <> OLD.debit_normal
  OR NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.id = NEW.account_id
                 AND a.floor IS NEW.floor AND a.ceiling IS NEW.ceiling
                 AND NEW.takes_debits = (a.status <> 'closed' AND a.accepts_debits)
                 AND NEW.takes_credits = (a.status <> 'closed' AND a.accepts_credits))
BEGIN {_REFUSED}; END""",
    "ledger_balance_guard_insert": f"""
CREATE TRIGGER ledger_balance_guard_insert BEFORE INSERT ON ledger_balance
WHEN NEW.debits <> 0 OR NEW.credits <> 0 OR NEW.pending_debits <> 0 OR NEW.pending_credits <> 0
  OR NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.id = NEW.account_id AND NEW.slot = 0)
BEGIN {_REFUSED}; END""",
    "ledger_balance_guard_delete": f"""
CREATE TRIGGER ledger_balance_guard_delete BEFORE DELETE ON ledger_balance BEGIN {_REFUSED}; END""",
}

ACCOUNT_OPENED = {
    "ledger_account_opens_balances": f"""
CREATE TRIGGER ledger_account_opens_balances AFTER INSERT ON ledger_account BEGIN
    INSERT INTO ledger_balance (account_id, slot, slots, currency, debit_normal, takes_debits, takes_credits,
                                floor, ceiling, debits, credits, pending_debits, pending_credits)
    VALUES (NEW.id, 0, 1, NEW.currency, NEW.type IN ('asset', 'expense'),
            NEW.status <> 'closed' AND NEW.accepts_debits, NEW.status <> 'closed' AND NEW.accepts_credits,
            NEW.floor, NEW.ceiling, 0, 0, 0, 0);
    {_keep_limits("NEW.id")}
END""",
}

ACCOUNT_GUARD = {
    "ledger_account_guard_update": """
CREATE TRIGGER ledger_account_guard_update BEFORE UPDATE ON ledger_account
WHEN NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.type <> OLD.type OR NEW.currency <> OLD.currency
  OR NEW.parent_id IS NOT OLD.parent_id OR NEW.path <> OLD.path OR NEW.slots <> OLD.slots
BEGIN SELECT RAISE(ABORT, 'ledger_account keeps code, type, currency, place and slots'); END""",
    "ledger_account_guard_delete": """
CREATE TRIGGER ledger_account_guard_delete BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger_account is closed, never deleted'); END""",
}

ACCOUNT_CHANGED = {
    "ledger_account_changes_balances": f"""
CREATE TRIGGER ledger_account_changes_balances
AFTER UPDATE OF floor, ceiling, status, accepts_debits, accepts_credits ON ledger_account
WHEN NEW.floor IS NOT OLD.floor OR NEW.ceiling IS NOT OLD.ceiling OR NEW.status <> OLD.status
  OR NEW.accepts_debits <> OLD.accepts_debits OR NEW.accepts_credits <> OLD.accepts_credits BEGIN
    SELECT RAISE(ABORT, 'account_not_empty') WHERE NEW.status = 'closed' AND EXISTS (
        SELECT 1 FROM ledger_balance b WHERE b.account_id = NEW.id
        AND (b.debits <> b.credits OR b.pending_debits <> 0 OR b.pending_credits <> 0));
    UPDATE ledger_balance SET floor = NEW.floor, ceiling = NEW.ceiling,
        takes_debits = (NEW.status <> 'closed' AND NEW.accepts_debits),
        takes_credits = (NEW.status <> 'closed' AND NEW.accepts_credits)
    WHERE account_id = NEW.id;
    {_keep_limits("NEW.id")}
END""",
}
