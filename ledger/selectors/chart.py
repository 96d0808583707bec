"""The chart of accounts: every account but customers'."""

from typing import Final

from django.db.models import Q

from ledger.charts import ChartRow, write_chart
from ledger.constants import AccountStatus
from ledger.exceptions import TreeTooLarge
from ledger.models import Account
from nexafi.core.money import Money

MAX_ACCOUNTS: Final = 10_000


def chart_accounts(currency: str | None = None) -> list[Account]:
    """The accounts of the chart by currency and place, parents before children. Raises TreeTooLarge over 10,000."""
    chart = Account.objects.filter(Q(owner=None) | Q(parent=None), **({"currency": currency} if currency else {}))
    accounts = list(chart[: MAX_ACCOUNTS + 1])
    if len(accounts) > MAX_ACCOUNTS:
        raise TreeTooLarge
    return sorted(accounts, key=lambda account: (account.currency, account.path.split("/")))


def chart_csv(currency: str | None = None) -> str:
    """The open accounts of the chart as CSV, as `import_chart` reads it. Raises TreeTooLarge."""
    accounts = [each for each in chart_accounts(currency) if each.status == AccountStatus.OPEN and not each.owner_id]
    codes = {account.id: account.code for account in accounts}
    rows = (_row(account, codes[account.parent_id] if account.parent_id else "") for account in accounts)
    return write_chart(rows)


def _row(account: Account, parent: str) -> ChartRow:
    return ChartRow(
        line=0,
        code=account.code,
        name=account.name,
        type=account.type,
        subtype=account.subtype,
        parent=parent,
        currency=account.currency,
        description=account.description,
        minimum_balance=_limit(account, account.floor),
        maximum_balance=_limit(account, account.ceiling),
        tags=" ".join(account.tags),
        role=account.role,
    )


def _limit(account: Account, minor: int | None) -> str:
    return "" if minor is None else Money(minor, account.currency).amount


def chart_currencies() -> list[str]:
    """Those that the institution's own accounts are in; customers' accounts are in the same."""
    return list(Account.objects.filter(owner=None).order_by("currency").values_list("currency", flat=True).distinct())
