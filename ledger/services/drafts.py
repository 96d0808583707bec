"""Entries being prepared: kept apart from the books, discarded or posted under the same id."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from ledger.exceptions import NotDraft, UnknownEntry
from ledger.lines import pair_lines
from ledger.models import DraftEntry, JournalEntry
from ledger.services.posting import post_entry
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side
from nexafi.core.context import current_actor
from nexafi.core.money import Money


def save_draft(draft: EntryDraft) -> DraftEntry:
    """Keep an entry for later. Raises UnbalancedEntry and InvalidLines as posting does; balances are not looked at."""
    pair_lines(draft.lines)
    with transaction.atomic():
        saved = DraftEntry.objects.create(body=_body(draft), created_by=current_actor().id)
        record("ledger.draft_saved", target_type="ledger.draft_entry", target_id=saved.id)
    return saved


def replace_draft(
    *, draft_id: UUID, draft: EntryDraft, check: Callable[[DraftEntry], None] = lambda saved: None
) -> DraftEntry:
    """Put another entry in a draft's place, under its id; `check` sees the locked draft first and may refuse.

    Raises UnknownEntry, NotDraft (it is in the books already), and UnbalancedEntry and InvalidLines as posting does.
    """
    pair_lines(draft.lines)
    with transaction.atomic():
        saved = DraftEntry.objects.select_for_update().filter(pk=draft_id).first()
        if saved is None:
            raise NotDraft if JournalEntry.objects.filter(pk=draft_id).exists() else UnknownEntry
        check(saved)
        saved.body = _body(draft)
        saved.save(update_fields=["body"])
        record("ledger.draft_replaced", target_type="ledger.draft_entry", target_id=draft_id)
    return saved


def post_draft(*, draft_id: UUID, reason: str = "") -> JournalEntry:
    """Post a draft; it leaves the drafts. Raises UnknownEntry and what posting raises."""
    with transaction.atomic():
        draft = _take(draft_id)
        record("ledger.draft_posted", target_type="ledger.draft_entry", target_id=draft_id, reason=reason)
        return post_entry(entry_draft(draft)._replace(id=draft_id, status=EntryStatus.POSTED))


def discard_draft(*, draft_id: UUID, reason: str = "") -> None:
    """Delete a draft. Raises UnknownEntry."""
    with transaction.atomic():
        _take(draft_id)
        record("ledger.draft_discarded", target_type="ledger.draft_entry", target_id=draft_id, reason=reason)


def _take(draft_id: UUID) -> DraftEntry:
    """Whoever deletes the row has the draft; a second caller finds none."""
    draft = DraftEntry.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise UnknownEntry
    DraftEntry.objects.filter(pk=draft_id).delete()
    return draft


def _body(draft: EntryDraft) -> dict[str, Any]:
    return {
        "description": draft.description,
        "reference": draft.reference,
        "kind": draft.kind,
        "external_id": draft.external_id,
        "effective_date": draft.effective_date.isoformat() if draft.effective_date else None,
        "expires_at": draft.expires_at.isoformat() if draft.expires_at else None,
        "metadata": dict(draft.metadata),
        "lines": [
            [str(line.account_id), line.side, line.amount.minor, line.amount.currency, line.description]
            for line in draft.lines
        ],
    }


def entry_draft(saved: DraftEntry) -> EntryDraft:
    """The entry that a stored draft describes."""
    body = saved.body
    return EntryDraft(
        id=saved.id,
        status=EntryStatus.DRAFT,
        description=body["description"],
        reference=body["reference"],
        kind=body["kind"],
        external_id=body["external_id"],
        effective_date=date.fromisoformat(body["effective_date"]) if body["effective_date"] else None,
        expires_at=datetime.fromisoformat(body["expires_at"]) if body["expires_at"] else None,
        metadata=body["metadata"],
        lines=tuple(
            LineDraft(UUID(account), Side(side), Money(minor, currency), text)
            for account, side, minor, currency, text in body["lines"]
        ),
    )
