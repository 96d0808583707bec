"""manage.py load_chart: open the accounts of a chart that ships."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ledger.charts import shipped_charts
from ledger.services.chart import load_chart
from nexafi.core.errors import DomainError


class Command(BaseCommand):
    help = "Open every account of a chart in the given currencies; those that exist are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chart", choices=shipped_charts(), default=settings.CHART_OF_ACCOUNTS)
        parser.add_argument("--currency", nargs="+", default=[settings.BASE_CURRENCY], help="ISO 4217 codes")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                opened = sum(load_chart(currency=each, name=options["chart"]).opened for each in options["currency"])
        except DomainError as error:
            raise CommandError("\n".join([error.detail, *(fault.detail for fault in error.errors)])) from error
        text = f"Opened {opened} accounts in {', '.join(options['currency'])}."
        self.stdout.write(json.dumps({"opened": opened}) if options["json"] else text)
