"""manage.py export_audit: the log as files for an auditor."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from audit.services.export import export_log
from nexafi.core.errors import NotFound


class Command(BaseCommand):
    help = "Write every sealed event (JSON Lines) and the signed heads; check them with audit/offline/verify.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a new file; the proofs go to FILE.proof.json")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        out, as_json = options["out"], options["json"]
        try:
            with tqdm(unit=" events", disable=as_json or not sys.stderr.isatty()) as bar:
                events = export_log(out=out, progress=bar.update)
        except FileExistsError as error:
            raise CommandError(f"{error.filename} is there already.") from error
        except NotFound as error:
            raise CommandError(error.detail) from error
        said = {"events": events, "out": str(out), "proof": f"{out}.proof.json"}
        self.stdout.write(json.dumps(said) if as_json else f"Wrote {events} events to {out} and {said['proof']}.")
