"""What accounts hold, now and at any past date or instant."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from ledger.exceptions import UnknownAccount
from ledger.models import Account, Balance, Posting
from ledger.types import Balances
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
    net_debit, pending_debits, pending_credits = int(net_debit), int(pending_debits), int(pending_credits)
    posted, outgoing = (net_debit, pending_credits) if debit_normal else (-net_debit, pending_debits)
    return Balances(
        posted=Money(posted, currency),
        available=Money(posted - outgoing, currency),
        pending_debits=Money(pending_debits, currency),
        pending_credits=Money(pending_credits, currency),
    )


def turnovers() -> dict[str, tuple[int, int]]:
    """(debits, credits) posted by currency, minor units, over all accounts. In one statement, so the two of a currency
    are equal whenever the books balance; reads every balance row."""
    totals = Balance.objects.values("currency").annotate(debited=Sum("debits"), credited=Sum("credits"))
    return {row["currency"]: (int(row["debited"]), int(row["credited"])) for row in totals.order_by("currency")}


def balances_of_account(account: Account) -> Balances:
    """The position of an account whose `balances` are at hand (prefetched)."""
    rows = account.balances.all()
    return signed_balances(
        account.currency,
        account.debit_normal,
        sum(row.debits - row.credits for row in rows),
        sum(row.pending_debits for row in rows),
        sum(row.pending_credits for row in rows),
    )


def balance_as_of(account: Account, at: date | datetime) -> Money:
    """The posted balance at the end of an effective date, or as it was known at an instant; signed to the normal side.

    A date counts what was dated up to it, whenever recorded; an instant counts what was recorded up to it.
    """
    limit: dict[str, Any] = {"recorded_at__lte": at} if isinstance(at, datetime) else {"effective_date__lte": at}
    net = net_debits(account.id, **limit)
    return Money(net if account.debit_normal else -net, account.currency)


def net_debits(account_id: UUID, **limit: Any) -> int:
    """Debits less credits of the postings within `limit`, minor units; each side reads its own index."""
    booked = Posting.objects.booked().filter(**limit)
    debits, credits = (
        booked.filter(**{side: account_id}).aggregate(total=Sum("amount"))["total"] or 0 for side in ("debit", "credit")
    )
    return int(debits - credits)
