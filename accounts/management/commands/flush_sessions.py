"""Delete sign-ins that ended long ago and counters of forgotten tries."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.cleanup import flush_sessions


class Command(BaseCommand):
    """Sign-ins are kept for 90 days after they expire, because their addresses tell a known place from a new one."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        sessions, attempts = flush_sessions()
        counts = {"sessions": sessions, "attempts": attempts}
        text = f"Deleted {sessions} sign-ins and {attempts} counters of tries."
        self.stdout.write(json.dumps(counts) if options["json"] else text)
