"""manage.py check_ledger: prove the books; exit 1 when something was found."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from ledger.models import LedgerCheck
from ledger.services.checks import check_now


class Command(BaseCommand):
    help = "Prove entries, balances, periods and their audit events; find and locate alterations. Exit 1 on a fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["json"] or not sys.stderr.isatty()
        with tqdm(unit=" rows", disable=quiet) as bar:

            def progress(name: str, rows: int) -> None:
                bar.set_description(name)
                bar.update(rows)

            check = check_now(progress)
        self.stdout.write(json.dumps(_as_json(check)) if options["json"] else _as_text(check))
        if not check.holds:
            sys.exit(1)


def _as_json(check: LedgerCheck) -> dict[str, Any]:
    return {
        "id": str(check.id),
        "holds": check.holds,
        "checked": check.checked,
        "totals": check.totals,
        "faults": check.faults,
        "truncated": check.truncated,
    }


def _as_text(check: LedgerCheck) -> str:
    looked = ", ".join(f"{count:,} {table}" for table, count in sorted(check.checked.items()))
    lines = [f"Checked {looked or 'an empty ledger'}."]
    lines += [f"{code}: debits {sums['debits']} credits {sums['credits']}" for code, sums in check.totals.items()]
    lines += ["{check}: {table} {key}: {detail}".format(**fault) for fault in check.faults]
    lines += ["More faults were not listed."] if check.truncated else []
    lines.append("The books hold." if check.holds else f"FAULTS: {check.fault_count}")
    return "\n".join(lines)
