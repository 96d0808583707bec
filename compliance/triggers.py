"""What the database itself refuses in compliance: rewriting a judgement, a timeline, or a decided alert."""

from nexafi.db.triggers import Trigger, append_only

_DECIDED = "OLD.status NOT IN ('open', 'assigned')"
_MESSAGE = "an alert is decided once"

TRIGGERS = [
    append_only("compliance_assessment"),
    append_only("compliance_alertevent"),
    append_only("compliance_kycdocument"),
    append_only("compliance_screeningrun"),
    append_only("compliance_entryrevision"),
    Trigger(
        name="alert_decided_once",
        table="compliance_alert",
        when="BEFORE UPDATE",
        postgresql=(
            f"IF {_DECIDED} THEN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        ),
        sqlite={
            "alert_decided_once": (
                f"CREATE TRIGGER alert_decided_once BEFORE UPDATE ON compliance_alert WHEN {_DECIDED} "
                f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            )
        },
    ),
]
