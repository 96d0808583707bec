"""Reads of the ledger."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q, Sum

from ledger.constants import PostingKind
from ledger.exceptions import UnknownAccount
from ledger.models import Balance, JournalEntry, JournalLine
from ledger.types import Balances, LineDraft, Side
from nexafi.core.money import Money


def balance_of(account_id: UUID) -> Balances:
    """The account's current position. Raises UnknownAccount."""
    try:
        return balances_of([account_id])[account_id]
    except KeyError as error:
        raise UnknownAccount() from error


def balances_of(account_ids: Iterable[UUID]) -> dict[UUID, Balances]:
    """Current positions of many accounts in one query; unknown ids are left out."""
    rows = (
        Balance.objects.filter(account_id__in=list(account_ids))
        .values("account_id", "currency", "debit_normal")
        .annotate(
            net=Sum(F("debits") - F("credits")), held_debits=Sum("pending_debits"), held_credits=Sum("pending_credits")
        )
    )
    return {
        row["account_id"]: signed_balances(
            row["currency"], row["debit_normal"], row["net"], row["held_debits"], row["held_credits"]
        )
        for row in rows
    }


def signed_balances(
    currency: str, debit_normal: bool, net_debit: int, pending_debits: int, pending_credits: int
) -> Balances:
    """Turn debits less credits into a position signed to the account's normal side (all minor units)."""
    posted, outgoing = (net_debit, pending_credits) if debit_normal else (-net_debit, pending_debits)
    return Balances(
        posted=Money(posted, currency),
        available=Money(posted - outgoing, currency),
        pending_debits=Money(pending_debits, currency),
        pending_credits=Money(pending_credits, currency),
    )


def lines_of(entry: JournalEntry) -> list[LineDraft]:
    """The entry's lines exactly as they were given, in order."""
    written = Q(kind=PostingKind.PENDING if entry.pending else PostingKind.POST)
    lines = JournalLine.objects.filter(written, entry=entry).order_by("line")
    return [
        LineDraft(
            account_id=line.account_id,
            side=Side.DEBIT if line.debit else Side.CREDIT,
            amount=Money(line.debit or line.credit, line.currency),
            description=entry.line_descriptions.get(str(line.line), ""),
        )
        for line in lines
    ]
