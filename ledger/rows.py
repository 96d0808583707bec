"""From entries as asked for to the rows that are written (pure).

Ids stand as text: both databases take them so, the digest hashes them so, and turning a UUID into text costs as much as
pairing an entry's lines.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple
from uuid import UUID

from ledger.constants import PostingKind
from ledger.lines import Pair, pair_lines
from ledger.models import JournalEntry, Posting
from ledger.types import EntryDraft, EntryStatus
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

    @classmethod
    def of(cls, entry: JournalEntry) -> "EntryRow":
        """The row of an entry that was read."""
        return cls._make(getattr(entry, name) for name in cls._fields)


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

    @classmethod
    def of(cls, posting: Posting) -> "PostingRow":
        """The row of a posting that was read."""
        return cls._make(getattr(posting, name) for name in cls._fields)


def entry_row(entry_id: str, draft: EntryDraft, now: datetime, actor: Actor, linked_with: str | None) -> EntryRow:
    """The entry's own row, recorded `now` by `actor`; `linked_with` is the first entry of its linked group."""
    line_descriptions = {}
    for number, line in enumerate(draft.lines, 1):
        if line.description:
            line_descriptions[str(number)] = line.description
    row = (
        entry_id,
        draft.kind,
        draft.description,
        draft.reference,
        draft.external_id,
        draft.effective_date or now.date(),
        now,
        draft.status == EntryStatus.PENDING,
        draft.expires_at,
        str(draft.reverses) if draft.reverses else None,
        linked_with,
        dict(draft.metadata),
        line_descriptions,
        actor.kind,
        actor.id,
        actor.request_id,
    )
    return _new(EntryRow, row)


def posting_rows(entry: EntryRow, draft: EntryDraft) -> list[PostingRow]:
    """The entry's postings, one a pair of its lines. Raises what `pair_lines` raises."""
    kind, day, at = _PENDING if entry.pending else _POST, entry.effective_date, entry.recorded_at
    pairs = pair_lines(draft.lines)
    limits = _capture_limits(draft.capture_limit, pairs) if draft.capture_limit else repeat(None)
    rows = []
    for (debit, credit, amount, currency, debit_line, credit_line), limit in zip(pairs, limits, strict=False):
        row = (entry.id, kind, _text(debit.int), _text(credit.int), amount, currency, debit_line, credit_line, day, at)
        rows.append(_new(PostingRow, (*row, None, 0, limit)))
    return rows


_new = tuple.__new__  # what a named tuple's constructor calls: half of its price

_POST, _PENDING = PostingKind.POST.value, PostingKind.PENDING.value


@lru_cache(maxsize=1 << 16)  # accounts come again and again; a number is looked up faster than a UUID
def _text(account: int) -> str:
    return str(UUID(int=account))


def _capture_limits(limit: Money, pairs: Sequence[Pair]) -> list[int | None]:
    """The entry's limit spread over its postings by amount; none below its own posting."""
    shares = limit.allocate([pair.amount for pair in pairs])
    return [max(share.minor, pair.amount) for share, pair in zip(shares, pairs, strict=True)]
