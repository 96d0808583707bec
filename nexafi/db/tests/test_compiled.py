"""A compiled query answers as the ORM does, for every value, on both databases."""

import pytest

from accounts.models import Customer
from accounts.tests.factories import make_customer
from nexafi.core.ids import uuid7
from nexafi.db.compiled import Compiled

pytestmark = pytest.mark.django_db

by_pair = Compiled(
    lambda one, other: (
        Customer.objects.filter(id__in=[one, other], kind="person")
        .order_by("created_at")
        .values_list("id", "name", "created_at")
    )
)


def test_rows_and_types_are_the_orms():
    first, second, _ = make_customer(), make_customer(), make_customer()
    expected = list(
        Customer.objects.filter(id__in=[first.id, second.id])
        .order_by("created_at")
        .values_list("id", "name", "created_at")
    )
    assert list(by_pair(first.id, second.id)) == expected
    assert list(by_pair(second.id, first.id)) == expected


def test_values_are_bound_anew_each_time():
    customer = make_customer()
    assert [row[0] for row in by_pair(customer.id, customer.id)] == [customer.id]
    assert list(by_pair(uuid7(), uuid7())) == []


def test_a_value_that_does_not_reach_the_statement_is_a_mistake():
    with pytest.raises(AssertionError):
        Compiled(lambda one: Customer.objects.values_list("id"))(uuid7())
