"""What accounts turned over up to a past date, and as it was known at an instant: the ground of every report."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, F, Q, Sum, When

from ledger.constants import CLOSING_KIND
from ledger.models import Posting


@dataclass(frozen=True)
class Sums:
    """Debits and credits booked to one account, minor units."""

    debits: int = 0
    credits: int = 0

    @property
    def net(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


def account_sums(
    *,
    until: date | None = None,
    since: date | None = None,
    known_at: datetime | None = None,
    account_ids: Collection[UUID] | None = None,
    currency: str | None = None,
    without_closing: bool = False,
    customers_as_one: bool = False,
) -> dict[UUID, Sums]:
    """Debits and credits by account over effective dates `since` to `until` (both included, open where None).

    `known_at` counts only what was recorded by that instant. `without_closing` leaves out the entries that close
    periods to retained earnings. `customers_as_one` adds a customer's account to the one it belongs to, so that there
    are as many figures as the chart has accounts. Accounts without movement are absent.
    """
    postings = Posting.objects.booked()
    if until is not None:
        postings = postings.filter(effective_date__lte=until)
    if since is not None:
        postings = postings.filter(effective_date__gte=since)
    if known_at is not None:
        postings = postings.filter(recorded_at__lte=known_at)
    if currency is not None:
        postings = postings.filter(currency=currency)
    if without_closing:
        postings = postings.exclude(entry__kind=CLOSING_KIND)
    sums: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for index, side in enumerate(("debit_id", "credit_id")):
        rows = postings if account_ids is None else postings.filter(**{f"{side}__in": account_ids})
        rows = rows.annotate(shown=_shown(side.removesuffix("_id")) if customers_as_one else F(side))
        for account_id, total in rows.values_list("shown").annotate(total=Sum("amount")).order_by():
            sums[account_id][index] += int(total)
    return {account_id: Sums(*pair) for account_id, pair in sums.items()}


def _shown(account: str) -> Case:
    """The account that a report shows: a customer's is its parent. As many rows leave the database as are shown."""
    owned = Q(**{f"{account}__owner__isnull": False, f"{account}__parent__isnull": False})
    return Case(When(owned, then=F(f"{account}__parent_id")), default=F(f"{account}_id"))
