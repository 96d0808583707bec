"""Customers: whom the institution serves, and for whom a user may act."""

from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.exceptions import MembershipTooLow
from accounts.models import Customer, Membership, User
from audit.services.record import record
from nexafi.core.errors import NotFound
from nexafi.outbox.services.publish import publish

Role = Membership.Role

# Each role may do what the ones after it may. A viewer reads; a member pays; an accountant also sees reports and
# statements of everybody; an admin also manages members below owner; an owner manages everything.
RANK: Final = {
    role: rank for rank, role in enumerate((Role.VIEWER, Role.MEMBER, Role.ACCOUNTANT, Role.ADMIN, Role.OWNER))
}


def at_least(role: str, needed: str) -> bool:
    """Whether a membership role includes what `needed` may do."""
    return RANK[Role(role)] >= RANK[Role(needed)]


def customer_for(user: User, organization_id: UUID | None = None, needed_role: str = Role.MEMBER) -> Customer:
    """The customer for whom `user` acts: their own person, or the organization if they hold `needed_role` in it.

    Raises NotFound (not a member, or there is none) and MembershipTooLow.
    """
    wanted = {"customer__person": user} if organization_id is None else {"customer": organization_id}
    membership = user.memberships.select_related("customer").filter(**wanted).first()
    if membership is None:
        raise NotFound("There is no such customer.")
    if not at_least(membership.role, needed_role):
        raise MembershipTooLow
    return membership.customer


def create_person(user: User) -> Customer:
    """The customer that a user is. Runs in the caller's transaction. Event: `accounts.customer_created`."""
    return _create(Customer(kind=Customer.Kind.PERSON, name=user.full_name, person=user), owner=user)


def create_organization(*, owner: User, name: str, country: str = "") -> Customer:
    """An organization with its first owner. Event: `accounts.customer_created`."""
    return _create(Customer(kind=Customer.Kind.ORGANIZATION, name=name, country=country), owner=owner)


@transaction.atomic
def _create(customer: Customer, *, owner: User) -> Customer:
    customer.save(force_insert=True)
    Membership.objects.create(customer=customer, user=owner, role=Role.OWNER)
    data = {"kind": str(customer.kind), "owner_id": str(owner.id)}
    record("accounts.customer_created", target_type="customer", target_id=customer.id, data=data)
    publish("accounts.customer_created", {"customer_id": str(customer.id), "kind": str(customer.kind)})
    return customer
