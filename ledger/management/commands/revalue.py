"""manage.py revalue: value foreign-currency positions at the closing rates of a day.

Exit codes: 0 every currency is revalued, 1 refused, 3 a currency has no rate (the others are revalued).
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date

from ledger.api.revaluations import revaluation_body
from ledger.models import Revaluation
from ledger.services.revaluation import revalue
from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError
from nexafi.core.money import decimal_text


class Command(BaseCommand):
    help = "Revalue every foreign currency at the end of a day. What is revalued already stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", required=True, help="the day, YYYY-MM-DD")
        parser.add_argument("--reason", default="Month end")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            on = parse_date(options["on"])
        except ValueError:
            on = None
        if on is None:
            raise CommandError("--on takes a day, YYYY-MM-DD.")
        try:
            with acting_as("system", "revalue"):
                done = revalue(on=on, reason=options["reason"])
        except DomainError as error:
            raise CommandError(f"{error.title}: {error.detail}") from error
        if options["json"]:
            rows = [revaluation_body(row) for row in done.revalued]
            self.stdout.write(json.dumps({"revalued": rows, "missing": done.missing}, default=str))
        else:
            self.stdout.write("\n".join(map(_sentence, done.revalued)) or f"No foreign position on {on}.")
        if done.missing:
            raise CommandError(f"Without a rate: {' '.join(done.missing.values())}", returncode=3)


def _sentence(row: Revaluation) -> str:
    figures = (row.carrying, row.value, row.difference, row.realised)
    carrying, value, unrealised, realised = (decimal_text(minor, row.base) for minor in figures)
    return (
        f"{row.currency} {decimal_text(row.position, row.currency)}: carried at {carrying}, worth {value} {row.base}; "
        f"unrealised {unrealised}, realised {realised}."
    )
