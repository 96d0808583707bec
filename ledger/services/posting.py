"""Write journal entries: one or ten thousand with the same two statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from ledger.constants import MAX_ENTRIES, PostingKind
from ledger.digest import entry_digest
from ledger.exceptions import InvalidLines
from ledger.lines import Pair, pair_lines
from ledger.models import JournalEntry, Posting
from ledger.refusals import typed_refusals
from ledger.types import EntryDraft, EntryStatus
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7
from nexafi.db import bulk


def post_entry(draft: EntryDraft, *, savepoint: bool = True) -> JournalEntry:
    """Write one entry; see `post_entries`."""
    return post_entries([draft], savepoint=savepoint)[0]


def post_entries(drafts: Sequence[EntryDraft], *, savepoint: bool = True) -> list[JournalEntry]:
    """Write entries, all or none, in the caller's transaction; they come back in the order given.

    Raises UnbalancedEntry, InvalidLines, AmountTooLarge, AccountCurrencyMismatch, UnknownAccount, AccountNotOpen,
    InsufficientFunds, DuplicateExternalId or AlreadyReversed; nothing is written then, and the caller's transaction
    can go on. Without `savepoint` a refusal ends the caller's transaction too, for two statements less.
    """
    if not 1 <= len(drafts) <= MAX_ENTRIES:
        raise InvalidLines(f"One call writes 1 to {MAX_ENTRIES:,} entries.")
    pairs = [pair_lines(draft.lines) for draft in drafts]
    now = clock.now()
    entries = [_entry(draft, now) for draft in drafts]
    postings = [[_posting(entry, pair) for pair in pairs_of] for entry, pairs_of in zip(entries, pairs, strict=True)]
    with typed_refusals(), transaction.atomic(savepoint=savepoint):
        event_id = _record(entries, postings)
        for entry in entries:
            entry.audit_event_id = event_id
        bulk.insert(entries, [posting for of_entry in postings for posting in of_entry])
    return entries


def _entry(draft: EntryDraft, now: datetime) -> JournalEntry:
    actor = current_actor()
    return JournalEntry(
        id=draft.id or uuid7(),
        kind=draft.kind,
        description=draft.description,
        reference=draft.reference,
        external_id=draft.external_id,
        effective_date=draft.effective_date or now.date(),
        recorded_at=now,
        pending=draft.status == EntryStatus.PENDING,
        expires_at=draft.expires_at,
        reverses_id=draft.reverses,
        metadata=dict(draft.metadata),
        line_descriptions={str(n): line.description for n, line in enumerate(draft.lines, 1) if line.description},
        actor_kind=actor.kind,
        actor_id=actor.id,
        request_id=actor.request_id,
    )


def _posting(entry: JournalEntry, pair: Pair) -> Posting:
    return Posting(
        entry_id=entry.id,
        kind=PostingKind.PENDING if entry.pending else PostingKind.POST,
        debit_id=pair.debit,
        credit_id=pair.credit,
        amount=pair.amount,
        currency=pair.currency,
        debit_line=pair.debit_line,
        credit_line=pair.credit_line,
        effective_date=entry.effective_date,
        recorded_at=entry.recorded_at,
    )


def _record(entries: Sequence[JournalEntry], postings: Sequence[Sequence[Posting]]) -> UUID:
    """One audit event for the call, holding the digest of every entry."""
    digests = {str(entry.id): entry_digest(entry, own) for entry, own in zip(entries, postings, strict=True)}
    data: dict[str, Any] = {"entries": digests}
    if len(entries) == 1:
        return record("ledger.entry_written", target_type="ledger.journal_entry", target_id=entries[0].id, data=data)
    return record("ledger.entries_written", target_type="ledger.batch", target_id=entries[0].id, data=data)
