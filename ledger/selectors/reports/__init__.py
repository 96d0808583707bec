"""The financial reports, a module a report: pure computation over account_sums and the accounts.

    report = read_report("balance-sheet", Terms(spans=(Span(None, date(2026, 12, 31)),)))
    report.is_balanced, report.sections[0].totals["total_assets"]

Every report is a `Document`, so ledger.documents writes it as CSV, XLSX or PDF.
"""

from ledger.selectors.reports.balance_sheet import balance_sheet
from ledger.selectors.reports.registry import REPORTS, Spec, read_report
from ledger.selectors.reports.spans import Compare, compared
from ledger.selectors.reports.trial_balance import trial_balance
from ledger.selectors.reports.types import FigureColumn, Line, Mark, Report, Span, Table, Terms

__all__ = [
    "REPORTS",
    "Compare",
    "FigureColumn",
    "Line",
    "Mark",
    "Report",
    "Span",
    "Spec",
    "Table",
    "Terms",
    "balance_sheet",
    "compared",
    "read_report",
    "trial_balance",
]
