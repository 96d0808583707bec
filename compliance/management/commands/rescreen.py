"""manage.py rescreen: bring every customer's verdict up to the lists in force, now and here."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from compliance.screening.selectors import list_status
from compliance.screening.services.rescreen import rescreen_all


class Command(BaseCommand):
    help = "Screen the customers whose verdict is missing or older than the lists in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="also those whose verdict is current")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not list_status():
            raise CommandError("No sanctions list is loaded.", returncode=2)
        with tqdm(unit=" customers", disable=not sys.stderr.isatty()) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            screened = rescreen_all(force=options["all"], progress=progress)
        self.stdout.write(json.dumps({"screened": screened}) if options["json"] else f"{screened} customers screened.")
