"""Who holds which role. Granting or revoking a staff role takes a second person (accounts.approvals)."""

from django.db import transaction

from accounts.exceptions import RoleAlreadyHeld, RoleNotHeld, UnknownRole
from accounts.models import RoleGrant, User
from accounts.roles import PERMISSIONS
from audit.services.record import record
from nexafi.outbox.services.publish import publish


def check_role(role: str) -> None:
    """Raises UnknownRole."""
    if role not in PERMISSIONS:
        raise UnknownRole(pointer="/role")


@transaction.atomic
def grant_role(*, user: User, role: str, reason: str = "") -> None:
    """Give the role now: for commands, seeds and an approved request. Effective on the user's next request.

    Raises UnknownRole, RoleAlreadyHeld. Event: `accounts.role_granted`.
    """
    check_role(role)
    _, created = RoleGrant.objects.get_or_create(user=user, role=role)
    if not created:
        raise RoleAlreadyHeld
    _announce("accounts.role_granted", user, role, reason)


@transaction.atomic
def revoke_role(*, user: User, role: str, reason: str = "") -> None:
    """Take the role away now. Effective on the user's next request.

    Raises UnknownRole, RoleNotHeld. Event: `accounts.role_revoked`.
    """
    check_role(role)
    deleted, _ = RoleGrant.objects.filter(user=user, role=role).delete()
    if not deleted:
        raise RoleNotHeld
    _announce("accounts.role_revoked", user, role, reason)


def _announce(name: str, user: User, role: str, reason: str) -> None:
    for stale in ("roles", "permissions", "_prefetched_objects_cache"):
        user.__dict__.pop(stale, None)
    record(name, target_type="user", target_id=user.id, data={"role": role}, reason=reason)
    publish(name, {"user_id": str(user.id), "role": role})
