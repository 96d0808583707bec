"""What may happen to an entry after it was written: a pending one ends, a posted one is reversed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from ledger.constants import PostingKind
from ledger.digest import resolution_digest
from ledger.exceptions import AlreadyResolved, AlreadyReversed, EntryExpired, NotPending, NotPosted, UnknownEntry
from ledger.models import EntryResolution, JournalEntry, Posting
from ledger.refusals import typed_refusals
from ledger.selectors import find_entry, lines_of
from ledger.services.posting import post_entry
from ledger.types import EntryDraft, EntryStatus, LineDraft
from nexafi.approvals.models import Approval, Person
from nexafi.approvals.services import request_approval
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.db import bulk

Outcome = EntryResolution.Outcome
_KINDS = {Outcome.POSTED: PostingKind.CAPTURE, Outcome.VOIDED: PostingKind.VOID, Outcome.EXPIRED: PostingKind.EXPIRE}


def post_pending(*, entry_id: UUID, reason: str = "") -> EntryResolution:
    """Post a pending entry in full; its money moves with today's date.

    Raises UnknownEntry, NotPending, EntryExpired (past `expires_at`), AlreadyResolved, AccountNotOpen.
    """
    return _resolve(_pending_entry(entry_id, due=clock.now()), Outcome.POSTED, reason)


def void_pending(*, entry_id: UUID, reason: str = "") -> EntryResolution:
    """Give up a pending entry and release what it held. Raises UnknownEntry, NotPending, AlreadyResolved."""
    return _resolve(_pending_entry(entry_id), Outcome.VOIDED, reason)


def expire_due_pending(*, limit: int = 500) -> int:
    """Release pending entries whose time is over, the oldest first; returns how many."""
    due = JournalEntry.objects.unresolved().filter(expires_at__lte=clock.now()).order_by("expires_at")[:limit]
    return sum(_expire(entry) for entry in due)


def _expire(entry: JournalEntry) -> bool:
    """False when somebody else resolved it first."""
    try:
        with transaction.atomic():
            _resolve(entry, Outcome.EXPIRED, "")
    except AlreadyResolved:
        return False
    return True


def _pending_entry(entry_id: UUID, due: datetime | None = None) -> JournalEntry:
    entry = JournalEntry.objects.select_related("resolution").filter(pk=entry_id).first()
    if entry is None:
        raise UnknownEntry()
    if not entry.pending:
        raise NotPending()
    if hasattr(entry, "resolution"):
        raise AlreadyResolved(f"The entry was {entry.resolution.outcome}.")
    if due and entry.expires_at and entry.expires_at <= due:
        raise EntryExpired()
    return entry


def _resolve(entry: JournalEntry, outcome: Outcome, reason: str) -> EntryResolution:
    actor, now = current_actor(), clock.now()
    resolution = EntryResolution(
        entry=entry,
        outcome=outcome,
        reason=reason,
        recorded_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        request_id=actor.request_id,
    )
    held = Posting.objects.filter(entry=entry, kind=PostingKind.PENDING).order_by("id")
    postings = [_ending(posting, _KINDS[outcome], now) for posting in held]
    with typed_refusals(), transaction.atomic():
        resolution.audit_event_id = record(
            f"ledger.entry_{outcome}",
            target_type="ledger.journal_entry",
            target_id=entry.id,
            data={"resolution": resolution_digest(resolution, postings)},
            reason=reason,
        )
        bulk.insert([resolution], postings)
    return resolution


def _ending(held: Posting, kind: PostingKind, now: datetime) -> Posting:
    return Posting(
        entry_id=held.entry_id,
        kind=kind,
        debit_id=held.debit_id,
        credit_id=held.credit_id,
        amount=held.amount,
        currency=held.currency,
        debit_line=held.debit_line,
        credit_line=held.credit_line,
        pending_id=held.id,
        released=held.amount,
        effective_date=now.date(),
        recorded_at=now,
    )


def reverse_entry(*, entry_id: UUID, reason: str, kind: str = "reversal") -> JournalEntry:
    """Write the mirror of a posted entry, every line on its other side; the two are linked both ways.

    Raises UnknownEntry, NotPosted, AlreadyReversed, and what posting raises (InsufficientFunds, AccountNotOpen).
    """
    entry = _posted_entry(entry_id)
    return post_entry(
        EntryDraft(
            lines=tuple(_mirrored(lines_of(entry))),
            description=f"Reversal: {entry.description}"[:500],
            kind=kind,
            reference=entry.reference,
            reverses=entry.id,
            metadata={"reason": reason},
        )
    )


def _mirrored(lines: Iterable[LineDraft]) -> Iterable[LineDraft]:
    for line in lines:
        yield LineDraft(line.account_id, line.side.opposite, line.amount, line.description)


def _posted_entry(entry_id: UUID) -> JournalEntry:
    entry = find_entry(entry_id)
    if entry.status != EntryStatus.POSTED:
        raise NotPosted(f"The entry is {entry.status}.")
    return entry


def request_reversal(*, entry_id: UUID, maker: Person, reason: str) -> Approval:
    """Ask a second person to approve a reversal; `reverse_entry` runs when they do.

    Raises UnknownEntry, NotPosted, AlreadyReversed, Forbidden.
    """
    if _posted_entry(entry_id).reversals.all():
        raise AlreadyReversed
    return request_approval(
        kind="ledger.reverse_entry",
        payload={"entry_id": str(entry_id), "reason": reason},
        maker=maker,
        reason=reason,
        target_type="ledger.journal_entry",
        target_id=entry_id,
    )
