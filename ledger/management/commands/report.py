"""manage.py report: any financial report, on the terminal or as a file."""

import sys
from argparse import ArgumentParser
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.api.reports import body
from ledger.documents import FORMATS, to_file
from ledger.documents.print import printed
from ledger.documents.types import NOTHING
from ledger.selectors.reports import REPORTS, Compare, Line, Report, Table, Terms, read_report
from ledger.selectors.reports.asked import terms_of_day, terms_of_period
from nexafi.api.renderers import to_bytes
from nexafi.core.errors import DomainError

_LINES = 100_000  # movements of the general ledger at once


class Command(BaseCommand):
    help = "Print a financial report or write it to a file. Exit 1 when debits and credits differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(REPORTS))
        parser.add_argument(
            "--as-of", nargs="+", type=date.fromisoformat, default=[], help="YYYY-MM-DD; several: columns"
        )
        parser.add_argument("--from", dest="since", type=date.fromisoformat, help="YYYY-MM-DD; the first of the year")
        parser.add_argument("--to", dest="until", type=date.fromisoformat, help="YYYY-MM-DD; today")
        parser.add_argument("--currency", default="", help="convert every figure to this one (ISO 4217)")
        parser.add_argument("--compare", choices=[each.value for each in Compare])
        parser.add_argument("--format", choices=["text", "json", *FORMATS], default="text")
        parser.add_argument("--output", type=Path, help="write to this file instead of the terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            terms = replace(_terms(options), size=_LINES)
            report = replace(read_report(options["name"], terms), prepared_by="manage.py report")
        except DomainError as error:
            raise CommandError(error.detail) from error
        content = _content(report, options["format"])
        if options["output"]:
            options["output"].write_bytes(content)
            self.stderr.write(f"Wrote {len(content):,} bytes to {options['output']}.")
        else:
            self._show(content, binary=options["format"] in ("xlsx", "pdf"))
        if not report.is_balanced:
            sys.exit(1)

    def _show(self, content: bytes, *, binary: bool) -> None:
        if not binary:
            self.stdout.write(content.decode())
        elif sys.stdout.isatty():
            raise CommandError("Give --output: this format is not for a terminal.")
        else:
            sys.stdout.buffer.write(content)


def _terms(options: dict[str, Any]) -> Terms:
    spec = REPORTS[options["name"]]
    how = Compare(options["compare"]) if options["compare"] else None
    if spec.of_period:
        days = {"since": options["since"], "until": options["until"]}
        return terms_of_period(spec, **days, compare=how, currency=options["currency"])
    return terms_of_day(spec, as_of=options["as_of"], compare=how, currency=options["currency"])


def _content(report: Report, format: str) -> bytes:
    if format == "text":
        return as_text(report).encode()
    return to_bytes(body(report)) if format == "json" else to_file(report, format, name=report.name).content


def as_text(report: Report) -> str:
    """The report in columns of a fixed width."""
    parts = [report.institution, report.title, *report.subtitle]
    for table in report.sections:
        parts += ["", table.title, *_table(table)]
    parts += [] if report.sections else ["", NOTHING]
    parts += ["", "Balanced." if report.is_balanced else "NOT BALANCED.", report.imprint]
    return "\n".join(parts)


def _table(table: Table) -> list[str]:
    rows = [Line(tuple(column.title for column in table.columns)), *table.rows]
    texts = [[*map(printed, row.cells)] + [""] * (len(table.columns) - len(row.cells)) for row in rows]
    texts = [["  " * row.indent + text[0], *text[1:]] for row, text in zip(rows, texts, strict=True)]
    wide = [row for row, line in zip(texts, rows, strict=True) if len(line.cells) > 1]
    widths = [max(len(row[index]) for row in wide) for index in range(len(table.columns))]
    return [_aligned(row, table, widths).rstrip() for row in texts]


def _aligned(row: list[str], table: Table, widths: list[int]) -> str:
    """Figures to the right, one further when a parenthesis closes them."""
    cells = [
        (text if text.endswith(")") else f"{text} ").rjust(width + 1) if column.figure else text.ljust(width)
        for text, column, width in zip(row, table.columns, widths, strict=True)
    ]
    return "  ".join(cells)
