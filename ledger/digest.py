"""Digests that bind ledger rows to the audit log.

The audit event of every write carries the SHA-256 of what it wrote. Whoever changes a row of the ledger, even together
with its balance, would have to change the sealed log as well.

What is hashed is the rows' values as text, joined by NUL, which no value holds; a value that may be absent is empty
then and begins with "=" otherwise.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from ledger.models import EntryResolution, JournalEntry, Period, Posting
from ledger.rows import EntryRow, PostingRow


def entry_digest(entry: EntryRow | JournalEntry, postings: Iterable[PostingRow | Posting]) -> str:
    """SHA-256, hex, of an entry as it was written: its columns and its first postings in order."""
    head = (
        f"{entry.id}\0{entry.kind}\0{entry.description}\0{entry.reference}\0{_optional(entry.external_id)}\0"
        f"{_day(entry.effective_date)}\0{_instant(entry.recorded_at)}\0{bool(entry.pending)}\0"
        f"{_optional(entry.expires_at and _instant(entry.expires_at))}\0{_optional(entry.reverses_id)}\0"
        f"{_optional(entry.linked_with)}\0{_json(entry.metadata)}\0{_json(entry.line_descriptions)}\0"
        f"{entry.actor_kind}\0{entry.actor_id}\0{entry.request_id}"
    )
    return _sha256("\0".join([head, *map(_posting, postings)]))


def resolution_digest(resolution: EntryResolution, postings: Iterable[PostingRow | Posting]) -> str:
    """SHA-256, hex, of the end of a pending entry and the postings that ended it."""
    head = (
        f"{resolution.entry_id}\0{resolution.outcome}\0{resolution.reason}\0{_instant(resolution.recorded_at)}\0"
        f"{resolution.actor_kind}\0{resolution.actor_id}\0{resolution.request_id}"
    )
    return _sha256("\0".join([head, *map(_posting, postings)]))


def period_state(period: Period) -> dict[str, Any]:
    """A period as its audit events hold it: all of it that may not change without one."""
    return {
        "name": period.name,
        "starts": period.starts.isoformat(),
        "ends": period.ends.isoformat(),
        "status": str(period.status),
        "closed_at": _instant(period.closed_at) if period.closed_at else "",
        "closing_entries": list(period.closing_entries),
    }


def _posting(row: PostingRow | Posting) -> str:
    return (
        f"{row.kind}\0{row.debit_id}\0{row.credit_id}\0{row.amount}\0{row.currency}\0{row.debit_line}\0"
        f"{row.credit_line}\0{_day(row.effective_date)}\0{_instant(row.recorded_at)}\0{_optional(row.pending_id)}\0"
        f"{row.released}\0{_optional(row.capture_limit)}"
    )


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _optional(value: Any) -> str:
    return "" if value is None else f"={value}"


def _json(value: Mapping[str, Any]) -> str:
    if not value:
        return "{}"
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_day = lru_cache(maxsize=256)(str)


@lru_cache(maxsize=256)  # the rows of one call share theirs
def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()
