"""Balances against a recount of the postings, account by account, without holding them all in memory."""

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, Sum, When

from ledger.constants import AccountStatus, PostingKind
from ledger.integrity.report import Fault, Report
from ledger.models import Account, Balance, Posting

_BOOKED = Sum(Case(When(kind__in=[PostingKind.POST, PostingKind.CAPTURE], then=F("amount")), default=0))
_HELD = Sum(Case(When(kind=PostingKind.PENDING, then=F("amount")), default=-F("released")))
_FIGURES = ("debits", "credits", "pending_debits", "pending_credits")
Row = tuple[UUID, str, Any]  # account id, what it is, the row


def check_balances(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every account's balance rows must be the sum of its postings and agree with the account's terms."""
    rows = merge(_accounts(), _balances(), _recount("debit"), _recount("credit"), key=itemgetter(0))
    for account_id, group in groupby(rows, key=itemgetter(0)):
        parts: dict[str, list[Any]] = {"account": [], "balance": [], "debit": [], "credit": []}
        for _, kind, row in group:
            parts[kind].append(row)
        yield from _check_account(account_id, parts, report)
        progress("accounts", 1)
    for currency, (debits, credits) in sorted(report.totals.items()):
        if debits != credits:
            detail = f"Debits {debits}, credits {credits} (minor units)."
            yield Fault("currency_unbalanced", "ledger_balance", currency, detail)


def _accounts() -> Iterator[Row]:
    for account in Account.objects.order_by("id").iterator(1000):
        yield account.id, "account", account


def _balances() -> Iterator[Row]:
    for balance in Balance.objects.order_by("account_id", "slot").iterator(1000):
        yield balance.account_id, "balance", balance


def _recount(side: str) -> Iterator[Row]:
    column = f"{side}_id"
    sums = Posting.objects.order_by(column).values(column, "currency").annotate(booked=_BOOKED, held=_HELD)
    for row in sums.iterator(1000):
        yield row[column], side, row


def _check_account(account_id: UUID, parts: dict[str, list[Any]], report: Report) -> Iterator[Fault]:
    if not parts["account"]:
        yield _fault("account_missing", "ledger_account", account_id, "Named by postings or balances, but gone.")
        return
    account: Account = parts["account"][0]
    report.checked["ledger_account"] += 1
    found = [sum(getattr(balance, name) for balance in parts["balance"]) for name in _FIGURES]
    debits, credits = report.totals.get(account.currency, (0, 0))
    report.totals[account.currency] = debits + found[0], credits + found[1]
    counted = _counted(parts)
    for name, value, expected in zip(_FIGURES, found, counted, strict=True):
        if value != expected:
            detail = f"{name} is {value}, the postings make {expected} (minor units)."
            yield _fault("balance_differs", "ledger_balance", account_id, detail)
    if any(row["currency"] != account.currency for row in (*parts["debit"], *parts["credit"])):
        yield _fault("posting_currency", "ledger_account", account_id, f"Postings not in {account.currency}.")
    yield from _check_terms(account, parts["balance"])
    yield from _check_limits(account, counted)


def _counted(parts: dict[str, list[Any]]) -> list[int]:
    return [
        int(sum(row[figure] for row in parts[side])) for figure in ("booked", "held") for side in ("debit", "credit")
    ]


def _check_terms(account: Account, balances: list[Balance]) -> Iterator[Fault]:
    """The balance rows repeat what their CHECK constraints need of the account."""
    rows = account.slots if connection.vendor == "postgresql" else 1
    if [balance.slot for balance in balances] != list(range(rows)):
        yield _fault("balance_rows", "ledger_balance", account.id, f"{len(balances)} of {rows} rows.")
    is_open = account.status != AccountStatus.CLOSED
    takes = (is_open and account.accepts_debits, is_open and account.accepts_credits)
    terms = (account.currency, account.debit_normal, *takes, account.floor, account.ceiling)
    if any(
        (b.currency, b.debit_normal, b.takes_debits, b.takes_credits, b.floor, b.ceiling) != terms for b in balances
    ):
        yield _fault("balance_terms", "ledger_balance", account.id, "Currency, side, status, freeze or limit differ.")


def _check_limits(account: Account, counted: list[int]) -> Iterator[Fault]:
    """By its postings alone. `counted`: debits, credits, pending debits, pending credits."""
    debits, credits, incoming, outgoing = counted
    if not account.debit_normal:
        debits, credits, incoming, outgoing = credits, debits, outgoing, incoming
    available, expected = debits - credits - outgoing, debits - credits + incoming
    if account.floor is not None and available < account.floor:
        detail = f"Available are {available}, the floor is {account.floor} (minor units)."
        yield _fault("limit_broken", "ledger_account", account.id, detail)
    if account.ceiling is not None and expected > account.ceiling:
        detail = f"Posted and coming in are {expected}, the ceiling is {account.ceiling} (minor units)."
        yield _fault("limit_broken", "ledger_account", account.id, detail)


def _fault(check: str, table: str, account_id: UUID, detail: str) -> Fault:
    return Fault(check, table, str(account_id), detail)
