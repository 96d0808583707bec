"""Changing what a user says about themselves."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts.exceptions import NotACustomer
from accounts.models import Customer, User
from audit.services.record import record
from nexafi.core import clock
from nexafi.core.errors import InvalidInput
from nexafi.outbox.services.publish import publish

_OF_USER: Final = ("first_name", "last_name", "phone")
_OF_CUSTOMER: Final = ("name", "date_of_birth", "country", "nationality")


@transaction.atomic
def update_profile(*, user_id: UUID, changes: Mapping[str, Any]) -> User:
    """Apply `changes` (first_name, last_name, phone, date_of_birth, country, nationality) and return the user.

    A person customer's name follows the user's. Raises InvalidInput for a date of birth that is not in the past 130
    years, NotACustomer when staff give what only a customer has. Events: `accounts.profile_changed`, and
    `accounts.customer_changed` when what screening looks at changed.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    changed = _assign(user, {name: changes[name] for name in _OF_USER if name in changes})
    of_customer = {name: changes[name] for name in _OF_CUSTOMER if name in changes}
    _update_customer(user, _stored(of_customer) | {"name": user.full_name})
    if changed:
        user.updated_at = clock.now()
        user.save(update_fields=[*changed, "updated_at"])
        record("accounts.profile_changed", target_type="user", target_id=user.id, data={"fields": changed})
        publish("accounts.profile_changed", {"user_id": str(user.id), "changed": changed})
    return user


def _update_customer(user: User, values: dict[str, Any]) -> None:
    customer = Customer.objects.select_for_update().filter(person=user).first()
    if customer is None:
        if any(value for name, value in values.items() if name != "name"):
            raise NotACustomer
        return
    changed = _assign(customer, values)
    if changed:
        customer.updated_at = clock.now()
        customer.save(update_fields=[*changed, "updated_at"])
        record("accounts.customer_changed", target_type="customer", target_id=customer.id, data={"fields": changed})
        publish("accounts.customer_changed", {"customer_id": str(customer.id), "changed": changed})


def _assign(row: User | Customer, values: dict[str, Any]) -> list[str]:
    """Set what differs; returns the names."""
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """The date of birth as the text that is encrypted. Raises InvalidInput."""
    born = values.get("date_of_birth")
    if born is None:
        return values
    if not clock.today().year - 130 <= born.year or born >= clock.today():
        raise InvalidInput("A date of birth is in the past.", code="invalid_date_of_birth", pointer="/date_of_birth")
    return values | {"date_of_birth": born.isoformat()}
