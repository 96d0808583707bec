"""Customers, transactions and alerts for tests and trial pages."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.models import Customer, Membership, RoleGrant, User
from compliance.cases.models import Alert
from compliance.services.assessment import assess
from compliance.types import Decision, Party, TransactionFacts
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.core.money import Money


def make_staff(role: str, name: str = "Olga Officer") -> User:
    first, last = name.split(" ", 1)
    user = User.objects.create_user(f"{uuid7().hex}@staff.test", "x", first_name=first, last_name=last)
    RoleGrant.objects.create(user=user, role=role)
    return user


def make_customer(name: str = "Amara Okafor", *, owner: User | None = None, days: int = 400, **fields: Any) -> Customer:
    fields = {"kind": "person", "country": "US", **fields}
    customer = Customer.objects.create(name=name, created_at=clock.now() - timedelta(days=days), **fields)
    if owner is not None:
        Membership.objects.create(customer=customer, user=owner, role="owner")
    return customer


def party_of(customer: Customer) -> Party:
    return Party(
        name=customer.name,
        kind=customer.kind,
        customer_id=customer.pk,
        country=customer.country,
        since=customer.created_at,
    )


def make_facts(amount: str = "25.00", currency: str = "USD", **changes: Any) -> TransactionFacts:
    fields: dict[str, Any] = {
        "transaction_id": uuid7(),
        "kind": "payment",
        "amount": Money.parse(amount, currency),
        "originator": Party(name="Amara Okafor", kind="person", country="US"),
        "beneficiary": Party(name="Jonas Weber", kind="person", country="DE"),
        "occurred_at": clock.now(),
        **changes,
    }
    return TransactionFacts(**fields)


def judge(facts: TransactionFacts) -> Decision:
    """Assess in a transaction of its own."""
    with transaction.atomic():
        return assess(facts)


def make_alert(amount: str = "12000.00", **changes: Any) -> Alert:
    """The alert of a held payment, opened the way the product opens it."""
    if "originator" not in changes:
        changes["originator"] = party_of(make_customer())
    decision = judge(make_facts(amount, **changes))
    return Alert.objects.get(pk=decision.alert_id)
