"""What approvals and events make screening do."""

from typing import Any
from uuid import UUID

from django.db import transaction

from compliance.screening.models import ScreeningRun
from compliance.screening.services.resolve import ALLOW_PAIR, silence_pair
from compliance.screening.services.screening import screen_customer
from compliance.screening.tasks import rescreen
from nexafi.approvals.registry import approval_kind
from nexafi.outbox.registry import Event, subscribe


@approval_kind(
    ALLOW_PAIR,
    permission_request="compliance.decide_alerts",
    permission_decide="compliance.decide_alerts",
    permission_view="compliance.view",
)
def silence_approved_pair(payload: dict[str, Any]) -> None:
    """Put the pair that a second person approved on the allow-list."""
    silence_pair(UUID(payload["hit_id"]), subject=payload["subject"], reason=payload["reason"])


@subscribe("accounts.customer_created")  # a registration also creates its customer
def screen_new_customer(event: Event) -> None:
    """A new customer is screened before the first payment."""
    screen_customer(UUID(event.payload["customer_id"]), trigger=ScreeningRun.Trigger.ONBOARDING)


@subscribe("accounts.customer_changed")
def screen_changed_customer(event: Event) -> None:
    """A new name, birth date or country is a new question."""
    screen_customer(UUID(event.payload["customer_id"]), trigger=ScreeningRun.Trigger.CUSTOMER_CHANGE)


@subscribe("compliance.list_updated")
def rescreen_customers(event: Event) -> None:
    """Every customer is judged against the new version, in the background."""
    transaction.on_commit(rescreen.delay)
