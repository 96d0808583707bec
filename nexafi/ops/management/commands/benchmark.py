"""manage.py benchmark NAME [--json]: measure on a throw-away database, print figures against their aims."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from tqdm import tqdm

from nexafi.benchmarks import base
from nexafi.benchmarks.database import throwaway_database


class Command(BaseCommand):
    help = "Run a benchmark on a throw-away database beside the configured one and leave nothing behind."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(base.discover()))
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        run = base.discover()[options["name"]]
        quiet = options["json"] or not sys.stderr.isatty()
        with tqdm(total=0, disable=quiet, bar_format="{desc} {elapsed}") as progress, throwaway_database():
            figures = run(progress)
            database = self._database()
        report = {
            "benchmark": options["name"],
            "commit": base.commit(),
            "database": database,
            "machine": base.machine(),
            "figures": [asdict(figure) for figure in figures],
        }
        self.stdout.write(json.dumps(report) if options["json"] else self._table(report))

    def _database(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
            row = cursor.fetchone()
        return f"{connection.display_name} {row[0] if row else ''}".strip()

    def _table(self, report: dict[str, Any]) -> str:
        marks = {True: "holds", False: "MISSED", None: ""}
        lines = [
            f"{report['benchmark']} at {report['commit']} on {report['database']}, {report['machine']['cpus']} CPUs"
        ]
        lines += [
            f"  {f['name']:<28} {f['value']:>14,.3f} {f['unit']:<12} {f['aim']:<24} {marks[f['holds']]}"
            for f in report["figures"]
        ]
        return "\n".join(lines)
