"""Periods keep their name and dates, are closed and opened again in order, and are never deleted."""

from nexafi.db.triggers import Trigger

_TABLE = "ledger_period"
_KEPT = "ledger_period is closed, never deleted"
_FIXED = "ledger_period keeps its name and dates"
_ORDER = "ledger_period is closed and opened again in order"
_OUT_OF_ORDER = """NEW.status <> OLD.status AND EXISTS (
    SELECT 1 FROM ledger_period p WHERE p.status = OLD.status
    AND CASE WHEN NEW.status = 'closed' THEN p.starts < OLD.starts ELSE p.starts > OLD.starts END)"""
_CHANGED = " OR ".join(f"OLD.{column} <> NEW.{column}" for column in ("id", "name", "starts", "ends"))


def _raise(message: str) -> str:
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"


TRIGGERS = [
    Trigger(
        name="ledger_period_kept",
        table=_TABLE,
        when="BEFORE DELETE OR TRUNCATE",
        level="STATEMENT",
        postgresql=_raise(_KEPT),
        sqlite={
            "ledger_period_kept": (
                f"CREATE TRIGGER ledger_period_kept BEFORE DELETE ON {_TABLE} BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"
            )
        },
    ),
    Trigger(
        name="ledger_period_guarded",
        table=_TABLE,
        when="BEFORE UPDATE",
        postgresql=f"""
            IF {_CHANGED} THEN {_raise(_FIXED)} END IF;
            IF {_OUT_OF_ORDER} THEN {_raise(_ORDER)} END IF;
        """,
        sqlite={
            "ledger_period_fixed": (
                f"CREATE TRIGGER ledger_period_fixed BEFORE UPDATE ON {_TABLE} WHEN {_CHANGED} "
                f"BEGIN SELECT RAISE(ABORT, '{_FIXED}'); END"
            ),
            "ledger_period_in_order": (
                f"CREATE TRIGGER ledger_period_in_order BEFORE UPDATE ON {_TABLE} WHEN {_OUT_OF_ORDER} "
                f"BEGIN SELECT RAISE(ABORT, '{_ORDER}'); END"
            ),
        },
    ),
]
