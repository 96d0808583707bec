"""What must be in order before a period is closed, computed live.

Any module of the ledger adds an item; it is imported by `ledger.handlers`:

    @register_checklist_item("counted", title="The cash box was counted", otherwise=ItemState.WARNING)
    def counted(period: Period) -> str:
        return ""  # in order; else what was found and what to do about it
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from ledger.constants import CHECK_RECENT, AccountType
from ledger.exceptions import RateUnavailable
from ledger.models import Account, DraftEntry, JournalEntry, Period, Revaluation
from ledger.selectors.balances import turnovers
from ledger.selectors.base import base_fault
from ledger.selectors.history import account_sums
from ledger.selectors.periods import last_check
from ledger.selectors.positions import open_positions
from ledger.types import ChecklistItem, ItemState
from nexafi.core import clock
from nexafi.core.money import Money

SHOWN: Final = 5  # of the accounts or entries that stand in the way
Probe = Callable[[Period], str]


@dataclass(frozen=True)
class _Registered:
    code: str
    title: str
    otherwise: ItemState
    probe: Probe


_items: dict[str, _Registered] = {}


def register_checklist_item(code: str, *, title: str, otherwise: ItemState) -> Callable[[Probe], Probe]:
    """Register a probe: it returns "" when the item is in order, else a sentence; the item is `otherwise` then."""

    def decorate(probe: Probe) -> Probe:
        _items[code] = _Registered(code, title, otherwise, probe)
        return probe

    return decorate


def checklist(period: Period) -> list[ChecklistItem]:
    """Every item with what it found now, the blocking ones first."""
    return sorted(map(_look(period), _items.values()), key=lambda item: item.state != ItemState.BLOCKING)


def blockers(period: Period) -> list[ChecklistItem]:
    """The items that refuse closing; only these are looked at."""
    blocking = [item for item in _items.values() if item.otherwise == ItemState.BLOCKING]
    return [item for item in map(_look(period), blocking) if item.state == ItemState.BLOCKING]


def _look(period: Period) -> Callable[[_Registered], ChecklistItem]:
    def look(item: _Registered) -> ChecklistItem:
        found = item.probe(period)
        return ChecklistItem(item.code, item.title, item.otherwise if found else ItemState.OK, found)

    return look


def _some(names: Iterable[str]) -> str:
    """The first few, and whether there are more."""
    first = list(names)
    return ", ".join(first[:SHOWN]) + (" and more" if len(first) > SHOWN else "")


# --- the items ---------------------------------------------------------------------------------------------------


@register_checklist_item("period_over", title="The period is over", otherwise=ItemState.BLOCKING)
def period_over(period: Period) -> str:
    """Closing a day that is not over would stop every posting."""
    return "" if period.ends < clock.today() else f"It ends on {period.ends}; close it from the day after."


@register_checklist_item("earlier_closed", title="Earlier periods are closed", otherwise=ItemState.BLOCKING)
def earlier_closed(period: Period) -> str:
    earlier = Period.objects.filter(status=Period.Status.OPEN, starts__lt=period.starts)[: SHOWN + 1]
    names = _some(each.name for each in earlier)
    return f"Close first: {names}." if names else ""


@register_checklist_item("nothing_pending", title="No entry is pending", otherwise=ItemState.BLOCKING)
def nothing_pending(period: Period) -> str:
    pending = JournalEntry.objects.unresolved().filter(effective_date__lte=period.ends).order_by("id")[: SHOWN + 1]
    names = _some(str(entry.id) for entry in pending)
    return f"Post or void what is dated up to {period.ends}: {names}." if names else ""


@register_checklist_item("base_currency", title="The base currency is as before", otherwise=ItemState.BLOCKING)
def base_currency(period: Period) -> str:
    return base_fault()


@register_checklist_item("in_balance", title="Debits equal credits in every currency", otherwise=ItemState.BLOCKING)
def in_balance(period: Period) -> str:
    wrong = _some(currency for currency, (debits, credits) in turnovers().items() if debits != credits)
    return f"Not in balance: {wrong}. Run check_ledger." if wrong else ""


@register_checklist_item("can_be_moved", title="Earnings can be moved", otherwise=ItemState.BLOCKING)
def can_be_moved(period: Period) -> str:
    """An account that takes no postings keeps its balance."""
    earnings = Account.objects.filter(type__in=[AccountType.INCOME, AccountType.EXPENSE])
    stuck = earnings.filter(Q(status="closed") | Q(accepts_debits=False) | Q(accepts_credits=False))
    names = _some(name for name, _ in _holding(stuck, period))
    return f"Closed or frozen with a balance on {period.ends}: {names}." if names else ""


@register_checklist_item("no_drafts", title="No draft is left", otherwise=ItemState.WARNING)
def no_drafts(period: Period) -> str:
    dated = {"body__effective_date__gte": period.starts.isoformat(), "body__effective_date__lte": f"{period.ends}"}
    names = _some(str(draft.id) for draft in DraftEntry.objects.filter(**dated).order_by("id")[: SHOWN + 1])
    return f"Post, discard or date anew: {names}." if names else ""


@register_checklist_item(
    "clearing_empty", title="Suspense and clearing accounts are empty", otherwise=ItemState.WARNING
)
def clearing_empty(period: Period) -> str:
    held = _holding(Account.objects.filter(subtype="clearing"), period)
    names = _some(f"{name} holds {amount.amount} {amount.currency}" for name, amount in held)
    return f"On {period.ends} {names}." if names else ""


@register_checklist_item("checked", title="The books were checked lately and hold", otherwise=ItemState.WARNING)
def checked(period: Period) -> str:
    last = last_check()
    if last is None:
        return "The books were never checked: run check_ledger."
    if not last.holds:
        return f"The last check found {last.fault_count} faults: look into them, then check again."
    since = last.finished_at
    return (
        "" if since and since > clock.now() - CHECK_RECENT else f"The last check was on {since:%Y-%m-%d}: check again."
    )


@register_checklist_item(
    "revalued", title="Foreign-currency positions are revalued at its end", otherwise=ItemState.WARNING
)
def revalued(period: Period) -> str:
    try:
        wanted = {position.currency for position in open_positions(period.ends)}
    except RateUnavailable as unavailable:
        return f"It cannot be told: {unavailable.detail}"
    done = set(Revaluation.objects.filter(on=period.ends).values_list("currency", flat=True))
    names = _some(sorted(wanted - done))
    return f"Revalue {names} at {period.ends}." if names else ""


def _holding(accounts: Iterable[Account], period: Period) -> list[tuple[str, Money]]:
    """Those of the accounts that hold something at the end of the period, with how much; by code."""
    by_id = {account.id: account for account in accounts}
    sums = account_sums(until=period.ends, account_ids=list(by_id)) if by_id else {}
    nets = [(by_id[account_id], each.net) for account_id, each in sums.items() if each.net]
    return sorted((a.code, Money(net if a.debit_normal else -net, a.currency)) for a, net in nets)
