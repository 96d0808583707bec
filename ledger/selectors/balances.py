"""What accounts hold, now and at any past date or instant."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Sum

from ledger.exceptions import UnknownAccount
from ledger.models import Account, Balance
from ledger.selectors.history import Sums, account_sums
from ledger.types import Balances
from nexafi.core.money import Money

HALF: Final = 2**30  # figures are summed in halves: SQLite's sums end where a bigint does
_SIDES: Final = ("debits", "credits")


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
    halves = [F(side) / HALF for side in _SIDES], [F(side) % HALF for side in _SIDES]
    named = {f"part_{number}": Sum(part) for number, part in enumerate((*halves[0], *halves[1]))}
    rows = Balance.objects.values("currency").annotate(**named).order_by("currency").values_list("currency", *named)
    return {
        currency: (int(debits) * HALF + int(more_debits), int(credits) * HALF + int(more_credits))
        for currency, debits, credits, more_debits, more_credits in rows
    }


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


def balance_as_of(account: Account, at: date | datetime | None = None, *, known_at: datetime | None = None) -> Money:
    """The posted balance at the end of an effective date, or as it was known at an instant; signed to the normal side.

    A date counts what was dated up to it, whenever recorded; an instant counts what was recorded up to it. A date with
    `known_at` counts what was dated up to the one and recorded up to the other: what was believed then.
    """
    until, known_at = (None, at) if isinstance(at, datetime) else (at, known_at)
    sums = account_sums(until=until, known_at=known_at, account_ids=[account.id]).get(account.id, Sums())
    return Money(sums.net if account.debit_normal else -sums.net, account.currency)
