"""What the database itself refuses: any change of a sealed event or head, and the loss of an unsealed event."""

from nexafi.db.triggers import Trigger, append_only

_EVENTS, _HEADS, _UNSEALED = "audit_auditevent", "audit_treehead", "audit_unsealedevent"

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
    postgresql="""
        IF EXISTS (SELECT FROM deleted d WHERE d.body IS DISTINCT FROM (
            SELECT e.body FROM audit_auditevent e WHERE e.id = d.id))
        THEN RAISE EXCEPTION 'an unsealed event may be deleted only once it is sealed'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    """,
    sqlite={
        f"{_UNSEALED}_kept": """
            CREATE TRIGGER audit_unsealedevent_kept BEFORE DELETE ON audit_unsealedevent
            WHEN NOT EXISTS (SELECT 1 FROM audit_auditevent WHERE id = OLD.id AND body = OLD.body)
            BEGIN SELECT RAISE(ABORT, 'an unsealed event may be deleted only once it is sealed'); END
        """
    },
)

TRIGGERS = [append_only(_EVENTS), append_only(_HEADS), _unsealed_unchanged, _unsealed_kept]

# It is there for a second: to compress the digests of a batch, which compress badly, costs more than it saves.
UNSEALED_STORAGE = f"ALTER TABLE IF EXISTS {_UNSEALED} ALTER COLUMN body SET STORAGE EXTERNAL"
