"""Write journal entries: one or ten thousand with the same statement.

The database decides. When it refuses, the whole statement is undone; the judge (ledger.judge) then tells which entry
was at fault and why, and in a batch whose entries stand each for itself, which ones to write without it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.base import ModelState

from audit.events import CanonicalJson, EventDraft, WrittenEvent, write
from audit.models import UnsealedEvent
from ledger.constants import LARGE, MAX_ENTRIES
from ledger.digest import entry_digest
from ledger.exceptions import InvalidLines, LedgerBusy
from ledger.judge import Judge
from ledger.labels import labels_of
from ledger.locks import pass_gate
from ledger.models import JournalEntry, Posting
from ledger.refusals import typed_refusals
from ledger.rows import EntryRow, PostingRow, entry_row, posting_rows
from ledger.services.judging import judge_of
from ledger.types import EntryDraft, Written
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.errors import DomainError
from nexafi.core.ids import uuid7_text
from nexafi.db.bulk import Rows, insert_atomically

_TRIES = 3
_LOCK_ACCOUNTS = """
    SELECT count(*) FROM (
        SELECT FROM (SELECT DISTINCT id FROM unnest(%s::uuid[]) AS id) AS wanted
        JOIN ledger_balance b ON b.account_id = wanted.id AND b.slot = pg_backend_pid() %% b.slots
        ORDER BY b.account_id, b.slot FOR NO KEY UPDATE OF b) AS locked"""
_ENTRY_COLUMNS = (*EntryRow._fields, "audit_event_id")


class _Writing(NamedTuple):
    """The rows of one call, ready to be inserted; its audit event holds the digest of every entry."""

    drafts: Sequence[EntryDraft]
    entries: Sequence[EntryRow]
    postings: Sequence[PostingRow]
    event: WrittenEvent

    def outcomes(self) -> list[Written]:
        """What the caller learns of each entry."""
        at = self.entries[0].recorded_at
        return [
            Written(UUID(entry.id), at, draft.lines[0].amount if draft.balancing else None)
            for entry, draft in zip(self.entries, self.drafts, strict=True)
        ]

    def models(self) -> list[JournalEntry]:
        """The entries as they were written."""
        return [_model(entry, self.event.id) for entry in self.entries]

    def insert(self, *, savepoint: bool) -> None:
        labels = [label for entry in self.entries if entry.metadata for label in labels_of(entry)]
        insert_atomically(
            Rows(UnsealedEvent, WrittenEvent._fields, [self.event]),
            self._entry_rows(),
            *([labels] if labels else []),
            Rows(Posting, PostingRow._fields, self.postings),
            savepoint=savepoint,
        )

    def _entry_rows(self) -> Rows:
        """Several with external ids behind the locks of their accounts and in one order: the second to use an external
        id waits for the first, and the judge of batches has locked the accounts by then."""
        entries, first = self.entries, None
        if len(entries) > 1 and any(entry.external_id is not None for entry in entries):
            entries = sorted(entries, key=lambda entry: entry.external_id or "")
            first = (_LOCK_ACCOUNTS, [list({*self._account_ids()})])
        return Rows(JournalEntry, _ENTRY_COLUMNS, [(*entry, self.event.id) for entry in entries], first)

    def _account_ids(self) -> Iterator[str]:
        for posting in self.postings:
            yield from (posting.debit_id, posting.credit_id)


def _model(row: EntryRow, audit_event_id: str) -> JournalEntry:
    """The saved instance, made the way unpickling makes one: through its constructor it would cost eight times as much,
    and most callers want no more than its id."""
    entry, state = JournalEntry.__new__(JournalEntry), ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    entry.__dict__.update(zip(_ENTRY_COLUMNS, (*row, UUID(audit_event_id)), strict=True), id=UUID(row.id), _state=state)
    if row.reverses_id or row.linked_with:
        entry.reverses_id, entry.linked_with = (v and UUID(v) for v in (row.reverses_id, row.linked_with))
    return entry


def post_entry(draft: EntryDraft, *, savepoint: bool = True) -> JournalEntry:
    """Write one entry; see `post_entries`."""
    return post_entries([draft], savepoint=savepoint)[0]


def post_entries(drafts: Sequence[EntryDraft], *, savepoint: bool = True) -> list[JournalEntry]:
    """Write entries, all or none, in the caller's transaction or in one of their own; they come back in order.

    Raises UnbalancedEntry, InvalidLines, AmountTooLarge, AccountCurrencyMismatch, UnknownAccount, AccountNotOpen,
    AccountFrozen, PeriodClosed, InsufficientFunds, CeilingExceeded, DuplicateEntry, DuplicateExternalId or
    AlreadyReversed; nothing is written then, and the caller's transaction can go on. Without `savepoint` a refusal
    ends the caller's transaction too, for two statements less. LedgerBusy: writers stood in each other's way thrice.
    """
    return write_entries(drafts, savepoint=savepoint).models()


def write_entries(drafts: Sequence[EntryDraft], *, savepoint: bool = True, naming: bool = True) -> _Writing:
    """As `post_entries`, answering with the rows that were written. Without `naming` a refusal does not say where."""
    require_batch_size(drafts)
    for _ in range(_TRIES - 1 if savepoint else 0):
        try:
            return _write(drafts, savepoint=savepoint, naming=naming)
        except LedgerBusy:  # of two that waited for each other one was undone: it goes again, behind the other
            continue
    return _write(drafts, savepoint=savepoint, naming=naming)


def _write(drafts: Sequence[EntryDraft], *, savepoint: bool, naming: bool) -> _Writing:
    if any(draft.balancing for draft in drafts):
        return _write_judged(drafts, savepoint=savepoint)
    try:
        writing = prepare(drafts)
        with typed_refusals():
            _insert(writing, savepoint=savepoint)
    except DomainError:
        if naming and (savepoint or not transaction.get_connection().in_atomic_block):
            _name_refusal(drafts)
        raise
    return writing


def _insert(writing: _Writing, *, savepoint: bool) -> None:
    if len(writing.entries) < LARGE:
        writing.insert(savepoint=savepoint)
        return
    with transaction.atomic(savepoint=savepoint):
        pass_gate(len(writing.entries))
        writing.insert(savepoint=False)


def require_batch_size(drafts: Sequence[object]) -> None:
    """Raises InvalidLines unless there are 1 to 10,000 entries."""
    if not 1 <= len(drafts) <= MAX_ENTRIES:
        raise InvalidLines(f"One call writes 1 to {MAX_ENTRIES:,} entries.", pointer="/entries")


def _write_judged(drafts: Sequence[EntryDraft], *, savepoint: bool) -> _Writing:
    """With the accounts locked, so that what the judge saw still holds when it is written."""
    with typed_refusals(), transaction.atomic(savepoint=savepoint):
        pass_gate(len(drafts))
        writing = prepare(_judged(drafts, judge_of(drafts, lock=True)))
        writing.insert(savepoint=False)
    return writing


def _name_refusal(drafts: Sequence[EntryDraft]) -> None:
    """Raise what the judge finds wrong; nothing when it finds no fault."""
    _judged(drafts, judge_of(drafts))


def _judged(drafts: Sequence[EntryDraft], judge: Judge) -> list[EntryDraft]:
    """The entries as the judge takes them. Raises its first refusal, pointing at the entry and the line."""
    taken: list[EntryDraft] = []
    for index, draft in enumerate(drafts):
        try:
            taken.append(judge.take(draft))
        except DomainError as refusal:
            raise (refusal.within(f"/entries/{index}") if len(drafts) > 1 else refusal) from None
    return taken


def prepare(drafts: Sequence[EntryDraft]) -> _Writing:
    """The rows of entries, recorded now by the current actor. Raises what `posting_rows` raises."""
    now, actor = clock.now(), current_actor()
    entries: list[EntryRow] = []
    postings: list[PostingRow] = []
    digests: dict[str, str] = {}
    group: str | None = None  # the first of the entries that are being linked
    for draft in drafts:
        entry_id = str(draft.id) if draft.id else uuid7_text()
        group = group or (entry_id if draft.linked else None)
        entry = entry_row(entry_id, draft, now, actor, group)
        own = posting_rows(entry, draft)
        digests[entry_id] = entry_digest(entry, own)
        entries.append(entry)
        postings += own
        if not draft.linked:
            group = None
    return _Writing(drafts, entries, postings, write(_event(digests)))


def _event(digests: dict[str, str]) -> EventDraft:
    """One audit event for the call, holding the digest of every entry."""
    first = next(iter(digests))
    members = ",".join([f'"{entry_id}":"{digest}"' for entry_id, digest in sorted(digests.items())])
    data = CanonicalJson(f'{{"entries":{{{members}}}}}')
    if len(digests) == 1:
        return EventDraft("ledger.entry_written", "ledger.journal_entry", first, data)
    return EventDraft("ledger.entries_written", "ledger.batch", first, data)
