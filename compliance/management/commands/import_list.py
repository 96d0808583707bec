"""manage.py import_list: make a published sanctions list the version in force.

Exit codes: 0 imported or unchanged, 1 wrong usage, 2 unreadable, 3 the list shrank, 4 the source is not available.
"""

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from compliance.screening.constants import SOURCES, URLS
from compliance.screening.exceptions import ListShrank, ListUnavailable, ListUnreadable
from compliance.screening.lists.base import ParsedList
from compliance.screening.lists.fetch import fetch_list
from compliance.screening.lists.ofac import parse_ofac
from compliance.screening.lists.un import parse_un
from compliance.screening.services.import_list import Imported, import_list
from nexafi.core.errors import DomainError

PARSERS = {"ofac": parse_ofac, "un": parse_un}
EXIT_CODES: dict[type[DomainError], int] = {ListUnreadable: 2, ListShrank: 3, ListUnavailable: 4}


class Command(BaseCommand):
    help = "Import a sanctions list (OFAC: SDN.CSV with ALT.CSV, ADD.CSV, SDN_COMMENTS.CSV; UN: consolidated XML)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", choices=sorted(SOURCES))
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--path", type=Path, help="the file, or for OFAC also the folder that holds the files")
        source.add_argument("--url", help="where to download it; by default the authority's own address")
        parser.add_argument("--allow-shrink", default="", metavar="REASON", help="why far fewer entries are right")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["list"]
        try:
            parsed = _read(code, options["path"], options["url"] or URLS[code])
            watch = partial(tqdm, desc=f"Importing {code}", unit=" entries", disable=not sys.stderr.isatty())
            imported = import_list(code, parsed, allow_shrink=options["allow_shrink"], watch=watch)
        except (ListUnreadable, ListShrank, ListUnavailable) as error:
            raise CommandError(f"{error.title}: {error.detail}", returncode=EXIT_CODES[type(error)]) from error
        facts = _facts(imported)
        self.stdout.write(json.dumps(facts) if options["json"] else _sentence(facts))


def _read(code: str, path: Path | None, url: str) -> ParsedList:
    if path is not None:
        if not path.exists():
            raise ListUnreadable(f"{path} is not there.")
        return PARSERS[code](path)
    with tempfile.TemporaryDirectory() as folder:
        return PARSERS[code](fetch_list(code, url, Path(folder)))


def _facts(imported: Imported) -> dict[str, Any]:
    snapshot = imported.snapshot
    counts = {name: getattr(snapshot, name) for name in ("entries", "names", "added", "changed", "removed")}
    return {
        "list": snapshot.source_id,
        "version": snapshot.version,
        "new_version": imported.is_new,
        **counts,
        "warnings": snapshot.warnings,
    }


def _sentence(facts: dict[str, Any]) -> str:
    if not facts["new_version"]:
        return f"{facts['list']} {facts['version']}: unchanged, {facts['entries']} entries."
    lines = [
        "{list} {version}: {entries} entries, {names} names; "
        "{added} added, {changed} changed, {removed} removed.".format(**facts)
    ]
    return "\n".join([*lines, *(f"  note: {warning}" for warning in facts["warnings"])])
