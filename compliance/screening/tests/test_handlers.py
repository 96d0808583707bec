"""Screening follows the customers and the lists by itself."""

import pytest

from accounts.services.registration import register_user
from compliance.screening.models import ScreeningRun
from compliance.screening.selectors import verdicts_of
from compliance.screening.services.starter import load_starter_lists
from compliance.screening.tasks import rescreen
from compliance.screening.types import Result
from nexafi.outbox.services.relay import drain

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "Quartz-lantern-88-orbit"


def register(first, last):
    user = register_user(email=f"{first}@example.com".lower(), password=PASSWORD, first_name=first, last_name=last)
    drain()
    return user.customer.pk


def test_a_new_customer_is_screened_before_the_first_payment():
    load_starter_lists()
    customer_id = register("Ramzan", "Kadyrov")
    assert verdicts_of([customer_id])[customer_id].result is Result.POTENTIAL_MATCH
    assert ScreeningRun.objects.get(customer=customer_id).trigger == ScreeningRun.Trigger.ONBOARDING


def test_a_new_list_brings_every_customer_up_to_date():
    customer_id = register("Ramzan", "Kadyrov")
    assert verdicts_of([customer_id])[customer_id].result is Result.NOT_SCREENED
    load_starter_lists()
    drain()
    assert rescreen() == 1
    assert rescreen() == 0
    assert verdicts_of([customer_id])[customer_id].result is Result.POTENTIAL_MATCH
