"""The chart of accounts as a tree: what each account holds, and what it holds with everything below it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Sum, When

from ledger.models import Account, Balance
from ledger.selectors.chart import chart_accounts
from ledger.selectors.history import account_sums
from nexafi.core.money import Money


@dataclass(frozen=True)
class TreeNode:
    """One account of the chart, `depth` steps below its root. Amounts are signed to the normal side.

    `customers` is the sum of the customers' accounts directly below it, None without any; `rolled_up` holds the own
    balance, theirs and those of every account below.
    """

    account: Account
    depth: int
    own: Money
    customers: Money | None
    rolled_up: Money

    @property
    def level(self) -> int:
        """Counted from one."""
        return self.depth + 1


@dataclass(frozen=True)
class _Figures:
    """Debits less credits by account, minor units: its own, and its customers' accounts where there are any."""

    own: dict[UUID, int]
    customers: dict[UUID, int]


def account_tree(currency: str | None = None, as_of: date | datetime | None = None) -> list[TreeNode]:
    """Every account but customers', each followed by what stands below it, by currency and code.

    Balances of now, at the end of an effective date, or as known at an instant. Raises TreeTooLarge over 10,000.
    """
    accounts = chart_accounts(currency)
    return _nodes(accounts, _current(currency) if as_of is None else _past(currency, as_of))


def _nodes(accounts: Sequence[Account], figures: _Figures) -> list[TreeNode]:
    totals: dict[UUID | None, int] = defaultdict(int)
    for account in reversed(accounts):  # children before parents
        totals[account.id] += figures.own.get(account.id, 0) + figures.customers.get(account.id, 0)
        totals[account.parent_id] += totals[account.id]
    return [
        TreeNode(
            account=account,
            depth=account.path.count("/") - 1,
            own=_signed(account, figures.own.get(account.id, 0)),
            customers=_signed(account, figures.customers[account.id]) if account.id in figures.customers else None,
            rolled_up=_signed(account, totals[account.id]),
        )
        for account in accounts
    ]


def _signed(account: Account, net: int) -> Money:
    return Money(net if account.debit_normal else -net, account.currency)


_OWNED = Q(account__owner__isnull=False, account__parent__isnull=False)


def _current(currency: str | None) -> _Figures:
    """From the balances, in one query that answers as many rows as the chart has accounts."""
    balances = Balance.objects.filter(currency=currency) if currency else Balance.objects.all()
    shown = Case(When(_OWNED, then=F("account__parent_id")), default=F("account_id"))
    rows = balances.annotate(shown=shown, owned=Case(When(_OWNED, then=True), default=False))
    figures = _Figures({}, {})
    for account_id, owned, net in rows.values_list("shown", "owned").annotate(net=Sum(F("debits") - F("credits"))):
        (figures.customers if owned else figures.own)[account_id] = int(net)
    return figures


def _past(currency: str | None, as_of: date | datetime) -> _Figures:
    at: dict[str, Any] = {"known_at": as_of} if isinstance(as_of, datetime) else {"until": as_of}
    below = Account.objects.filter(parent=OuterRef("pk"), owner__isnull=False)
    parents = list(Account.objects.filter(Exists(below)).values_list("pk", flat=True))
    together = {each: sums.net for each, sums in account_sums(currency=currency, customers_as_one=True, **at).items()}
    alone = {each: sums.net for each, sums in account_sums(account_ids=parents, currency=currency, **at).items()}
    customers = {each: together.get(each, 0) - alone.get(each, 0) for each in parents}
    return _Figures({each: net - customers.get(each, 0) for each, net in together.items()}, customers)
