"""Look after the outbox: list parked events, retry one, relay what is due."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from nexafi.core.errors import DomainError
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.relay import drain
from nexafi.outbox.services.upkeep import retry_parked

FIELDS = ("id", "name", "attempts", "created_at", "last_error")


class Command(BaseCommand):
    help = "Parked events of the outbox: `outbox parked`, `outbox retry ID --reason TEXT`; `outbox relay` delivers now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        parked = actions.add_parser("parked", help="List parked events, oldest first.")
        parked.add_argument("--limit", type=int, default=100)
        retry = actions.add_parser("retry", help="Deliver a parked event again.")
        retry.add_argument("event_id", type=UUID)
        retry.add_argument("--reason", required=True)
        relay = actions.add_parser("relay", help="Deliver everything that is due, in this process.")
        for action in (parked, retry, relay):
            action.add_argument("--json", action="store_true", help="One JSON object on standard output.")

    def handle(self, *, action: str, **options: Any) -> None:
        result = getattr(self, f"_{action}")(**options)
        self.stdout.write(json.dumps(result, default=str) if options["json"] else self._as_text(action, result))

    def _parked(self, *, limit: int, **options: Any) -> dict[str, Any]:
        rows = OutboxEvent.objects.filter(status=OutboxEvent.Status.PARKED).order_by("id").values(*FIELDS)[:limit]
        return {"parked": list(rows)}

    def _retry(self, *, event_id: UUID, reason: str, **options: Any) -> dict[str, Any]:
        try:
            event = retry_parked(event_id=event_id, reason=reason)
        except DomainError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        return {"retried": event.pk}

    def _relay(self, **options: Any) -> dict[str, Any]:
        return {"delivered": drain()}

    def _as_text(self, action: str, result: dict[str, Any]) -> str:
        if action != "parked":
            return ", ".join(f"{key}: {value}" for key, value in result.items())
        lines = [f"{row['id']}  {row['name']}  {row['created_at']:%Y-%m-%d %H:%M}\n    {row['last_error']}"
                 for row in result["parked"]]  # fmt: skip
        return "\n".join(lines) or "No event is parked."
