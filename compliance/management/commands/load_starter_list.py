"""manage.py load_starter_list: screen against a few dozen real designations until the whole lists are imported."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance.screening.services.starter import load_starter_lists


class Command(BaseCommand):
    help = "Load the built-in starter list of real designations where no real list was imported yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = {each.snapshot.source_id: each for each in load_starter_lists()}
        if options["json"]:
            facts = {c: {"entries": i.snapshot.entries, "new": i.is_new} for c, i in loaded.items()}
            self.stdout.write(json.dumps({"lists": facts}))
            return
        for code, each in loaded.items():
            state = "loaded" if each.is_new else "already there"
            self.stdout.write(f"{code}: {each.snapshot.entries} starter entries {state}. Import the whole list soon.")
        if not loaded:
            self.stdout.write("Real lists are in force; the starter list is not needed.")
