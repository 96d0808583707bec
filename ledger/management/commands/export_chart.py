"""manage.py export_chart: the chart of accounts as CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.selectors.chart import chart_csv
from nexafi.core.errors import DomainError


class Command(BaseCommand):
    help = "Write every open account but customers' as CSV, as import_chart reads it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", help="a file; the standard output without it")
        parser.add_argument("--currency", help="accounts of one currency only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = chart_csv(options["currency"])
            if options["output"]:
                Path(options["output"]).write_text(text, encoding="utf-8", newline="")
            else:
                self.stdout.write(text, ending="")
        except DomainError as error:
            raise CommandError(error.detail) from error
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}") from error
