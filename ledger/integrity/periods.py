"""Periods against their audit events and against what was booked into them."""

import json
from bisect import bisect_left
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from audit.models import AuditEvent, UnsealedEvent
from ledger.constants import AccountType, PostingKind
from ledger.digest import period_state
from ledger.integrity.report import Fault, Report
from ledger.models import Account, JournalEntry, Period, Posting
from ledger.selectors.history import account_sums
from ledger.selectors.periods import closed_through

_ACTIONS: Final = ("ledger.periods_created", "ledger.period_closed", "ledger.period_reopened")
_DATED: Final = (PostingKind.POST, PostingKind.PENDING, PostingKind.CAPTURE)
DAY: Final = timedelta(days=1)


def check_periods(report: Report) -> Iterator[Fault]:
    """Each period must be as its newest audit event left it, and follow the one before; what was closed holds no
    earnings."""
    periods, said = list(Period.objects.all()), _as_recorded()
    if periods:
        report.checked["ledger_period"] += len(periods)
    for period in periods:
        recorded = said.pop(str(period.id), None)
        if recorded is None:
            yield Fault.at("audit_event_missing", period)
        elif recorded != (state := period_state(period)):
            names = ", ".join(name for name in state if state[name] != recorded.get(name))
            yield Fault.at("period_altered", period, f"Differs from what the audit log holds: {names}.")
    for period_id in said:
        yield Fault("period_missing", Period._meta.db_table, period_id, "The audit log holds it, the ledger does not.")
    for before, after in pairwise(periods):
        if after.starts != before.ends + DAY or (before.status, after.status) == ("open", "closed"):
            yield Fault.at("period_gap", after, f"It does not follow {before.name} in dates or status.")
    yield from _earnings_left()


def _as_recorded() -> dict[str, dict[str, Any]]:
    """The state of each period in its newest event, by id."""
    sealed = AuditEvent.objects.filter(action__in=_ACTIONS).order_by("seq").values_list("body", flat=True)
    unsealed = UnsealedEvent.objects.order_by("id").values_list("body", flat=True)
    states: dict[str, dict[str, Any]] = {}
    for body in (*sealed.iterator(500), *unsealed.iterator(500)):
        event = json.loads(bytes(body))
        if event["action"] == _ACTIONS[0]:
            states |= event["data"]["periods"]
        elif event["action"] in _ACTIONS:
            states[event["target"]["id"]] = event["data"]["period"]
    return states


def _earnings_left() -> Iterator[Fault]:
    until = closed_through()
    if until is None:
        return
    earnings = Account.objects.in_bulk(
        list(Account.objects.filter(type__in=[AccountType.INCOME, AccountType.EXPENSE]).values_list("id", flat=True))
    )
    for account_id, sums in account_sums(until=until, account_ids=list(earnings)).items():
        if sums.net:
            yield Fault.at("earnings_left", earnings[account_id], f"It holds {sums.net} (minor units) on {until}.")


class ClosedPeriods:
    """Whether something was booked into a period after it was closed."""

    def __init__(self) -> None:
        self._periods = list(Period.objects.filter(status=Period.Status.CLOSED))
        self._ends = [period.ends for period in self._periods]

    def check(self, entry: JournalEntry, postings: list[Posting]) -> Iterator[Fault]:
        """What is dated before the first period counts as in it."""
        for posting in postings:
            at = bisect_left(self._ends, posting.effective_date)
            period = self._periods[at] if at < len(self._periods) else None
            if period and period.closed_at and posting.kind in _DATED and posting.recorded_at > period.closed_at:
                yield Fault.at("booked_after_closing", entry, f"Dated {posting.effective_date}, in {period.name}.")
                return
