"""General ledger: the lines of accounts with opening, running and closing balance, page by page."""

from dataclasses import dataclass, replace
from itertools import zip_longest

from ledger.documents import Kind
from ledger.models import Account
from ledger.selectors.history import Sums, account_sums
from ledger.selectors.reports.lines import AMOUNT
from ledger.selectors.reports.types import FigureColumn, Line, Mark, Report, Table, Terms
from ledger.selectors.statements import Place, StatementLine, page_of_lines
from nexafi.core.money import Money

_COLUMNS = (
    FigureColumn("Date", 11, key="date"),
    FigureColumn("Text", 30, key="title"),
    FigureColumn("Reference", 23, key="reference"),
    FigureColumn("Other account", 23, key="counterparty_account_code"),
    FigureColumn("Debit", AMOUNT, figure=True, key="debit"),
    FigureColumn("Credit", AMOUNT, figure=True, key="credit"),
    FigureColumn("Balance", AMOUNT, figure=True, key="balance"),
)


def general_ledger(terms: Terms) -> Report:
    """At most `terms.size` movements, of one account or of all that have any or a balance, by code; `next` goes on.

    Customers' accounts are shown one by one only when asked for: all that belong to an account are one line of it.
    """
    tables, goes_on = _page(terms)
    return Report(name="general-ledger", title="General ledger", terms=terms, sections=tuple(tables), next=goes_on)


@dataclass(frozen=True)
class _Account:
    """An account with what it held before the span and at its end, signed to its normal side. `below`: how much its
    customers' accounts moved, which `opening` and `closing` count in. `moved`: whether it has lines of its own."""

    account: Account
    opening: Money
    closing: Money
    below: Money
    moved: bool


def _page(terms: Terms) -> tuple[list[Table], Mark | None]:
    """Account by account until the page is full, and where the ledger goes on after it."""
    tables: list[Table] = []
    room, accounts = terms.size, _accounts(terms)
    for held, following in zip_longest(accounts, accounts[1:]):
        code = held.account.code
        place = terms.after.place if terms.after and terms.after.code == code else None
        lines, reached = _lines(terms, held, place, room)
        tables.append(_table(held, lines, first=place is None, last=reached is None))
        room -= max(len(lines), 1)  # an account without lines takes room too
        if reached:
            return tables, Mark(code, reached)
        if room <= 0 and following:
            return tables, Mark(following.account.code)
    return tables, None


def _lines(terms: Terms, held: _Account, place: Place | None, room: int) -> tuple[list[StatementLine], Place | None]:
    if not held.moved:
        return [], None
    span = terms.main
    assert span.since is not None
    opening, until = held.opening, span.until
    return page_of_lines(held.account, since=span.since, until=until, opening=opening, after=place, size=room)


def _accounts(terms: Terms) -> list[_Account]:
    """Those that held something before the span or moved in it, from where the page begins."""
    alone = terms.account.id if terms.account else None
    as_one = not (terms.account and terms.account.owner_id)
    ids = [alone] if alone and not as_one else None
    before = account_sums(until=terms.main.before, account_ids=ids, customers_as_one=as_one)
    during = account_sums(since=terms.main.since, until=terms.main.until, account_ids=ids, customers_as_one=as_one)
    shown = during.keys() | {key for key, sums in before.items() if sums.net}
    found = Account.objects.filter(pk__in=[alone] if alone else shown)
    found = found.filter(code__gte=terms.after.code) if terms.after else found
    accounts = list(found.order_by("code"))
    own = account_sums(since=terms.main.since, until=terms.main.until, account_ids=[each.id for each in accounts])
    return [_held(account, *(sums.get(account.id, Sums()) for sums in (before, during, own))) for account in accounts]


def _held(account: Account, before: Sums, during: Sums, own: Sums) -> _Account:
    opening, moved, alone = (_signed(account, sums.net) for sums in (before, during, own))
    return _Account(account, opening, opening + moved, moved - alone, own != Sums())


def _signed(account: Account, net: int) -> Money:
    """To the account's normal side."""
    return Money(net if account.debit_normal else -net, account.currency)


def _table(held: _Account, lines: list[StatementLine], *, first: bool, last: bool) -> Table:
    rows = [_sum("Opening balance", "opening", held.opening, Kind.SUBTOTAL)] if first else []
    rows += [_line(held.account, line) for line in lines]
    if last:
        rows += [_of_customers(held)] if held.below.minor else []
        rows += [_sum("Closing balance", "closing", held.closing, Kind.TOTAL)]
    return Table(
        title=str(held.account),
        currency=held.account.currency,
        columns=_COLUMNS,
        rows=tuple(replace(row, account=held.account) for row in rows),
        totals={"opening": held.opening, "closing": held.closing},
    )


def _sum(title: str, key: str, balance: Money, kind: Kind) -> Line:
    return Line((None, title, None, None, None, None, balance), kind, key=key)


def _line(account: Account, line: StatementLine) -> Line:
    posting = line.posting
    sides = _sides(account, line.amount)
    entry = posting.entry  # its text is what leads to it, so it always has one
    cells = (posting.effective_date, str(entry), entry.reference, line.counterparty.code, *sides)
    return Line((*cells, line.balance), entry_id=posting.entry_id)


def _of_customers(held: _Account) -> Line:
    """What the customers' accounts that belong to it moved together, whatever they are."""
    sides = _sides(held.account, held.below)
    return Line((None, "Customers' accounts, net", None, None, *sides, held.closing), key="customers")


def _sides(account: Account, amount: Money) -> tuple[Money | None, Money | None]:
    """An amount signed to the account's normal side as debit or credit."""
    size = Money(abs(amount.minor), amount.currency)
    return (size, None) if (amount.minor > 0) == account.debit_normal else (None, size)
