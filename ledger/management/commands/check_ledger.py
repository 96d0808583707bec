"""manage.py check_ledger: prove the books; exit 1 when something was found."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from ledger.integrity import Report, check_ledger
from nexafi.core.money import decimal_text


class Command(BaseCommand):
    help = "Prove entries, postings, balances and their audit events; find and locate alterations. Exit 1 on a fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["json"] or not sys.stderr.isatty()
        with tqdm(unit=" rows", disable=quiet) as bar:

            def progress(name: str, rows: int) -> None:
                bar.set_description(name)
                bar.update(rows)

            report = check_ledger(progress)
        self.stdout.write(json.dumps(_as_json(report)) if options["json"] else _as_text(report))
        if not report.holds:
            sys.exit(1)


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "holds": report.holds,
        "checked": dict(report.checked),
        "totals": _totals(report),
        "faults": [asdict(fault) for fault in report.faults],
        "truncated": report.truncated,
    }


def _totals(report: Report) -> dict[str, dict[str, str]]:
    """Turnover by currency as decimal strings; sums may exceed what one amount may be."""
    return {
        code: {"debits": decimal_text(debits, code), "credits": decimal_text(credits, code)}
        for code, (debits, credits) in sorted(report.totals.items())
    }


def _as_text(report: Report) -> str:
    looked = ", ".join(f"{count:,} {table}" for table, count in sorted(report.checked.items()))
    lines = [f"Checked {looked or 'an empty ledger'}."]
    lines += [f"{code}: debits {sums['debits']} credits {sums['credits']}" for code, sums in _totals(report).items()]
    lines += [f"{f.check}: {f.table} {f.key}: {f.detail}" for f in report.faults]
    lines += ["More faults were not listed."] if report.truncated else []
    lines.append("The books hold." if report.holds else f"FAULTS: {len(report.faults)}")
    return "\n".join(lines)
