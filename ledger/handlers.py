"""What approvals and events make the ledger do."""

from typing import Any
from uuid import UUID

from ledger.services.entries import reverse_entry
from nexafi.approvals.registry import approval_kind


@approval_kind("ledger.reverse_entry", permission_request="ledger.request_reversal")
def reverse_approved_entry(payload: dict[str, Any]) -> None:
    """Write the reversal that a second person approved."""
    reverse_entry(entry_id=UUID(payload["entry_id"]), reason=payload["reason"])
