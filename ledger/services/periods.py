"""Accounting periods: laid out, closed in order, opened again by two people."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from ledger.checklist import blockers, checklist
from ledger.constants import CLOSING_KIND, MAX_LINES, AccountType, SystemAccount
from ledger.digest import period_state
from ledger.exceptions import PeriodNotContiguous, PeriodNotLast, PeriodNotOpen, PeriodNotReady, UnknownPeriod
from ledger.locks import lock_periods, stop_postings
from ledger.models import Account, JournalEntry, Period
from ledger.refusals import typed_refusals
from ledger.selectors.entries import lines_of
from ledger.selectors.history import account_sums
from ledger.services.accounts import system_account
from ledger.services.base import settle_base
from ledger.services.posting import post_entries
from ledger.types import ChecklistItem, Cycle, EntryDraft, ItemState, LineDraft, Side, Span
from nexafi.approvals.models import Approval, Person
from nexafi.approvals.services import request_approval
from nexafi.core import clock
from nexafi.core.errors import FieldError, InvalidInput
from nexafi.core.money import Money

FURTHEST: Final = timedelta(days=731)  # a slip in the year is not laid out
DAY: Final = timedelta(days=1)
_MONTHS = {Cycle.MONTH: 1, Cycle.QUARTER: 3, Cycle.YEAR: 12}
Status = Period.Status


def spans_of_year(year: int, by: Cycle) -> list[Span]:
    """The months, quarters or the whole of a calendar year."""
    step = _MONTHS[by]
    return [
        span_named(date(year, last - step + 1, 1), date(year, last, monthrange(year, last)[1]))
        for last in range(step, 13, step)
    ]


def span_named(starts: date, ends: date) -> Span:
    """A span with the name it has by itself: 2026-01, 2026-Q1, 2026, or its dates."""
    months = ends.month - starts.month + 1 if starts.year == ends.year else 0
    whole = starts.day == 1 and ends.day == monthrange(ends.year, ends.month)[1]
    names = {1: f"{starts:%Y-%m}", 3: f"{starts:%Y}-Q{ends.month // 3}", 12: f"{starts:%Y}"}
    fits = whole and months in names and ends.month % months == 0
    return Span(starts, ends, names[months] if fits else f"{starts} to {ends}")


def create_periods(*, spans: Sequence[Span]) -> list[Period]:
    """Lay out open periods, all or none. They follow the last one, or lead up to the first while that is open.

    Raises PeriodNotContiguous, DuplicatePeriod, InvalidInput (ends before it starts, or too far ahead), LedgerBusy.
    """
    with typed_refusals(), transaction.atomic():
        lock_periods()
        _check_spans(spans)
        periods = Period.objects.bulk_create(
            Period(name=span.name, starts=span.starts, ends=span.ends) for span in spans
        )
        states = {str(period.id): period_state(period) for period in periods}
        _record("ledger.periods_created", periods[0], {"periods": states})
    return periods


def _check_spans(spans: Sequence[Span]) -> None:
    for span in spans:
        if span.ends < span.starts:
            raise InvalidInput("A period ends after it starts.", pointer="/ends")
        if span.starts > clock.today() + FURTHEST:
            raise InvalidInput("A period starts at most two years ahead.", code="too_far_ahead", pointer="/starts")
    first, last = Period.objects.first(), Period.objects.last()
    if any(after.starts != before.ends + DAY for before, after in pairwise(spans)):
        raise PeriodNotContiguous
    if first is None or last is None or spans[0].starts == last.ends + DAY:
        return
    if not (first.status == Status.OPEN and spans[-1].ends == first.starts - DAY):
        raise PeriodNotContiguous(f"The next period starts on {last.ends + DAY}.", pointer="/starts")


# --- closing -------------------------------------------------------------------------------------------------------


def close_period(*, period_id: UUID, reason: str, accept_warnings: bool = False) -> Period:
    """Close a period: what its income and expense accounts hold goes to retained earnings, dated its last day, and
    nothing posts into it any more.

    Raises UnknownPeriod, PeriodNotOpen, PeriodNotReady (`errors` lists what blocks, and the warnings unless
    accepted), LedgerBusy (nothing was done; try again).
    """
    _require_reason(reason)
    with transaction.atomic():
        lock_periods()
        period = _period(period_id)
        if period.status != Status.OPEN:
            raise PeriodNotOpen
        warnings = _require_ready(checklist(period), accept_warnings)
        stop_postings()
        _refuse(blockers(period))  # once more: from here on nothing slips in
        entries = _close_earnings(period)
        _set(period, Status.CLOSED, [str(entry.id) for entry in entries])
        data = {"period": period_state(period), "accepted": [item.code for item in warnings]}
        _record("ledger.period_closed", period, data, reason)
    return period


def _require_ready(items: Sequence[ChecklistItem], accept_warnings: bool) -> list[ChecklistItem]:
    """The warnings that were accepted."""
    warnings = [item for item in items if item.state == ItemState.WARNING]
    _refuse(item for item in items if item.state == ItemState.BLOCKING or (item in warnings and not accept_warnings))
    return warnings


def _refuse(items: Iterable[ChecklistItem]) -> None:
    errors = [
        FieldError("/accept_warnings" if item.state == ItemState.WARNING else "", item.code, item.detail)
        for item in items
    ]
    if errors:
        raise PeriodNotReady(" ".join(error.detail for error in errors), errors=errors)


def _close_earnings(period: Period) -> list[JournalEntry]:
    drafts = [draft for currency, nets in _earnings(period).items() for draft in _closing(period, currency, nets)]
    if not drafts:
        return []
    settle_base()
    return post_entries(drafts)


def _earnings(period: Period) -> dict[str, list[tuple[UUID, int]]]:
    """What each income and expense account holds at the period's end, debits less credits, by currency."""
    kinds = [AccountType.INCOME, AccountType.EXPENSE]
    currencies = dict(Account.objects.filter(type__in=kinds).order_by("code").values_list("id", "currency"))
    sums = account_sums(until=period.ends, account_ids=list(currencies)) if currencies else {}
    nets: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
    for account_id, currency in currencies.items():
        if account_id in sums and sums[account_id].net:
            nets[currency].append((account_id, sums[account_id].net))
    return nets


def _closing(period: Period, currency: str, nets: Sequence[tuple[UUID, int]]) -> Iterator[EntryDraft]:
    """Entries that bring the accounts to zero against retained earnings, as many as the lines need."""
    retained = system_account(SystemAccount.RETAINED_EARNINGS, currency).id
    for at in range(0, len(nets), MAX_LINES - 1):
        part = nets[at : at + MAX_LINES - 1]
        moves = [(account_id, -net) for account_id, net in part] + [(retained, sum(net for _, net in part))]
        yield EntryDraft(
            lines=tuple(_line(account_id, net, currency) for account_id, net in moves if net),
            kind=CLOSING_KIND,
            description=f"Closing of {period.name} in {currency}",
            reference=period.name,
            effective_date=period.ends,
            metadata={"period_id": str(period.id)},
        )


def _line(account_id: UUID, net: int, currency: str) -> LineDraft:
    """A debit for what is positive, a credit for what is negative."""
    return LineDraft(account_id, Side.DEBIT if net > 0 else Side.CREDIT, Money(abs(net), currency))


# --- opening again ---------------------------------------------------------------------------------------------------


def request_reopening(*, period_id: UUID, maker: Person, reason: str) -> Approval:
    """Ask a second person to let the last closed period be opened again; `reopen_period` runs when they do.

    Raises UnknownPeriod, PeriodNotLast, Forbidden, InvalidInput without a reason.
    """
    return request_approval(
        kind="ledger.reopen_period",
        payload={"period_id": str(_last_closed(period_id).id), "reason": reason},
        maker=maker,
        reason=reason,
        target_type="ledger.period",
        target_id=period_id,
    )


def reopen_period(*, period_id: UUID, reason: str) -> Period:
    """Open the last closed period again and reverse its closing entries, dated its last day.

    Raises UnknownPeriod, PeriodNotLast, LedgerBusy, and what posting raises.
    """
    with transaction.atomic():
        lock_periods()
        period = _last_closed(period_id)
        closing = JournalEntry.objects.filter(pk__in=period.closing_entries).order_by("id")
        reversals = [_reversal(entry, period, reason) for entry in closing]
        _set(period, Status.OPEN, [])
        if reversals:
            post_entries(reversals)
        _record("ledger.period_reopened", period, {"period": period_state(period)}, reason)
    return period


def _reversal(entry: JournalEntry, period: Period, reason: str) -> EntryDraft:
    """Of the kind of closing entries, so that income statements leave both out."""
    return EntryDraft(
        lines=tuple(line._replace(side=line.side.opposite) for line in lines_of(entry)),
        kind=CLOSING_KIND,
        description=f"Reversal: {entry.description}",
        reference=period.name,
        effective_date=period.ends,
        reverses=entry.id,
        metadata={"period_id": str(period.id), "reason": reason},
    )


def _last_closed(period_id: UUID) -> Period:
    if Period.objects.filter(status=Status.CLOSED).last() != (period := _period(period_id)):
        raise PeriodNotLast
    return period


def _period(period_id: UUID) -> Period:
    period = Period.objects.filter(pk=period_id).first()
    if period is None:
        raise UnknownPeriod
    return period


def _set(period: Period, status: Status, closing_entries: list[str]) -> None:
    period.status, period.closing_entries = status, closing_entries
    period.closed_at = clock.now() if status == Status.CLOSED else None
    period.save(update_fields=["status", "closing_entries", "closed_at"])


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("Say why.", code="required", pointer="/reason")


def _record(action: str, period: Period, data: dict[str, Any], reason: str = "") -> None:
    record(action, target_type="ledger.period", target_id=period.id, data=data, reason=reason)
