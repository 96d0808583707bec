"""An account's place in the tree: a child has its parent's type and currency, and its path leads through its parent.

Looked at when an account is opened: none of it changes afterwards (`ledger_account_guarded`).
"""

from nexafi.db.triggers import Trigger

_PARENT = "ledger_account p WHERE p.id = NEW.parent_id"
_RULES = {  # refusal -> the condition that breaks it, in SQL that both databases read
    "parent_differs": f"""NEW.parent_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM {_PARENT} AND p.type = NEW.type AND p.currency = NEW.currency)""",
    "account_misplaced": f"NEW.path <> coalesce((SELECT p.path FROM {_PARENT}), '') || NEW.code || '/'",
}

TRIGGERS = [
    Trigger(
        name="ledger_account_placed",
        table="ledger_account",
        when="AFTER INSERT",
        postgresql="".join(
            f"IF {broken} THEN RAISE EXCEPTION '{name}: %', NEW.id USING ERRCODE = 'check_violation'; END IF;"
            for name, broken in _RULES.items()
        ),
        sqlite={
            "ledger_account_placed": "CREATE TRIGGER ledger_account_placed AFTER INSERT ON ledger_account BEGIN "
            + " ".join(f"SELECT RAISE(ABORT, '{name}') WHERE {broken};" for name, broken in _RULES.items())
            + " END"
        },
    )
]
