"""Batches whose entries stand each for itself: the outcome of posting them one by one, for about one statement."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.db import transaction

from ledger.exceptions import BatchContended, LinkedEntryRefused
from ledger.judge import Judge, LinkedRefusal
from ledger.locks import pass_gate
from ledger.refusals import typed_refusals
from ledger.services.judging import judge_of
from ledger.services.posting import prepare, require_batch_size, write_entries
from ledger.types import EntryDraft, RefusedDraft, Written
from nexafi.core.errors import DomainError

Outcome = Written | DomainError
_TRIES: Final = 3


def post_batch(drafts: Sequence[EntryDraft | RefusedDraft]) -> list[Outcome]:
    """Write those of 1 to 10,000 entries that the ledger takes; an outcome for each, in order.

    The outcome is that of posting them one after the other: what an entry moves counts for those after it, a refused
    one leaves no trace. Entries linked with the next are taken together or not at all. All that is written is written
    in one statement. A RefusedDraft keeps its place, and its linked fellows fall with it.

    Raises InvalidLines for a wrong number of entries, and BatchContended when others wrote entries under ids of the
    batch again and again while it was judged.
    """
    require_batch_size(drafts)
    plain = [draft for draft in drafts if isinstance(draft, EntryDraft) and not draft.balancing]
    if len(plain) == len(drafts):
        try:
            return list(write_entries(plain, naming=False).outcomes())
        except DomainError:
            pass  # at least one is refused: the judge says which
    for _ in range(_TRIES):
        try:
            with typed_refusals(), transaction.atomic():
                return _judge_and_write(drafts)
        except DomainError:  # what the judge saw was overtaken: look again
            continue
    raise BatchContended


def _judge_and_write(drafts: Sequence[EntryDraft | RefusedDraft]) -> list[Outcome]:
    pass_gate(len(drafts))
    judge = judge_of([draft for draft in drafts if isinstance(draft, EntryDraft)], lock=True)
    verdicts = list(_verdicts(drafts, judge))
    accepted = [verdict for verdict in verdicts if isinstance(verdict, EntryDraft)]
    written = iter(_write(accepted) if accepted else ())
    return [next(written) if isinstance(verdict, EntryDraft) else verdict for verdict in verdicts]


def _write(accepted: Sequence[EntryDraft]) -> list[Written]:
    writing = prepare(accepted)
    writing.insert(savepoint=False)
    return writing.outcomes()


def _verdicts(drafts: Sequence[EntryDraft | RefusedDraft], judge: Judge) -> Iterator[EntryDraft | DomainError]:
    """Each entry as it is taken, or what speaks against it."""
    for group in _linked_groups(drafts):
        try:
            yield from judge.take_together(group)
        except LinkedRefusal as refused:
            yield from (refused.refusal if n == refused.index else LinkedEntryRefused() for n in range(len(group)))


def _linked_groups(drafts: Sequence[EntryDraft | RefusedDraft]) -> Iterator[list[EntryDraft | RefusedDraft]]:
    """Runs of entries linked with the next, each ended by one that is not."""
    group: list[EntryDraft | RefusedDraft] = []
    for draft in drafts:
        group.append(draft)
        if not draft.linked:
            yield group
            group = []
    if group:
        yield group
