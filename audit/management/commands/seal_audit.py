"""manage.py seal_audit: the audit log's sequencer, once or as a process of its own."""

import json
import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections

from audit.exceptions import TreeDamaged
from audit.services.seal import seal_pending
from nexafi.core.memory import settle

PAUSE = 0.25  # seconds from look to look: an event is sealed well within a second, by about four heads a second
_log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Seal pending audit events into the tree and sign its head. Several may run; one leads at a time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--follow", action="store_true", help="keep sealing until SIGTERM or Ctrl-C")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["follow"]:
            follow(_until_stopped())
            return
        try:
            sealed = seal_pending(seconds=3600)
        except TreeDamaged as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"sealed": sealed}) if options["json"] else f"Sealed {sealed} events.")


def follow(stopped: threading.Event) -> None:
    """Seal until `stopped`; outlives a database that is away for a while."""
    settle()
    pause = PAUSE
    while not stopped.wait(pause):
        began = time.monotonic()
        try:
            seal_pending()
            pause = max(0, began + PAUSE - time.monotonic())
        except (DatabaseError, TreeDamaged, OSError):
            _log.exception("audit.seal_failed")
            close_old_connections()
            pause = min(max(pause, PAUSE) * 2, 10)


def _until_stopped() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
