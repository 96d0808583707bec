"""Gather what the judge of entries must know."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from ledger.judge import AccountState, Judge
from ledger.locks import begin_posting
from ledger.models import Account, Balance, JournalEntry
from ledger.selectors.periods import closed_through
from ledger.types import EntryDraft

_CHUNK = 5000  # values in one query
_TERMS = ("code", "currency", "status", "accepts_debits", "accepts_credits", "floor", "ceiling")
_FIGURES = ("debits", "credits", "pending_debits", "pending_credits")


def judge_of(drafts: Sequence[EntryDraft], *, lock: bool = False) -> Judge:
    """The judge of these entries. With `lock`, in a transaction, nobody moves their accounts until its end."""
    if lock:
        begin_posting()
    account_ids = sorted({line.account_id for draft in drafts for line in draft.lines})
    ids = [draft.id for draft in drafts if draft.id is not None]
    external_ids = [draft.external_id for draft in drafts if draft.external_id is not None]
    targets = [draft.reverses for draft in drafts if draft.reverses is not None]
    return Judge(
        accounts=_accounts(account_ids, lock=lock),
        closed_through=closed_through(),
        ids=set(_present("id", ids)),
        external_ids=set(_present("external_id", external_ids)),
        reversed=set(_present("reverses_id", targets)),
    )


def _accounts(account_ids: Sequence[UUID], *, lock: bool) -> dict[UUID, AccountState]:
    """The balances first: once they are locked nobody can close, freeze or limit the accounts either."""
    figures = {account_id: row for ids in _chunks(account_ids) for account_id, *row in _balances(ids, lock=lock)}
    states: dict[UUID, AccountState] = {}
    for ids in _chunks(account_ids):
        for account in Account.objects.filter(pk__in=ids):
            terms = {name: getattr(account, name) for name in _TERMS}
            held = zip(_FIGURES, figures.get(account.id, ()), strict=False)  # none of one that was opened just now
            states[account.id] = AccountState(debit_normal=account.debit_normal, **terms, **dict(held))
    return states


def _balances(account_ids: Sequence[UUID], *, lock: bool) -> Sequence[Any]:
    """The row of each account that a posting of this connection moves: all there is of an account with a limit.

    All are locked, in the order in which the posting trigger locks them, so that the two never deadlock.
    """
    own = Balance.objects.of_this_connection().filter(account_id__in=account_ids)
    rows = own.order_by("account_id", "slot").values_list("account_id", *_FIGURES)
    return list(rows.select_for_update(no_key=True) if lock else rows)


def _present(column: str, values: Sequence[Any]) -> Iterator[Any]:
    for some in _chunks(values):
        yield from JournalEntry.objects.filter(**{f"{column}__in": some}).values_list(column, flat=True)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
