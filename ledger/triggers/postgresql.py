"""Trigger bodies for PostgreSQL (plpgsql).

The posting trigger runs once per statement: it locks the balance rows in one order (so that crossing transfers never
deadlock), adds the sums in one UPDATE, and counts the rows. A single posting takes a shorter way with the same effect.
"""

from ledger.triggers.rules import BALANCE_RULES, POSTING_RULES, broken

BALANCE_FILLFACTOR = "ALTER TABLE IF EXISTS ledger_balance SET (fillfactor = 50)"  # room for updates within the page

# Names why a side of a posting found no balance row to move.
REFUSE_POSTING = """
CREATE OR REPLACE FUNCTION ledger_refuse_posting(account uuid, wanted char) RETURNS void LANGUAGE plpgsql AS $$
DECLARE found_account record;
BEGIN
    SELECT currency, status INTO found_account FROM ledger_account WHERE id = account;
    IF found_account IS NULL THEN
        RAISE EXCEPTION 'unknown_account: %', account USING ERRCODE = 'integrity_constraint_violation';
    ELSIF found_account.currency <> wanted THEN
        RAISE EXCEPTION 'currency_mismatch: %', account USING ERRCODE = 'integrity_constraint_violation';
    ELSIF found_account.status = 'closed' THEN
        RAISE EXCEPTION 'account_closed: %', account USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RAISE EXCEPTION 'account_frozen: %', account USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

POSTING_VARIABLES = """DECLARE one record; every record; fault record; breach text; moved bigint; sides bigint;
    doubtful uuid[];"""

# Plans are kept for a session and may have been made when a table was new and small: only by index do they stay good.
POSTING_SETTINGS = "SET enable_seqscan = off SET jit = off"


def _move_one(side: str) -> str:
    """The move of one side of a single posting."""
    return f"""
            UPDATE ledger_balance SET
                {side}s = {side}s + CASE WHEN one.kind = 'post' THEN one.amount ELSE 0 END,
                pending_{side}s = pending_{side}s + CASE WHEN one.kind = 'post' THEN 0 ELSE one.amount END
            WHERE account_id = one.{side}_id AND slot = pg_backend_pid() % slots AND currency = one.currency
              AND takes_{side}s
            RETURNING {broken(BALANCE_RULES)} INTO breach;
            IF NOT FOUND THEN
                PERFORM ledger_refuse_posting(one.{side}_id, one.currency);
            ELSIF breach IS NOT NULL THEN
                RAISE EXCEPTION '%: %', breach, one.{side}_id USING ERRCODE = 'check_violation';
            END IF;"""


# Entries that are pending from here on. A look-up for each and no join: a plan made on a young table would read it all.
_HOLD = """INSERT INTO ledger_pendingentry (entry_id, expires_at)
        SELECT entry_id, (SELECT expires_at FROM ledger_journalentry WHERE id = entry_id)
        FROM (SELECT DISTINCT entry_id FROM fresh WHERE kind = 'pending') AS held ON CONFLICT DO NOTHING;"""

# Whether a posting belongs to its entry, and whether it ends what it says it ends. Look-ups again: a plan could make a
# join of EXISTS.
_ENTRY_FITS = """(SELECT CASE f.kind
                WHEN 'post' THEN NOT e.pending AND e.recorded_at = f.recorded_at
                WHEN 'pending' THEN e.pending AND e.recorded_at = f.recorded_at
                ELSE e.pending END
            FROM ledger_journalentry e WHERE e.id = f.entry_id)"""
_HOLD_FITS = """(SELECT held.kind = 'pending' AND held.amount = f.released
                AND (f.kind = 'capture' OR f.kind IN ('void', 'expire') AND f.amount = f.released)
                AND f.amount <= coalesce(held.capture_limit, held.amount)
                AND held.entry_id = f.entry_id AND held.currency = f.currency
                AND held.debit_id = f.debit_id AND held.credit_id = f.credit_id
                AND held.debit_line = f.debit_line AND held.credit_line = f.credit_line
            FROM ledger_posting held WHERE held.id = f.pending_id)"""

# Of several postings without holds, and of any: what each account is moved by.
_PLAIN_TOTALS = """
        SELECT *, booked_debits > 0 AS debited, booked_credits > 0 AS credited,
            0 AS held_debits, 0 AS held_credits, 0 AS freed_debits, 0 AS freed_credits
        FROM (
            SELECT account_id, currency, sum(debit)::bigint AS booked_debits, sum(credit)::bigint AS booked_credits
            FROM (
                SELECT debit_id AS account_id, currency, amount AS debit, 0 AS credit FROM fresh
                UNION ALL SELECT credit_id, currency, 0, amount FROM fresh
            ) AS sides
            GROUP BY account_id, currency
        ) AS sums"""
_TOTALS = """
        SELECT account_id, currency, bool_or(debited) AS debited, bool_or(credited) AS credited,
            sum(booked_debits)::bigint AS booked_debits, sum(booked_credits)::bigint AS booked_credits,
            sum(held_debits)::bigint AS held_debits, sum(held_credits)::bigint AS held_credits,
            sum(freed_debits)::bigint AS freed_debits, sum(freed_credits)::bigint AS freed_credits
        FROM (
            SELECT debit_id AS account_id, currency, taken AS debited, false AS credited,
                booked AS booked_debits, 0 AS booked_credits, held AS held_debits, 0 AS held_credits,
                released AS freed_debits, 0 AS freed_credits
            FROM moves
            UNION ALL
            SELECT credit_id, currency, false, taken, 0, booked, 0, held, 0, released FROM moves
        ) AS sides
        GROUP BY account_id, currency"""
_MOVES = """moves AS (
        SELECT debit_id, credit_id, currency, kind IN ('post', 'pending', 'capture') AS taken,
            CASE WHEN kind IN ('post', 'capture') THEN amount ELSE 0 END AS booked,
            CASE WHEN kind = 'pending' THEN amount ELSE 0 END AS held,
            released
        FROM fresh
    ), """


def _move_several(totals: str, *, moves: str = "") -> str:
    """The move of all accounts that several postings touch."""
    return f"""
    WITH {moves}totals AS ({totals}
    ), moved_rows AS (
        UPDATE ledger_balance b SET
            debits = debits + booked_debits, credits = credits + booked_credits,
            pending_debits = pending_debits + held_debits - freed_debits,
            pending_credits = pending_credits + held_credits - freed_credits
        FROM totals t
        WHERE b.account_id = t.account_id AND b.slot = pg_backend_pid() % b.slots AND b.currency = t.currency
          AND (takes_debits OR NOT debited) AND (takes_credits OR NOT credited)
        RETURNING b.account_id, {broken(BALANCE_RULES)} AS broken, CASE
            WHEN floor IS NULL AND ceiling IS NULL THEN false
            WHEN debit_normal THEN floor > debits - credits - pending_credits - booked_debits - freed_credits
                OR ceiling < debits - credits + pending_debits + booked_credits + freed_debits
            ELSE floor > credits - debits - pending_debits - booked_credits - freed_debits
                OR ceiling < credits - debits + pending_credits + booked_debits + freed_credits END AS doubtful
    )
    SELECT (SELECT count(*) FROM totals), count(*), max(m.broken), array_agg(m.account_id) FILTER (WHERE m.doubtful)
        INTO sides, moved, breach, doubtful FROM moved_rows m;"""


POSTING = f"""
    SELECT f.*, {broken(POSTING_RULES)} AS broken, EXISTS (SELECT FROM fresh OFFSET 1) AS several,
            EXISTS (SELECT FROM ledger_period p WHERE p.ends >= f.effective_date AND p.status = 'closed') AS closed,
            (SELECT pending FROM ledger_journalentry WHERE id = f.entry_id AND recorded_at = f.recorded_at) AS held
        INTO one FROM fresh f;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT one.several AND one.released = 0 THEN
        IF one.broken IS NOT NULL THEN
            RAISE EXCEPTION '%', one.broken USING ERRCODE = 'check_violation';
        ELSIF one.held IS DISTINCT FROM (one.kind = 'pending') OR one.kind NOT IN ('post', 'pending') THEN
            RAISE EXCEPTION 'unknown_entry: %', one.entry_id USING ERRCODE = 'integrity_constraint_violation';
        ELSIF one.closed THEN
            RAISE EXCEPTION 'period_closed: %', one.effective_date USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF one.debit_id < one.credit_id THEN
            {_move_one("debit")}
            {_move_one("credit")}
        ELSE
            {_move_one("credit")}
            {_move_one("debit")}
        END IF;
        IF one.kind = 'pending' THEN
            {_HOLD}
        END IF;
        RETURN NULL;
    END IF;

    SELECT max({broken(POSTING_RULES)}) AS broken, bool_and(kind = 'post' AND pending_id IS NULL) AS plain,
            min(effective_date) FILTER (WHERE kind IN ('post', 'pending', 'capture')) AS earliest,
            (array_agg(entry_id) FILTER (WHERE {_ENTRY_FITS} IS NOT TRUE))[1] AS unfit
        INTO every FROM fresh f;
    IF every.broken IS NOT NULL THEN
        RAISE EXCEPTION '%', every.broken USING ERRCODE = 'check_violation';
    ELSIF every.unfit IS NOT NULL THEN
        RAISE EXCEPTION 'unknown_entry: %', every.unfit USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    IF EXISTS (SELECT FROM ledger_period WHERE ends >= every.earliest AND status = 'closed') THEN
        RAISE EXCEPTION 'period_closed: %', every.earliest USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    IF NOT every.plain THEN
        SELECT f.pending_id INTO fault FROM fresh f
            WHERE (f.pending_id IS NOT NULL OR f.kind NOT IN ('post', 'pending')) AND {_HOLD_FITS} IS NOT TRUE;
        IF FOUND THEN
            RAISE EXCEPTION 'not_pending: %', fault.pending_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;

    -- Looked up one by one, in order: at any number of accounts the price is that of those touched, and of a row that
    -- changed while we waited nothing but itself is looked at again.
    PERFORM FROM (
        SELECT id FROM (SELECT debit_id AS id FROM fresh UNION SELECT credit_id FROM fresh) AS touched ORDER BY id
    ) AS wanted, LATERAL (
        SELECT FROM ledger_balance b WHERE b.account_id = wanted.id AND b.slot = pg_backend_pid() % b.slots
        FOR NO KEY UPDATE
    ) AS locked;

    IF every.plain THEN
        {_move_several(_PLAIN_TOTALS)}
    ELSE
        {_move_several(_TOTALS, moves=_MOVES)}
    END IF;
    IF sides <> moved THEN
        PERFORM ledger_refuse_posting(side.account_id, side.currency) FROM (
            SELECT id, debit_id AS account_id, currency, kind, true AS debits FROM fresh
            UNION ALL SELECT id, credit_id, currency, kind, false FROM fresh ORDER BY id) AS side
        WHERE NOT EXISTS (
            SELECT FROM ledger_balance b WHERE b.account_id = side.account_id AND b.currency = side.currency
            AND (side.kind IN ('void', 'expire') OR CASE WHEN side.debits THEN b.takes_debits ELSE b.takes_credits END)
        );
        RAISE EXCEPTION 'account_closed: changed meanwhile' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF breach IS NOT NULL THEN
        RAISE EXCEPTION '%', breach USING ERRCODE = 'check_violation';
    END IF;
    IF NOT every.plain THEN
        {_HOLD}
        DELETE FROM ledger_pendingentry
            WHERE entry_id = ANY(ARRAY(SELECT entry_id FROM fresh WHERE kind IN ('capture', 'void', 'expire')));
    END IF;
    IF doubtful IS NOT NULL AND (SELECT count(*) FROM (SELECT DISTINCT entry_id FROM fresh LIMIT 2) AS few) > 1 THEN
        PERFORM ledger_check_order(doubtful, array_agg(id)) FROM fresh
            WHERE debit_id = ANY(doubtful) OR credit_id = ANY(doubtful);
    END IF;
"""


# A statement with several entries counts as those entries one after the other. The last state is known to be good; here
# the states in between are looked at, for the accounts whose limits could have been broken on the way.
CHECK_ORDER = """
CREATE OR REPLACE FUNCTION ledger_check_order(accounts uuid[], ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE fault record;
BEGIN
    WITH sides AS (
        SELECT id, debit_id AS account_id, 1 AS sign, kind, amount, released FROM ledger_posting
            WHERE id = ANY(ids) AND debit_id = ANY(accounts)
        UNION ALL
        SELECT id, credit_id, -1, kind, amount, released FROM ledger_posting
            WHERE id = ANY(ids) AND credit_id = ANY(accounts)
    ), steps AS (
        SELECT s.id, s.account_id, b.floor, b.ceiling,
            CASE WHEN s.kind IN ('post', 'capture') THEN s.amount ELSE 0 END
                * CASE WHEN b.debit_normal THEN s.sign ELSE -s.sign END AS booked,
            CASE WHEN (s.sign = 1) = b.debit_normal THEN 0
                WHEN s.kind = 'pending' THEN s.amount ELSE -s.released END AS outgoing,
            CASE WHEN (s.sign = 1) <> b.debit_normal THEN 0
                WHEN s.kind = 'pending' THEN s.amount ELSE -s.released END AS incoming,
            CASE WHEN b.debit_normal THEN b.debits - b.credits ELSE b.credits - b.debits END AS posted,
            CASE WHEN b.debit_normal THEN b.pending_credits ELSE b.pending_debits END AS pending_out,
            CASE WHEN b.debit_normal THEN b.pending_debits ELSE b.pending_credits END AS pending_in
        FROM sides s JOIN ledger_balance b ON b.account_id = s.account_id
    ), later AS (
        SELECT *,
            posted - pending_out - coalesce(sum(booked - outgoing) OVER after, 0) AS available_then,
            posted + pending_in - coalesce(sum(booked + incoming) OVER after, 0) AS expected_then
        FROM steps
        WINDOW after AS (PARTITION BY account_id ORDER BY id DESC
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    SELECT account_id, available_then < floor AS low INTO fault FROM later
        WHERE available_then < floor OR expected_then > ceiling ORDER BY id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: %', CASE WHEN fault.low THEN 'balance_floor' ELSE 'balance_ceiling' END, fault.account_id
            USING ERRCODE = 'check_violation';
    END IF;
END $$
"""

# Depth 0 is a statement of the client; the ledger's own triggers write at depth 1.
BALANCE_GUARD_CONDITION = "pg_trigger_depth() < 1"
BALANCE_GUARD = """
    RAISE EXCEPTION 'ledger_balance is written by postings alone' USING ERRCODE = 'integrity_constraint_violation';
"""

ACCOUNT_VARIABLES = "DECLARE breach text;"
_REFUSE_TERMS = """IF breach IS NOT NULL THEN
            RAISE EXCEPTION '%: %', breach, NEW.id USING ERRCODE = 'check_violation';
        END IF;"""

ACCOUNT_OPENED = f"""
    WITH opened AS (
        INSERT INTO ledger_balance (account_id, slot, slots, currency, debit_normal, takes_debits, takes_credits,
                                    floor, ceiling, debits, credits, pending_debits, pending_credits)
        SELECT NEW.id, slot, NEW.slots, NEW.currency, NEW.type IN ('asset', 'expense'),
               NEW.status <> 'closed' AND NEW.accepts_debits, NEW.status <> 'closed' AND NEW.accepts_credits,
               NEW.floor, NEW.ceiling, 0, 0, 0, 0
        FROM generate_series(0, NEW.slots - 1) AS slot
        RETURNING {broken(BALANCE_RULES)} AS broken)
    SELECT max(o.broken) INTO breach FROM opened o;
    {_REFUSE_TERMS}
"""

ACCOUNT_GUARD = """
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ledger_account is closed, never deleted' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF (NEW.id, NEW.code, NEW.type, NEW.currency, NEW.parent_id, NEW.path, NEW.slots)
          IS DISTINCT FROM (OLD.id, OLD.code, OLD.type, OLD.currency, OLD.parent_id, OLD.path, OLD.slots) THEN
        RAISE EXCEPTION 'ledger_account keeps code, type, currency, place and slots'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
"""

# The balance rows are locked by the UPDATE, so that the emptiness seen after it is final.
ACCOUNT_CHANGED = f"""
    IF (NEW.floor, NEW.ceiling, NEW.status, NEW.accepts_debits, NEW.accepts_credits)
       IS DISTINCT FROM (OLD.floor, OLD.ceiling, OLD.status, OLD.accepts_debits, OLD.accepts_credits) THEN
        WITH changed AS (
            UPDATE ledger_balance SET floor = NEW.floor, ceiling = NEW.ceiling,
                takes_debits = NEW.status <> 'closed' AND NEW.accepts_debits,
                takes_credits = NEW.status <> 'closed' AND NEW.accepts_credits
            WHERE account_id = NEW.id RETURNING {broken(BALANCE_RULES)} AS broken)
        SELECT max(c.broken) INTO breach FROM changed c;
        {_REFUSE_TERMS}
        IF NEW.status = 'closed' AND EXISTS (
            SELECT FROM ledger_balance WHERE account_id = NEW.id
            HAVING sum(debits) <> sum(credits) OR sum(pending_debits) <> 0 OR sum(pending_credits) <> 0
        ) THEN
            RAISE EXCEPTION 'account_not_empty: %', NEW.id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
"""
