"""What was asked never changes, what was decided never changes, and nothing is deleted."""

from nexafi.db.triggers import Trigger

_TABLE = "approvals_approval"
_FROZEN = (
    "id", "kind", "payload", "payload_hash", "target_type", "target_id",
    "maker_id", "request_reason", "requested_at", "expires_at",
)  # fmt: skip
_changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _FROZEN)
_changed_sqlite = _changed.replace("IS DISTINCT FROM", "IS NOT")

TRIGGERS = [
    Trigger(
        name="approval_frozen",
        table=_TABLE,
        when="BEFORE UPDATE",
        postgresql=(
            f"IF OLD.status <> 'requested' OR {_changed} THEN "
            "RAISE EXCEPTION 'an approval is decided once and asks for one thing' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        ),
        sqlite={
            "approval_frozen": (
                f"CREATE TRIGGER approval_frozen BEFORE UPDATE ON {_TABLE} "
                f"WHEN OLD.status <> 'requested' OR {_changed_sqlite} "
                "BEGIN SELECT RAISE(ABORT, 'an approval is decided once and asks for one thing'); END"
            )
        },
    ),
    Trigger(
        name="approval_kept",
        table=_TABLE,
        when="BEFORE DELETE OR TRUNCATE",
        level="STATEMENT",
        postgresql=("RAISE EXCEPTION 'approvals are never deleted' USING ERRCODE = 'integrity_constraint_violation';"),
        sqlite={
            "approval_kept": (
                f"CREATE TRIGGER approval_kept BEFORE DELETE ON {_TABLE} "
                "BEGIN SELECT RAISE(ABORT, 'approvals are never deleted'); END"
            )
        },
    ),
]
