"""manage.py close_period: close an accounting period; exit 1 when it is not ready, 2 for any other refusal."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.exceptions import PeriodNotReady
from ledger.models import Period
from ledger.services.periods import close_period
from nexafi.core.errors import DomainError

NOT_READY, REFUSED = 1, 2


class Command(BaseCommand):
    help = (
        "Close a period: its earnings go to retained earnings and nothing posts into it any more. "
        "Exit 1 when the checklist is not done (what is missing is printed), 2 for any other refusal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the period's name, such as 2026-01")
        parser.add_argument("--reason", required=True, help="why; it goes into the audit log")
        parser.add_argument("--accept-warnings", action="store_true", help="close in spite of warnings")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *args: Any, **options: Any) -> None:
        period = Period.objects.filter(name=options["name"]).first()
        if period is None:
            raise CommandError(f"There is no period {options['name']}.", returncode=REFUSED)
        try:
            closed = close_period(
                period_id=period.id, reason=options["reason"], accept_warnings=options["accept_warnings"]
            )
        except PeriodNotReady as refusal:
            missing = [{"code": error.code, "detail": error.detail} for error in refusal.errors]
            self._answer(options, {"closed": False, "period": period.name, "missing": missing})
            sys.exit(NOT_READY)
        except DomainError as refusal:
            raise CommandError(refusal.detail, returncode=REFUSED) from refusal
        self._answer(options, {"closed": True, "period": closed.name, "closing_entries": closed.closing_entries})

    def _answer(self, options: dict[str, Any], answer: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        for item in answer.get("missing", ()):
            self.stdout.write(f"{item['code']}: {item['detail']}")
        entries = len(answer.get("closing_entries", ()))
        closed = f"{answer['period']} is closed by {entries} entries."
        self.stdout.write(closed if answer["closed"] else f"{answer['period']} is not ready to be closed.")
