"""Members of an organization.

An owner manages everybody; an admin manages those below admin and gives no role above accountant; anybody may leave.
The last owner stays. Changes of one organization are made one at a time, under a lock on its row.
"""

from uuid import UUID

from django.db import transaction

from accounts.emails import normalise_email
from accounts.exceptions import AlreadyMember, LastOwner, MembershipTooLow, UnknownUser
from accounts.models import Customer, Membership, User
from accounts.services.customers import at_least
from audit.services.record import record
from nexafi.core.errors import NotFound
from nexafi.outbox.services.publish import publish

Role = Membership.Role


@transaction.atomic
def add_member(*, by: User, organization: Customer, email: str, role: str) -> Membership:
    """Make a registered user a member. Raises MembershipTooLow, InvalidEmail, UnknownUser, AlreadyMember.

    Event: `accounts.member_added`.
    """
    _lock(organization)
    _check_may_manage(by, organization, role)
    user = User.objects.filter(email=normalise_email(email), is_active=True).first()
    if user is None:
        raise UnknownUser(pointer="/email")
    membership, created = Membership.objects.get_or_create(customer=organization, user=user, defaults={"role": role})
    if not created:
        raise AlreadyMember
    _announce("accounts.member_added", membership)
    return membership


@transaction.atomic
def change_member_role(*, by: User, organization: Customer, user_id: UUID, role: str) -> Membership:
    """Give a member another role. Raises NotFound, MembershipTooLow, LastOwner. Event: `accounts.member_changed`."""
    _lock(organization)
    membership = _membership(organization, user_id)
    _check_may_manage(by, organization, membership.role, role)
    if role != Role.OWNER:
        _check_owner_remains(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    _announce("accounts.member_changed", membership)
    return membership


@transaction.atomic
def remove_member(*, by: User, organization: Customer, user_id: UUID) -> None:
    """Take a member out, or leave. Raises NotFound, MembershipTooLow, LastOwner. Event: `accounts.member_removed`."""
    _lock(organization)
    membership = _membership(organization, user_id)
    if user_id != by.id:
        _check_may_manage(by, organization, membership.role)
    _check_owner_remains(membership)
    _announce("accounts.member_removed", membership)
    membership.delete()


def _lock(organization: Customer) -> None:
    Customer.objects.select_for_update().get(pk=organization.pk)


def _membership(organization: Customer, user_id: UUID) -> Membership:
    membership = organization.memberships.select_related("user").filter(user=user_id).first()
    if membership is None:
        raise NotFound("There is no such member.")
    return membership


def _check_may_manage(by: User, organization: Customer, *roles: str) -> None:
    """`by` must outrank every role touched, except that owners manage owners."""
    own = organization.memberships.filter(user=by).values_list("role", flat=True).first()
    if own is None or not at_least(own, Role.ADMIN):
        raise MembershipTooLow
    if own != Role.OWNER and any(at_least(role, Role.ADMIN) for role in roles):
        raise MembershipTooLow


def _check_owner_remains(leaving: Membership) -> None:
    owners = Membership.objects.filter(customer=leaving.customer_id, role=Role.OWNER)
    if leaving.role == Role.OWNER and not owners.exclude(pk=leaving.pk).exists():
        raise LastOwner


def _announce(name: str, membership: Membership) -> None:
    data = {"user_id": str(membership.user_id), "role": str(membership.role)}
    record(name, target_type="customer", target_id=membership.customer_id, data=data)
    publish(name, {"customer_id": str(membership.customer_id), **data})
