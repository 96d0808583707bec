"""What screening hears from other rooms."""

from uuid import UUID

from django.db import transaction

from compliance.screening.models import ScreeningRun
from compliance.screening.services.screening import screen_customer
from compliance.screening.tasks import rescreen
from nexafi.outbox.registry import Event, subscribe


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
