"""manage.py import_chart: open or change accounts by the rows of a CSV file."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.services.chart import import_chart
from nexafi.core.errors import DomainError


class Command(BaseCommand):
    help = "Open or change the accounts of a CSV file, all or none. Exits with 1 when a row is faulty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="UTF-8 CSV with the columns of export_chart; - reads the standard input")
        parser.add_argument(
            "--currency", nargs="+", default=[], help="for rows that name no currency: one account each"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = self._read(options["file"])
            done = import_chart(text=text, currencies=options["currency"], dry_run=options["dry_run"])
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except DomainError as error:
            raise CommandError("\n".join([error.detail, *(fault.detail for fault in error.errors)])) from error
        counts = {"opened": done.opened, "changed": done.changed, "unchanged": done.unchanged}
        said = ", ".join(f"{number} {name}" for name, number in counts.items())
        text = f"{'Nothing was written. ' if options['dry_run'] else ''}{said}."
        self.stdout.write(json.dumps(counts | {"dry_run": options["dry_run"]}) if options["json"] else text)

    def _read(self, file: str) -> str:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
