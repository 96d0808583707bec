"""Digests that bind ledger rows to the audit log.

The audit event of every write carries the SHA-256 of what it wrote. Whoever changes a row of the ledger, even together
with its balance, would have to change the sealed log as well.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from ledger.models import EntryResolution, JournalEntry, Posting

_ENTRY_COLUMNS = (
    "id", "kind", "description", "reference", "external_id", "effective_date", "recorded_at", "pending", "expires_at",
    "reverses_id", "linked_with", "metadata", "line_descriptions", "actor_kind", "actor_id", "request_id",
)  # fmt: skip
_RESOLUTION_COLUMNS = ("entry_id", "outcome", "reason", "recorded_at", "actor_kind", "actor_id", "request_id")
_POSTING_COLUMNS = (
    "kind", "debit_id", "credit_id", "amount", "currency", "debit_line", "credit_line", "released", "capture_limit",
    "effective_date", "recorded_at", "pending_id",
)  # fmt: skip


def entry_digest(entry: JournalEntry, postings: Iterable[Posting]) -> str:
    """SHA-256, hex, of an entry as it was written: its columns and its first postings in order."""
    return _digest(_ENTRY_COLUMNS, entry, postings)


def resolution_digest(resolution: EntryResolution, postings: Iterable[Posting]) -> str:
    """SHA-256, hex, of the end of a pending entry and the postings that ended it."""
    return _digest(_RESOLUTION_COLUMNS, resolution, postings)


def _digest(columns: Sequence[str], row: Any, postings: Iterable[Posting]) -> str:
    content = [_values(row, columns), [_values(posting, _POSTING_COLUMNS) for posting in postings]]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _values(row: Any, columns: Sequence[str]) -> list[Any]:
    return [getattr(row, column) for column in columns]


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
