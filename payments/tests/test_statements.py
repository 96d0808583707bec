"""A payment costs a fixed, small number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.tests.factories import make_person

STATEMENTS = {
    "postgresql": 13,
    "sqlite": 18,
}  # authentication, idempotency, compliance, posting, audit and outbox included


@pytest.mark.django_db
def test_a_payment_takes_few_statements() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    ada.pay(bob, "1.00", key="warm")
    with CaptureQueriesContext(connection) as captured:
        assert ada.pay(bob, "1.00", key="measured").status_code == 201
    assert len(captured) <= STATEMENTS[connection.vendor], "\n".join(query["sql"][:150] for query in captured)
