"""What may happen to an entry after it was written: a pending one ends, a posted one is reversed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.events import EventDraft, WrittenEvent, write
from audit.models import UnsealedEvent
from ledger.constants import PostingKind
from ledger.digest import resolution_digest
from ledger.exceptions import (
    AccountCurrencyMismatch,
    AlreadyResolved,
    AlreadyReversed,
    CaptureTooLarge,
    EntryExpired,
    InvalidLines,
    NotPending,
    NotPosted,
    UnknownEntry,
)
from ledger.models import EntryResolution, JournalEntry, PendingEntry, Posting
from ledger.refusals import typed_refusals
from ledger.rows import PostingRow
from ledger.selectors import find_entry, moved_lines_of
from ledger.services.posting import post_entry
from ledger.types import EntryDraft, EntryStatus, LineDraft
from nexafi.approvals.models import Approval, Person
from nexafi.approvals.services import request_approval
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.money import Money
from nexafi.db.bulk import Rows, insert_atomically

Outcome = EntryResolution.Outcome
_KINDS = {Outcome.POSTED: PostingKind.CAPTURE, Outcome.VOIDED: PostingKind.VOID, Outcome.EXPIRED: PostingKind.EXPIRE}


def post_pending(*, entry_id: UUID, amount: Money | None = None, reason: str = "") -> EntryResolution:
    """Post a pending entry; its money moves with today's date.

    `amount`, of an entry in one currency: post for this total instead, less than held (the rest is released) or, up to
    the entry's limit, more. It is spread over the lines in proportion. Raises UnknownEntry, NotPending, EntryExpired
    (past `expires_at`), AlreadyResolved, CaptureTooLarge, AccountCurrencyMismatch, InvalidLines (an amount too small to
    reach every line), AccountNotOpen, AccountFrozen, InsufficientFunds (when posted for more).
    """
    return _resolve(_pending_entry(entry_id, due=clock.now()), Outcome.POSTED, reason, amount)


def void_pending(*, entry_id: UUID, reason: str = "") -> EntryResolution:
    """Give up a pending entry and release what it held. Raises UnknownEntry, NotPending, AlreadyResolved."""
    return _resolve(_pending_entry(entry_id), Outcome.VOIDED, reason)


def expire_due_pending(*, limit: int = 500) -> int:
    """Release pending entries whose time is over, the oldest first; returns how many."""
    due = PendingEntry.objects.filter(expires_at__lte=clock.now()).order_by("expires_at").select_related("entry")
    return sum(_expire(hold.entry) for hold in due[:limit])


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


def _resolve(entry: JournalEntry, outcome: Outcome, reason: str, amount: Money | None = None) -> EntryResolution:
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
    held = list(Posting.objects.filter(entry=entry, kind=PostingKind.PENDING).order_by("id"))
    postings = [_ending(p, minor, _KINDS[outcome], now) for p, minor in zip(held, _shares(held, amount), strict=True)]
    data = {"resolution": resolution_digest(resolution, postings)}
    action = f"ledger.entry_{outcome}"
    event = write(EventDraft(action, "ledger.journal_entry", entry.id, data, reason))
    resolution.audit_event_id = UUID(event.id)
    with typed_refusals():
        insert_atomically(
            Rows(UnsealedEvent, WrittenEvent._fields, [event]),
            [resolution],
            Rows(Posting, PostingRow._fields, postings),
        )
    return resolution


def _shares(held: Sequence[Posting], amount: Money | None) -> list[int]:
    """What each held posting is ended with, minor units: all of it, or its share of `amount`."""
    if amount is None:
        return [posting.amount for posting in held]
    if {posting.currency for posting in held} != {amount.currency}:
        raise AccountCurrencyMismatch("The amount is not in the entry's one currency.", pointer="/amount")
    limit = sum(posting.capture_limit or posting.amount for posting in held)
    if amount.minor > limit:
        raise CaptureTooLarge(f"At most {Money(limit, amount.currency)} may be posted.", pointer="/amount")
    shares = [share.minor for share in amount.allocate([posting.amount for posting in held])]
    if min(shares) <= 0:
        raise InvalidLines("The amount does not reach every line of the entry.", pointer="/amount")
    return _within_limits(held, shares)


def _within_limits(held: Sequence[Posting], shares: list[int]) -> list[int]:
    """Rounding may put a share a unit above its posting's limit while another has room."""
    limits = [posting.capture_limit or posting.amount for posting in held]
    capped = [min(share, limit) for share, limit in zip(shares, limits, strict=True)]
    left = sum(shares) - sum(capped)
    for index, limit in enumerate(limits):
        more = min(left, limit - capped[index])
        capped[index], left = capped[index] + more, left - more
    return capped


def _ending(held: Posting, amount: int, kind: PostingKind, now: datetime) -> PostingRow:
    return PostingRow(
        entry_id=str(held.entry_id),
        kind=kind.value,
        debit_id=str(held.debit_id),
        credit_id=str(held.credit_id),
        amount=amount,
        currency=held.currency,
        debit_line=held.debit_line,
        credit_line=held.credit_line,
        effective_date=now.date(),
        recorded_at=now,
        pending_id=held.id,
        released=held.amount,
        capture_limit=None,
    )


def reverse_entry(*, entry_id: UUID, reason: str, kind: str = "reversal") -> JournalEntry:
    """Write the mirror of a posted entry, every line on its other side; the two are linked both ways.

    Raises UnknownEntry, NotPosted, AlreadyReversed, and what posting raises (InsufficientFunds, AccountNotOpen).
    """
    entry = _posted_entry(entry_id)
    return post_entry(
        EntryDraft(
            lines=tuple(_mirrored(moved_lines_of(entry))),
            description=f"Reversal: {entry}"[:500],
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
