"""Prove the books from their rows alone, and against the audit log; find and locate what was altered behind our back.

Each entry is compared with the digest that its audit event holds, each event with the rows it speaks of, and each
balance with a recount of the postings. Whether the audit log itself is intact is for `manage.py verify_audit`.
"""

from collections.abc import Callable, Iterator

from ledger.integrity.attachments import check_attachments
from ledger.integrity.balances import check_balances
from ledger.integrity.base import check_base
from ledger.integrity.entries import check_entries, check_orphans, check_reversed_once
from ledger.integrity.events import check_events
from ledger.integrity.guards import check_guards
from ledger.integrity.notes import check_notes
from ledger.integrity.periods import check_periods
from ledger.integrity.report import CHECKS, Fault, Report, explain
from ledger.integrity.turnovers import check_turnovers
from nexafi.db.snapshot import one_snapshot

__all__ = ["CHECKS", "Fault", "Report", "check_ledger", "explain"]

MAX_FAULTS = 1000


def check_ledger(progress: Callable[[str, int], None] = lambda name, rows: None) -> Report:
    """Check everything on one snapshot of the database. `progress` is told the name and size of each step done.

    At most 1,000 faults are kept; the report says whether there were more.
    """
    report = Report()
    with one_snapshot():
        for fault in _faults(report, progress):
            if len(report.faults) == MAX_FAULTS:
                report.truncated = True
                break
            report.faults.append(fault)
    return report


def _faults(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    yield from check_guards()
    yield from check_base()
    yield from check_entries(report, progress)
    yield from check_reversed_once()
    yield from check_orphans()
    yield from check_periods(report)
    yield from check_events(report, progress)
    yield from check_balances(report, progress)
    yield from check_turnovers(report, progress)
    yield from check_notes(report, progress)
    yield from check_attachments(progress)
