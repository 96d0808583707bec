"""manage.py import_rates: reference rates of a source into the ledger.

Exit codes: 0 imported or nothing new, 1 wrong usage, 2 unreadable, 3 a rate jumped, 4 the source is not available.
"""

import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from ledger.exceptions import RatesJumped, RatesUnavailable, RatesUnreadable
from ledger.rates.ecb import read_sheets
from ledger.services.rates import fetch_and_import, import_rates
from nexafi.core.errors import DomainError

EXIT_CODES: dict[type[DomainError], int] = {RatesUnreadable: 2, RatesJumped: 3, RatesUnavailable: 4}


class Command(BaseCommand):
    help = "Import euro reference rates: eurofxref-hist.csv or .zip, or eurofxref-daily.xml, from a file or an address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=["ecb"])
        origin = parser.add_mutually_exclusive_group()
        origin.add_argument("--path", type=Path)
        origin.add_argument("--url", default="", help="by default the setting RATES_URL")
        parser.add_argument("--force", action="store_true", help="take rates that jumped: somebody has checked them")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path, url, force = options["path"], options["url"] or settings.RATES_URL, options["force"]
        if path is None and not url:
            raise CommandError("Give --path or --url, or configure RATES_URL.")
        watch = partial(tqdm, desc="Importing rates", unit=" days", disable=not sys.stderr.isatty())
        try:
            if path is None:
                done = fetch_and_import(url, force=force, watch=watch)
            else:
                done = import_rates(read_sheets(path), force=force, watch=watch)
        except tuple(EXIT_CODES) as error:
            hint = " Check it and use --force." if isinstance(error, RatesJumped) else ""
            raise CommandError(f"{error.title}: {error.detail}{hint}", returncode=EXIT_CODES[type(error)]) from error
        self.stdout.write(json.dumps(asdict(done), default=str) if options["json"] else str(done))
