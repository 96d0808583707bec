"""Audit events for tests."""

from django.db import transaction

from audit.events import EventDraft
from audit.services.record import record_many
from audit.services.seal import seal_pending


def record_events(count, *, action="ledger.entry_posted", start=0):
    """Record events in one transaction; returns their ids."""
    drafts = [
        EventDraft(action, "journal_entry", f"entry-{start + i}", {"amount": "12.34", "number": start + i})
        for i in range(count)
    ]
    with transaction.atomic():
        return record_many(drafts)


def sealed_log(*batches):
    """Seal batches of the given sizes; returns the event ids in order. What else waits is sealed with the first."""
    ids = []
    for size in batches:
        ids += record_events(size, start=len(ids))
        seal_pending()
    return ids
