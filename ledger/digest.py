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

from ledger.models import EntryAttachment, EntryComment, EntryResolution, Period
from ledger.rows import EntryRow, PostingRow


def entry_digest(entry: EntryRow, postings: Iterable[PostingRow]) -> str:
    """SHA-256, hex, of an entry as it was written: its columns and its first postings in order."""
    (id, kind, description, reference, external_id, day, at, pending, expires_at, reverses, linked_with,
     metadata, line_descriptions, actor_kind, actor_id, request_id) = entry  # fmt: skip
    return _sha256(
        f"{id}\0{kind}\0{description}\0{reference}\0{'' if external_id is None else f'={external_id}'}\0"
        f"{_day(day)}\0{_instant(at)}\0{bool(pending)}\0"
        f"{'' if expires_at is None else f'={_instant(expires_at)}'}\0"
        f"{'' if reverses is None else f'={reverses}'}\0{'' if linked_with is None else f'={linked_with}'}\0"
        f"{_json(metadata) if metadata else '{}'}\0{_json(line_descriptions) if line_descriptions else '{}'}\0"
        f"{actor_kind}\0{actor_id}\0{request_id}{_postings(postings)}"
    )


def resolution_digest(resolution: EntryResolution, postings: Iterable[PostingRow]) -> str:
    """SHA-256, hex, of the end of a pending entry and the postings that ended it."""
    return _sha256(
        f"{resolution.entry_id}\0{resolution.outcome}\0{resolution.reason}\0{_instant(resolution.recorded_at)}\0"
        f"{resolution.actor_kind}\0{resolution.actor_id}\0{resolution.request_id}{_postings(postings)}"
    )


def note_facts(note: EntryComment | EntryAttachment) -> dict[str, Any]:
    """What the audit event of a comment or attachment says of it; of what people wrote the digest alone."""
    if isinstance(note, EntryComment):
        return {"sha256": _sha256(note.text)}
    name = _sha256(note.filename)
    return {"sha256": note.sha256, "filename_sha256": name, "media_type": note.media_type, "size": note.size}


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


def _postings(rows: Iterable[PostingRow]) -> str:
    text = ""
    for _, kind, debit, credit, amount, currency, debit_line, credit_line, day, at, pending, released, limit in rows:
        text += (
            f"\0{kind}\0{debit}\0{credit}\0{amount}\0{currency}\0{debit_line}\0{credit_line}\0"
            f"{_day(day)}\0{_instant(at)}\0{'' if pending is None else f'={pending}'}\0{released}\0"
            f"{'' if limit is None else f'={limit}'}"
        )
    return text


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_day = lru_cache(maxsize=256)(str)


@lru_cache(maxsize=256)  # the rows of one call share theirs
def _instant(value: datetime) -> str:
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()
