"""Checks of transactions that the institution processes elsewhere."""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from accounts.models import Customer
from compliance.monitoring.models import Assessment
from compliance.services.assessment import assess
from compliance.types import Decision, Party, TransactionFacts
from nexafi.core import locks
from nexafi.core.money import Money

CHECK = "check"


def check_transaction(
    *,
    reference: str,
    amount: Money,
    occurred_at: datetime,
    customer: Customer | None = None,
    counterparty: str = "",
    country: str = "",
    channel: str = "",
    check_type: str = "",
) -> Decision:
    """Judge a transaction that does not post here, by the same rules as our own. It counts as its customer's activity,
    once per reference: asking again judges again without counting twice."""
    transaction_id = reference_id(reference)
    originator = party_of(customer) if customer else Party(name="")
    facts = TransactionFacts(
        transaction_id=transaction_id,
        kind=CHECK,
        amount=amount,
        originator=originator,
        beneficiary=Party(name=counterparty, country=country),
        occurred_at=occurred_at,
        channel=channel or "api",
        description=f"{check_type} {reference}".strip(),
    )
    with transaction.atomic():
        locks.hold(f"compliance.check:{transaction_id}")
        counted = Assessment.objects.filter(transaction_id=transaction_id, transaction_kind=CHECK).exists()
        return assess(facts, counted=counted)


def reference_id(reference: str) -> UUID:
    """A client's reference as an id: a UUID is taken as it is, any other text always gives the same one."""
    try:
        return UUID(reference)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"urn:nexafi:check:{reference}")


def party_of(customer: Customer) -> Party:
    """A customer as one side of a transaction."""
    return Party(
        name=customer.name,
        kind=customer.kind,
        customer_id=customer.pk,
        country=customer.country,
        since=customer.created_at,
    )
