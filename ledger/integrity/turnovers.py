"""Turnovers against a recount of the postings they hold, in one statement."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import connection

from ledger.folding import difference_statement
from ledger.integrity.report import Fault, Report
from ledger.models import Turnover

LIMIT = 1000  # faults


def check_turnovers(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every turnover must be the sum of its postings, and every folded posting must be in its two turnovers."""
    with connection.cursor() as cursor:
        cursor.execute(difference_statement(), [LIMIT])
        rows = cursor.fetchall()
    for account_id, span, effective, recorded, debits, credits in rows:
        key = f"{UUID(str(account_id))} {span} {effective} {recorded}"
        detail = f"The postings make {debits} more debits and {credits} more credits (minor units)."
        yield Fault("turnover_differs", "ledger_turnover", key, detail)
    report.checked["ledger_turnover"] = Turnover.objects.count()
    progress("turnovers", report.checked["ledger_turnover"])
