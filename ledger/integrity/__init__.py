"""Prove the books from their rows alone, and against the audit log; find and locate what was altered behind our back.

Each entry is compared with the digest that its audit event holds, each event with the rows it speaks of, and each
balance with a recount of the postings. Whether the audit log itself is intact is for `manage.py verify_audit`.
"""

from collections.abc import Callable, Iterator

from django.db import connection

from ledger.integrity.balances import check_balances
from ledger.integrity.entries import check_entries, check_orphans
from ledger.integrity.events import check_events
from ledger.integrity.report import Fault, Report
from ledger.integrity.turnovers import check_turnovers
from nexafi.db import triggers
from nexafi.db.snapshot import one_snapshot

__all__ = ["Fault", "Report", "check_ledger"]

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
    for name in triggers.missing(connection):
        if "ledger" in name:
            yield Fault("trigger_missing", "pg_trigger", name, "The database no longer guards the ledger.")
    yield from check_entries(report, progress)
    yield from check_orphans()
    yield from check_events(report, progress)
    yield from check_balances(report, progress)
    yield from check_turnovers(report, progress)
