"""Drafts, expiry, and what an entry's state forbids."""

from datetime import timedelta

import pytest

from ledger import exceptions
from ledger.models import DraftEntry, JournalEntry, PendingEntry
from ledger.selectors import balance_of, lines_of
from ledger.services.drafts import discard_draft, entry_draft, post_draft, save_draft
from ledger.services.entries import expire_due_pending, post_pending, request_reversal, reverse_entry, void_pending
from ledger.services.posting import post_entries
from ledger.tasks import expire_pending_entries
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryDraft, EntryStatus
from nexafi.core import clock
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db


def status_of(entry):
    return JournalEntry.objects.with_status().get(pk=entry.pk).status


def test_a_hold_past_its_time_is_released_once_and_can_no_longer_be_posted():
    wallet, other = make_wallet(funded="50.00"), make_wallet()
    past, future = (clock.now() + timedelta(seconds=seconds) for seconds in (-1, 3600))
    due = transfer(wallet.id, other.id, "20.00", status=EntryStatus.PENDING, expires_at=past)
    later = transfer(wallet.id, other.id, "5.00", status=EntryStatus.PENDING, expires_at=future)
    with pytest.raises(exceptions.EntryExpired):
        post_pending(entry_id=due.id)
    assert expire_pending_entries() == 1
    assert expire_due_pending() == 0
    assert (status_of(due), status_of(later)) == ("expired", "pending")
    assert balance_of(wallet.id).available == Money(4500, "USD")


def test_what_ended_is_off_the_list_of_what_is_pending():
    wallet, other = make_wallet(funded="50.00"), make_wallet()
    held = [transfer(wallet.id, other.id, "5.00", status=EntryStatus.PENDING) for _ in range(3)]
    draft = EntryDraft.transfer(debit=wallet.id, credit=other.id, amount=Money(100, "USD"), status=EntryStatus.PENDING)
    several = post_entries([draft, draft, draft._replace(status=EntryStatus.POSTED)])
    post_pending(entry_id=held[0].id, amount=Money(200, "USD"))
    void_pending(entry_id=several[0].id)
    pending = {entry.id for entry in (held[1], held[2], several[1])}
    assert {entry.id for entry in JournalEntry.objects.unresolved()} == pending
    assert set(PendingEntry.objects.values_list("pk", flat=True)) == pending


def test_a_draft_keeps_everything_it_was_given():
    draft = EntryDraft.transfer(
        debit=make_account().id,
        credit=make_wallet().id,
        amount=Money(700, "USD"),
        description="Rent",
        external_id="rent-1",
        effective_date=clock.today(),
        metadata={"month": "May"},
    )
    saved = save_draft(draft)
    entry = post_draft(draft_id=saved.id)
    assert entry_draft(saved).lines == draft.lines
    assert tuple(lines_of(entry)) == draft.lines
    assert (entry.id, entry.external_id, entry.metadata) == (saved.id, "rent-1", {"month": "May"})
    with pytest.raises(exceptions.UnknownEntry):
        post_draft(draft_id=saved.id)


def test_a_draft_that_cannot_be_posted_stays_a_draft():
    wallet = make_wallet()
    saved = save_draft(EntryDraft.transfer(debit=wallet.id, credit=make_wallet().id, amount=Money(1, "USD")))
    with pytest.raises(exceptions.InsufficientFunds):
        post_draft(draft_id=saved.id)
    discard_draft(draft_id=saved.id)
    assert not DraftEntry.objects.exists()


def test_only_a_posted_entry_is_reversed():
    wallet = make_wallet(funded="50.00")
    held = transfer(wallet.id, make_wallet().id, "20.00", status=EntryStatus.PENDING)
    with pytest.raises(exceptions.NotPosted):
        reverse_entry(entry_id=held.id, reason="x")
    with pytest.raises(exceptions.NotPosted):
        request_reversal(entry_id=held.id, maker=None, reason="x")
    post_pending(entry_id=held.id)
    reverse_entry(entry_id=held.id, reason="x")
    assert balance_of(wallet.id).available == Money(5000, "USD")


def test_a_reversal_that_would_overdraw_is_refused_whole():
    cash, wallet, other = make_account(), make_wallet(), make_wallet()
    paid_in = transfer(cash.id, wallet.id, "10.00")
    transfer(wallet.id, other.id, "10.00")
    with pytest.raises(exceptions.InsufficientFunds):
        reverse_entry(entry_id=paid_in.id, reason="x")
    assert not JournalEntry.objects.filter(reverses=paid_in).exists()
