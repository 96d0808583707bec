"""The figures of every report: what accounts held and how they moved, each in its own currency or all in one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import OuterRef, Subquery

from ledger.constants import AccountType
from ledger.models import Account, Posting
from ledger.selectors.history import account_sums
from ledger.selectors.reports.spans import months_of
from ledger.selectors.reports.translation import Translator
from ledger.selectors.reports.types import Span
from ledger.taxonomy import ORDER, Caption, caption_of

Nets = dict[UUID, int]  # by account: debits less credits, minor units
_OWNED_OR_OWED = (AccountType.ASSET, AccountType.LIABILITY)


@dataclass(frozen=True)
class Held:
    """An account with its figure of each column: debits less credits, minor units."""

    account: Account
    caption: Caption
    nets: tuple[int, ...]


class Figures:
    """Reads positions and movements, customers' accounts counted as the one they belong to.

    With a `currency` every figure is converted to it (see `translation`); without, each stays in its account's own.
    `balances` stays true as long as in every currency that was read, before any conversion, debits equalled credits.
    """

    def __init__(self, currency: str = "") -> None:
        self.currency = currency
        self.balances = True
        self._accounts: dict[UUID, Account] = {}
        self._translator = Translator(currency)
        self._months: dict[Span, Nets] = {}  # of equity, income and expenses

    def holdings(self, on: date) -> Nets:
        """What accounts held at the end of a day, all at the closing rate."""
        nets = self._read(until=on)
        if not self.currency:
            return nets
        return {key: self._translator.closing(net, self._code(key), on) for key, net in nets.items()}

    def position(self, on: date) -> Nets:
        """As `holdings`; in a reporting currency equity, income and expenses are what they were when they arose, before
        closing entries."""
        nets = self.holdings(on)
        if not self.currency:
            return nets
        held = {key: net for key, net in nets.items() if self._accounts[key].type in _OWNED_OR_OWED}
        own = nets.keys() - held.keys()
        return held | self._arisen(self._first_day(own), on, own)

    def movement(self, since: date, until: date) -> Nets:
        """How accounts moved, without the entries that close periods."""
        nets = self._read(since=since, until=until, without_closing=True)
        return self._averaged(nets, since, until, None) if self.currency else nets

    def results(self, since: date, until: date) -> Nets:
        """As `movement`, of equity, income and expenses: in a reporting currency much less is read."""
        nets = self._read(since=since, until=until, without_closing=True)
        own = {key for key in nets if self._accounts[key].type not in _OWNED_OR_OWED}
        return self._arisen(since, until, own) if self.currency else nets

    def _arisen(self, since: date | None, until: date, ids: Collection[UUID]) -> Nets:
        nets = self._read(since=since, until=until, without_closing=True, account_ids=ids)
        return self._averaged(nets, since, until, ids)

    def tables(self, columns: Sequence[Nets]) -> dict[str, list[Held]]:
        """The accounts by currency (one, where all are converted), in the order of the statements; those that are zero
        in every column are left out."""
        found: dict[str, list[Held]] = defaultdict(list)
        for key in {key for nets in columns for key in nets}:
            nets = tuple(column.get(key, 0) for column in columns)
            if any(nets):
                account = self._accounts[key]
                found[self.currency or account.currency].append(Held(account, caption_of(account), nets))
        return {code: sorted(found[code], key=_place) for code in sorted(found)}

    def _averaged(self, nets: Nets, since: date | None, until: date, ids: Collection[UUID] | None) -> Nets:
        """Foreign movements by month at each month's average rate."""
        home = {key: net for key, net in nets.items() if self._code(key) == self.currency}
        moved: dict[UUID, list[tuple[Span, int]]] = defaultdict(list)
        for month in months_of(since, until) if since and len(home) < len(nets) else ():
            monthly = self._month(month, ids)
            for key in monthly.keys() - home.keys():
                moved[key].append((month, monthly[key]))
        return home | {key: self._translator.averaged(months, self._code(key)) for key, months in moved.items()}

    def _month(self, month: Span, ids: Collection[UUID] | None) -> Nets:
        """Read once for all that ask, where it is of `ids`; those that a later date adds had not moved before."""
        if ids is None:
            return self._read(since=month.since, until=month.until, without_closing=True)
        if month not in self._months:
            of = self._read(since=month.since, until=month.until, without_closing=True, account_ids=ids)
            self._months[month] = of
        return self._months[month]

    def _first_day(self, ids: Collection[UUID]) -> date | None:
        """When the first of the accounts first moved; an index look-up each."""
        firsts: list[date] = []
        for side in ("debit", "credit"):
            of_account = Posting.objects.filter(**{side: OuterRef("pk")}).order_by("effective_date", "id")
            first = Subquery(of_account.values("effective_date")[:1])
            days = Account.objects.filter(pk__in=ids).annotate(first=first).values_list("first", flat=True)
            firsts += [day for day in days.order_by() if day]
        return min(firsts, default=None)

    def _read(
        self,
        *,
        until: date,
        since: date | None = None,
        without_closing: bool = False,
        account_ids: Collection[UUID] | None = None,
    ) -> Nets:
        sums = account_sums(
            until=until,
            since=since,
            account_ids=account_ids,
            without_closing=without_closing,
            customers_as_one=account_ids is None,
        )
        nets = {key: each.net for key, each in sums.items()}
        self._accounts |= Account.objects.in_bulk([key for key in nets if key not in self._accounts])
        if account_ids is None:
            self.balances = self.balances and not any(self._by_currency(nets).values())
        return nets

    def _by_currency(self, nets: Mapping[UUID, int]) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for key, net in nets.items():
            sums[self._code(key)] += net
        return sums

    def account(self, key: UUID) -> Account:
        """One of the accounts that were read."""
        return self._accounts[key]

    def _code(self, key: UUID) -> str:
        return self._accounts[key].currency


def _place(held: Held) -> tuple[int, str]:
    return ORDER[held.caption], held.account.code
