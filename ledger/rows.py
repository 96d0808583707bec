"""From entries as asked for to the rows that are written (pure).

Ids stand as text: both databases take them so, the digest hashes them so, and turning a UUID into text costs as much as
pairing an entry's lines.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ledger.constants import PostingKind
from ledger.lines import Pair
from ledger.types import EntryDraft, EntryStatus, LineDraft
from nexafi.core.context import Actor
from nexafi.core.money import Money


class EntryRow(NamedTuple):
    """A JournalEntry to be written, all columns but the audit event's id."""

    id: str
    kind: str
    description: str
    reference: str
    external_id: str | None
    effective_date: date
    recorded_at: datetime
    pending: bool
    expires_at: datetime | None
    reverses_id: str | None
    linked_with: str | None
    metadata: Mapping[str, Any]
    line_descriptions: Mapping[str, str]
    actor_kind: str
    actor_id: str
    request_id: str


class PostingRow(NamedTuple):
    """A Posting to be written; see the model for the columns."""

    entry_id: str
    kind: str
    debit_id: str
    credit_id: str
    amount: int
    currency: str
    debit_line: int
    credit_line: int
    effective_date: date
    recorded_at: datetime
    pending_id: int | None
    released: int
    capture_limit: int | None


def entry_row(entry_id: str, draft: EntryDraft, now: datetime, actor: Actor, linked_with: str | None) -> EntryRow:
    """The entry's own row, recorded `now` by `actor`; `linked_with` is the first entry of its linked group."""
    return EntryRow(
        entry_id,
        draft.kind,
        draft.description,
        draft.reference,
        draft.external_id,
        draft.effective_date or now.date(),
        now,
        draft.status is EntryStatus.PENDING,
        draft.expires_at,
        str(draft.reverses) if draft.reverses else None,
        linked_with,
        dict(draft.metadata),
        _descriptions(draft.lines),
        actor.kind,
        actor.id,
        actor.request_id,
    )


def _descriptions(lines: Sequence[LineDraft]) -> dict[str, str]:
    return {str(number): line.description for number, line in enumerate(lines, 1) if line.description}


def posting_rows(entry: EntryRow, draft: EntryDraft, pairs: Sequence[Pair]) -> list[PostingRow]:
    """The entry's postings, one a pair."""
    kind = _PENDING if entry.pending else _POST
    limits = _capture_limits(draft.capture_limit, pairs) if draft.capture_limit else [None] * len(pairs)
    return [
        PostingRow(
            entry.id,
            kind,
            account_text(pair.debit),
            account_text(pair.credit),
            pair.amount,
            pair.currency,
            pair.debit_line,
            pair.credit_line,
            entry.effective_date,
            entry.recorded_at,
            None,
            0,
            limit,
        )
        for pair, limit in zip(pairs, limits, strict=True)
    ]


_POST, _PENDING = PostingKind.POST.value, PostingKind.PENDING.value
account_text = lru_cache(maxsize=1 << 16)(str)  # accounts come again and again


def _capture_limits(limit: Money, pairs: Sequence[Pair]) -> list[int | None]:
    """The entry's limit spread over its postings by amount; none below its own posting."""
    shares = limit.allocate([pair.amount for pair in pairs])
    return [max(share.minor, pair.amount) for share, pair in zip(shares, pairs, strict=True)]
