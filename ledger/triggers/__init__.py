"""What the database itself enforces, on PostgreSQL and SQLite alike.

* A posting moves the balances of its two accounts; it is refused when an account is unknown, closed, frozen on that
  side or of another currency, when its entry is missing, when its date lies in a closed period, or when it resolves
  what is not pending. Several postings in one statement count as one after the other. It also keeps the list of what
  is pending now.
* Balances are written by nothing else, and keep floors and ceilings (ledger.triggers.rules).
* Entries, postings and resolutions are never updated or deleted; accounts keep code, type, currency and
  place; a child has its parent's type and currency, and its path leads through its parent.
* Periods keep name and dates and are closed in order.

Refusals carry a code of `ledger.exceptions` as the start of their message (`ledger.refusals` maps them).
"""

from ledger.triggers import periods, places, postgresql, sqlite
from nexafi.db.triggers import Trigger, append_only, register, register_function, register_view

_LINES = """
    SELECT entry_id, kind, line, account_id, CAST(SUM(debit) AS bigint) AS debit, CAST(SUM(credit) AS bigint) AS credit,
           currency, effective_date, recorded_at
    FROM (
        SELECT entry_id, kind, debit_line AS line, debit_id AS account_id, amount AS debit, 0 AS credit,
               currency, effective_date, recorded_at
        FROM ledger_posting
        UNION ALL
        SELECT entry_id, kind, credit_line, credit_id, 0, amount, currency, effective_date, recorded_at
        FROM ledger_posting
    ) AS side
    GROUP BY entry_id, kind, line, account_id, currency, effective_date, recorded_at
"""


_APPEND_ONLY = (
    "ledger_posting",
    "ledger_journalentry",
    "ledger_entryresolution",
    "ledger_entrylabel",
    "ledger_entrycomment",
    "ledger_entryattachment",
    "ledger_basecurrency",
    "ledger_exchangerate",
    "ledger_revaluation",
)


def register_all() -> None:
    """Declare the ledger's triggers and view; called once, from AppConfig.ready."""
    register_view("journal_line", table="ledger_posting", select=_LINES)
    register_function("ledger_refuse_posting", postgresql.REFUSE_POSTING)
    register_function("ledger_check_order", postgresql.CHECK_ORDER)
    register_function("ledger_balance_fillfactor", postgresql.BALANCE_FILLFACTOR)
    register(append_only(table) for table in _APPEND_ONLY)
    register(periods.TRIGGERS)
    register(places.TRIGGERS)
    register(
        [
            Trigger(
                name="ledger_posting_moves_balances",
                table="ledger_posting",
                when="AFTER INSERT",
                level="STATEMENT",
                referencing="REFERENCING NEW TABLE AS fresh",
                declare=postgresql.POSTING_VARIABLES,
                settings=postgresql.POSTING_SETTINGS,
                postgresql=postgresql.POSTING,
                sqlite=sqlite.POSTING,
            ),
            Trigger(
                name="ledger_balance_guarded",
                table="ledger_balance",
                when="BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE",
                level="STATEMENT",
                condition=postgresql.BALANCE_GUARD_CONDITION,
                postgresql=postgresql.BALANCE_GUARD,
                sqlite=sqlite.BALANCE_GUARD,
            ),
            Trigger(
                name="ledger_account_opens_balances",
                table="ledger_account",
                when="AFTER INSERT",
                declare=postgresql.ACCOUNT_VARIABLES,
                postgresql=postgresql.ACCOUNT_OPENED,
                sqlite=sqlite.ACCOUNT_OPENED,
            ),
            Trigger(
                name="ledger_account_guarded",
                table="ledger_account",
                when="BEFORE UPDATE OR DELETE",
                postgresql=postgresql.ACCOUNT_GUARD,
                sqlite=sqlite.ACCOUNT_GUARD,
            ),
            Trigger(
                name="ledger_account_changes_balances",
                table="ledger_account",
                when="AFTER UPDATE",
                declare=postgresql.ACCOUNT_VARIABLES,
                postgresql=postgresql.ACCOUNT_CHANGED,
                sqlite=sqlite.ACCOUNT_CHANGED,
            ),
        ]
    )
