"""manage.py verify_audit: prove the audit log, and say where it was altered."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from audit.models import TreeHead
from audit.services.verify import Finding, Report, verify_log


class Command(BaseCommand):
    help = "Check every event, hash, signed head and anchor. Exit code 0: intact; 1: altered, each place is listed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", type=Path, help="anchor file; the configured one when absent")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        head = TreeHead.objects.order_by("-size").first()
        started = time.perf_counter()
        quiet = options["json"] or not sys.stderr.isatty()
        with tqdm(total=head.size if head else 0, unit=" events", disable=quiet) as bar:
            report = verify_log(heads_file=options["heads"], progress=bar.update)
        seconds = time.perf_counter() - started
        self.stdout.write(as_json(report, seconds) if options["json"] else as_text(report, seconds))
        if not report.intact:
            sys.exit(1)


def as_json(report: Report, seconds: float) -> str:
    facts = {"intact": report.intact, **asdict(report), "verify_per_s": round(report.events / seconds)}
    return json.dumps(facts, default=str)


def as_text(report: Report, seconds: float) -> str:
    checked = f"{report.events:,} events, {report.heads:,} signed heads, {report.anchors:,} anchors"
    lines = [f"Checked {checked} in {seconds:.1f} s ({report.events / seconds:,.0f} events/s)."]
    lines += [f"  {finding.kind:<20} {place(finding):<24} {finding.detail}" for finding in report.findings]
    verdict = "The log is intact." if report.intact else f"The log was altered: {len(report.findings)} findings."
    return "\n".join([*lines, verdict])


def place(finding: Finding) -> str:
    """Where a finding is, in words."""
    if finding.first is None:
        return f"event {finding.event_id}" if finding.event_id else ""
    many = finding.last is not None and finding.last > finding.first
    return f"events {finding.first} to {finding.last}" if many else f"event {finding.first}"
