"""What the database itself refuses: any change of a sealed event or head, and the loss of an unsealed event."""

from nexafi.db.triggers import Trigger, append_only

_EVENTS, _HEADS, _UNSEALED = "audit_auditevent", "audit_treehead", "audit_unsealedevent"
_LOST = "an unsealed event may be deleted only once it is sealed"

_unsealed_unchanged = Trigger(
    name=f"{_UNSEALED}_unchanged",
    table=_UNSEALED,
    when="BEFORE UPDATE OR TRUNCATE",
    level="STATEMENT",
    postgresql="RAISE EXCEPTION 'unsealed events never change' USING ERRCODE = 'integrity_constraint_violation';",
    sqlite={
        f"{_UNSEALED}_unchanged": f"CREATE TRIGGER {_UNSEALED}_unchanged BEFORE UPDATE ON {_UNSEALED} "
        "BEGIN SELECT RAISE(ABORT, 'unsealed events never change'); END"
    },
)

_unsealed_kept = Trigger(
    name=f"{_UNSEALED}_kept",
    table=_UNSEALED,
    when="AFTER DELETE",
    level="STATEMENT",
    referencing="REFERENCING OLD TABLE AS deleted",
    postgresql=f"""
        IF EXISTS (SELECT FROM deleted d LEFT JOIN {_EVENTS} e ON e.id = d.id AND e.body = d.body WHERE e.id IS NULL)
        THEN RAISE EXCEPTION '{_LOST}' USING ERRCODE = 'integrity_constraint_violation'; END IF;
    """,
    sqlite={
        f"{_UNSEALED}_kept": f"CREATE TRIGGER {_UNSEALED}_kept BEFORE DELETE ON {_UNSEALED} "
        f"WHEN NOT EXISTS (SELECT 1 FROM {_EVENTS} WHERE id = OLD.id AND body = OLD.body) "
        f"BEGIN SELECT RAISE(ABORT, '{_LOST}'); END"
    },
)

TRIGGERS = [append_only(_EVENTS), append_only(_HEADS), _unsealed_unchanged, _unsealed_kept]
