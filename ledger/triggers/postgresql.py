"""Trigger bodies for PostgreSQL (plpgsql).

The posting trigger runs once per statement: it locks the balance rows in one order (so that crossing transfers never
deadlock), adds the sums in one UPDATE, and counts the rows. A single posting takes a shorter way with the same effect.
"""

BALANCE_FILLFACTOR = "ALTER TABLE IF EXISTS ledger_balance SET (fillfactor = 50)"  # room for updates within the page

# Names why a side of a posting found no balance row to move.
REFUSE_POSTING = """
CREATE OR REPLACE FUNCTION ledger_refuse_posting(account uuid, wanted char) RETURNS void LANGUAGE plpgsql AS $$
DECLARE found_balance record;
BEGIN
    SELECT currency, is_open INTO found_balance FROM ledger_balance WHERE account_id = account LIMIT 1;
    IF found_balance IS NULL THEN
        RAISE EXCEPTION 'unknown_account: %', account USING ERRCODE = 'integrity_constraint_violation';
    ELSIF found_balance.currency <> wanted THEN
        RAISE EXCEPTION 'currency_mismatch: %', account USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RAISE EXCEPTION 'account_closed: %', account USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

POSTING_VARIABLES = """DECLARE one record; side uuid; fault record; moved bigint; sides bigint;"""

POSTING = """
    SELECT f.* INTO fault FROM fresh f WHERE NOT EXISTS (
        SELECT FROM ledger_journalentry e WHERE e.id = f.entry_id
        AND CASE f.kind
            WHEN 'post' THEN NOT e.pending AND e.recorded_at = f.recorded_at
            WHEN 'pending' THEN e.pending AND e.recorded_at = f.recorded_at
            ELSE e.pending END
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'unknown_entry: %', fault.entry_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    IF (SELECT count(*) FROM (SELECT FROM fresh LIMIT 2) AS few) = 1 AND EXISTS (SELECT FROM fresh WHERE released = 0)
    THEN
        SELECT * INTO one FROM fresh;
        FOREACH side IN ARRAY ARRAY[least(one.debit_id, one.credit_id), greatest(one.debit_id, one.credit_id)] LOOP
            UPDATE ledger_balance SET
                debits = debits + CASE WHEN one.kind = 'post' AND side = one.debit_id THEN one.amount ELSE 0 END,
                credits = credits + CASE WHEN one.kind = 'post' AND side = one.credit_id THEN one.amount ELSE 0 END,
                pending_debits = pending_debits
                    + CASE WHEN one.kind <> 'post' AND side = one.debit_id THEN one.amount ELSE 0 END,
                pending_credits = pending_credits
                    + CASE WHEN one.kind <> 'post' AND side = one.credit_id THEN one.amount ELSE 0 END
            WHERE account_id = side AND slot = pg_backend_pid() % slots AND currency = one.currency AND is_open;
            IF NOT FOUND THEN
                PERFORM ledger_refuse_posting(side, one.currency);
            END IF;
        END LOOP;
        RETURN NULL;
    END IF;

    SELECT f.* INTO fault FROM fresh f WHERE f.pending_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM ledger_posting held
        WHERE held.id = f.pending_id AND held.kind = 'pending' AND held.amount = f.released
          AND held.entry_id = f.entry_id AND held.currency = f.currency
          AND held.debit_id = f.debit_id AND held.credit_id = f.credit_id
          AND held.debit_line = f.debit_line AND held.credit_line = f.credit_line
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'not_pending: %', fault.pending_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;

    PERFORM FROM ledger_balance
        WHERE account_id IN (SELECT debit_id FROM fresh UNION ALL SELECT credit_id FROM fresh)
          AND slot = pg_backend_pid() % slots
        ORDER BY account_id, slot FOR NO KEY UPDATE;

    WITH moves AS (
        SELECT debit_id, credit_id, currency,
            CASE WHEN kind IN ('post', 'capture') THEN amount ELSE 0 END AS booked,
            CASE WHEN kind = 'pending' THEN amount ELSE -released END AS held
        FROM fresh
    ), totals AS (
        SELECT account_id, currency, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits,
            sum(held_debits)::bigint AS held_debits, sum(held_credits)::bigint AS held_credits
        FROM (
            SELECT debit_id AS account_id, currency, booked AS debits, 0 AS credits,
                held AS held_debits, 0 AS held_credits FROM moves
            UNION ALL
            SELECT credit_id, currency, 0, booked, 0, held FROM moves
        ) AS sides
        GROUP BY account_id, currency
    ), moved_rows AS (
        UPDATE ledger_balance b SET
            debits = b.debits + t.debits, credits = b.credits + t.credits,
            pending_debits = b.pending_debits + t.held_debits, pending_credits = b.pending_credits + t.held_credits
        FROM totals t
        WHERE b.account_id = t.account_id AND b.slot = pg_backend_pid() % b.slots
          AND b.currency = t.currency AND b.is_open
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM totals), (SELECT count(*) FROM moved_rows) INTO sides, moved;
    IF sides <> moved THEN
        FOR fault IN SELECT debit_id AS account_id, currency FROM fresh UNION SELECT credit_id, currency FROM fresh LOOP
            IF NOT EXISTS (SELECT FROM ledger_balance b WHERE b.account_id = fault.account_id
                           AND b.currency = fault.currency AND b.is_open) THEN
                PERFORM ledger_refuse_posting(fault.account_id, fault.currency);
            END IF;
        END LOOP;
        RAISE EXCEPTION 'account_closed: changed meanwhile' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
"""

# Depth 1 is a statement of the client; the ledger's own triggers write at depth 2.
BALANCE_GUARD = """
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'ledger_balance is written by postings alone' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
"""

ACCOUNT_OPENED = """
    INSERT INTO ledger_balance (account_id, slot, slots, currency, debit_normal, is_open, floor,
                                debits, credits, pending_debits, pending_credits)
    SELECT NEW.id, slot, NEW.slots, NEW.currency, NEW.type IN ('asset', 'expense'), NEW.status <> 'closed', NEW.floor,
           0, 0, 0, 0
    FROM generate_series(0, NEW.slots - 1) AS slot;
"""

ACCOUNT_GUARD = """
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ledger_account is closed, never deleted' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF (NEW.id, NEW.code, NEW.type, NEW.currency, NEW.path, NEW.slots)
          IS DISTINCT FROM (OLD.id, OLD.code, OLD.type, OLD.currency, OLD.path, OLD.slots) THEN
        RAISE EXCEPTION 'ledger_account keeps code, type, currency, place and slots'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
"""

# The balance rows are locked by the UPDATE, so that the emptiness seen after it is final.
ACCOUNT_CHANGED = """
    IF (NEW.floor, NEW.status) IS DISTINCT FROM (OLD.floor, OLD.status) THEN
        UPDATE ledger_balance SET floor = NEW.floor, is_open = NEW.status <> 'closed' WHERE account_id = NEW.id;
        IF NEW.status = 'closed' AND EXISTS (
            SELECT FROM ledger_balance WHERE account_id = NEW.id
            HAVING sum(debits) <> sum(credits) OR sum(pending_debits) <> 0 OR sum(pending_credits) <> 0
        ) THEN
            RAISE EXCEPTION 'account_not_empty: %', NEW.id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
"""
