"""Delete idempotency records that are past their 24 hours; the scheduler does the same every hour."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from nexafi.outbox.services import idempotency


class Command(BaseCommand):
    help = "Delete idempotency records older than 24 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object on standard output.")

    def handle(self, **options: Any) -> None:
        deleted = idempotency.purge()
        self.stdout.write(json.dumps({"deleted": deleted}) if options["json"] else f"{deleted} deleted")
