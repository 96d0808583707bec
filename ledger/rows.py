"""From entries as asked for to the rows that are written (pure)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from ledger.constants import PostingKind
from ledger.lines import Pair
from ledger.types import EntryDraft, EntryStatus
from nexafi.core.context import Actor
from nexafi.core.ids import uuid7
from nexafi.core.money import Money


class EntryRow(NamedTuple):
    """A JournalEntry to be written, all columns but the audit event's id."""

    id: UUID
    kind: str
    description: str
    reference: str
    external_id: str | None
    effective_date: date
    recorded_at: datetime
    pending: bool
    expires_at: datetime | None
    reverses_id: UUID | None
    linked_with: UUID | None
    metadata: dict[str, Any]
    line_descriptions: dict[str, str]
    actor_kind: str
    actor_id: str
    request_id: str


class PostingRow(NamedTuple):
    """A Posting to be written; see the model for the columns."""

    entry_id: UUID
    kind: str
    debit_id: UUID
    credit_id: UUID
    amount: int
    currency: str
    debit_line: int
    credit_line: int
    effective_date: date
    recorded_at: datetime
    pending_id: int | None = None
    released: int = 0
    capture_limit: int | None = None


def entry_row(draft: EntryDraft, now: datetime, actor: Actor, linked_with: UUID | None = None) -> EntryRow:
    """The entry's own row, recorded `now` by `actor`; `linked_with` is the first entry of its linked group."""
    return EntryRow(
        draft.id or uuid7(),
        draft.kind,
        draft.description,
        draft.reference,
        draft.external_id,
        draft.effective_date or now.date(),
        now,
        draft.status == EntryStatus.PENDING,
        draft.expires_at,
        draft.reverses,
        linked_with,
        dict(draft.metadata),
        {str(n): line.description for n, line in enumerate(draft.lines, 1) if line.description},
        actor.kind,
        actor.id,
        actor.request_id,
    )


def posting_rows(entry: EntryRow, draft: EntryDraft, pairs: Sequence[Pair]) -> list[PostingRow]:
    """The entry's postings, one a pair."""
    kind = PostingKind.PENDING.value if entry.pending else PostingKind.POST.value
    limits = _capture_limits(draft.capture_limit, pairs) if draft.capture_limit else [None] * len(pairs)
    return [
        PostingRow(
            entry.id,
            kind,
            pair.debit,
            pair.credit,
            pair.amount,
            pair.currency,
            pair.debit_line,
            pair.credit_line,
            entry.effective_date,
            entry.recorded_at,
            capture_limit=limit,
        )
        for pair, limit in zip(pairs, limits, strict=True)
    ]


def _capture_limits(limit: Money, pairs: Sequence[Pair]) -> list[int | None]:
    """The entry's limit spread over its postings by amount; none below its own posting."""
    shares = limit.allocate([pair.amount for pair in pairs])
    return [max(share.minor, pair.amount) for share, pair in zip(shares, pairs, strict=True)]
