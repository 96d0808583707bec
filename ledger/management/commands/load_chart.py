"""manage.py load_chart: open the accounts of the default chart."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ledger.services.accounts import load_chart
from nexafi.core.errors import UnknownCurrency


class Command(BaseCommand):
    help = "Open every account of ledger/data/chart.csv in the given currencies; those that exist are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--currency", nargs="+", default=[settings.BASE_CURRENCY], help="ISO 4217 codes")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            opened = sum(load_chart(currency=currency) for currency in options["currency"])
        except UnknownCurrency as error:
            raise CommandError(error.detail) from error
        text = f"Opened {opened} accounts in {', '.join(options['currency'])}."
        self.stdout.write(json.dumps({"opened": opened}) if options["json"] else text)
