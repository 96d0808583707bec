"""What runs by the clock. Each app adds its lines; the tasks live in the apps' tasks.py.

A message that nobody took before the next one comes expires, so a stopped worker finds no pile of them.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab


def _every(task: str, seconds: float) -> dict[str, Any]:
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": max(seconds, 10)}}


def _daily(task: str, hour: int, minute: int = 0) -> dict[str, Any]:
    return {"task": task, "schedule": crontab(hour=hour, minute=minute), "options": {"expires": 3600}}


CELERY_BEAT_SCHEDULE = {
    "accounts-flush": _daily("accounts.flush_sessions", 3, 30),
    "outbox-sweep": _every("outbox.relay", 2),
    "outbox-purge": _daily("outbox.purge", 3, 10),
    "idempotency-purge": _every("outbox.purge_idempotency_keys", 3600),
    "audit-seal": _every("audit.seal", 2),  # for installations that do not run seal_audit as a process
    "approvals-expiry": _every("approvals.expire", 60),
    "ledger-expiry": _every("ledger.expire_pending", 30),
    "ledger-fold": _every("ledger.fold", 10),
    "ledger-check": _daily("ledger.nightly_check", 2, 30),
    "ledger-checks-requested": _every("ledger.run_requested_checks", 60),
    "ledger-totals": _every("ledger.measure_totals", 60),
    # the ECB publishes about 16:00 in Frankfurt, 14:00 or 15:00 UTC; the second is for when the first failed
    "ledger-rates": _daily("ledger.fetch_rates", 15, 30),
    "ledger-rates-again": _daily("ledger.fetch_rates", 16, 30),
    "payments-transfers": _every("payments.drive_due_transfers", 2),
    "payments-sandbox": _every("payments.deliver_sandbox_events", 1),
    "payments-expiry": _every("payments.expire_held_payments", 300),
    "payments-today": _every("payments.measure_today", 60),
    "screening-sweep": _every("compliance.rescreen", 300),
    "notifications-delivery": _every("notifications.deliver_due_messages", 3),
    "kyc-expiry": _every("compliance.expire_verifications", 3600),
    "activity-purge": _daily("compliance.purge_activity", 3, 20),
}
