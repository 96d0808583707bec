"""What approvals and events make the ledger do."""

from typing import Any
from uuid import UUID

from ledger.services.entries import reverse_entry
from ledger.services.periods import reopen_period
from nexafi.approvals.registry import approval_kind


@approval_kind("ledger.reverse_entry", permission_request="ledger.request_reversal")
def reverse_approved_entry(payload: dict[str, Any]) -> None:
    """Write the reversal that a second person approved."""
    reverse_entry(entry_id=UUID(payload["entry_id"]), reason=payload["reason"])


@approval_kind("ledger.reopen_period", permission_request="ledger.close_periods")
def reopen_approved_period(payload: dict[str, Any]) -> None:
    """Open the period that a second person agreed to open again."""
    reopen_period(period_id=UUID(payload["period_id"]), reason=payload["reason"])
