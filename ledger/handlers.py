"""What approvals and events make the ledger do."""

from typing import Any
from uuid import UUID

from django.db import transaction

from ledger import tasks
from ledger.services.entries import reverse_entry
from ledger.services.periods import reopen_period
from nexafi.approvals.registry import approval_kind
from nexafi.outbox.registry import Event, subscribe


@approval_kind("ledger.reverse_entry", permission_request="ledger.request_reversal")
def reverse_approved_entry(payload: dict[str, Any]) -> None:
    """Write the reversal that a second person approved."""
    reverse_entry(entry_id=UUID(payload["entry_id"]), reason=payload["reason"])


@approval_kind("ledger.reopen_period", permission_request="ledger.close_periods")
def reopen_approved_period(payload: dict[str, Any]) -> None:
    """Open the period that a second person agreed to open again."""
    reopen_period(period_id=UUID(payload["period_id"]), reason=payload["reason"])


@subscribe("ledger.check_requested")
def ring_for_check(event: Event) -> None:
    """Let a worker check the ledger at once; the sweep does it later if this call is lost."""
    ring = tasks.run_checks.s()
    transaction.on_commit(lambda: ring.apply_async(expires=30, retry=False), robust=True)
