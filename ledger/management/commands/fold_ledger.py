"""manage.py fold_ledger: bring the turnovers of past days up to date, or work them all out anew."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ledger.exceptions import TurnoversOfAnotherServer
from ledger.services.fold import fold_postings, rebuild_turnovers


class Command(BaseCommand):
    help = (
        "Fold postings into the turnovers that past balances are read from; a worker does so every 10 seconds. "
        "With --rebuild, work them out anew (after a restore onto another server); nobody posts until it is done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="work all turnovers out anew from the postings")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        done = self._rebuilt() if options["rebuild"] else self._folded(quiet=options["json"])
        self.stdout.write(
            json.dumps(done) if options["json"] else ", ".join(f"{n:,} {what}" for what, n in done.items())
        )

    def _rebuilt(self) -> dict[str, int]:
        return {"turnovers": rebuild_turnovers()}

    def _folded(self, *, quiet: bool) -> dict[str, int]:
        with tqdm(unit=" postings", disable=quiet or not sys.stderr.isatty()) as bar:
            try:
                return {"postings": fold_postings(bar.update)}
            except TurnoversOfAnotherServer as error:
                raise CommandError(error.title) from error
