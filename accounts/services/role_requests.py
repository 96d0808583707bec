"""Granting and revoking roles: a staff role takes a second person, the role customer does not."""

from typing import Any

from accounts.exceptions import RoleAlreadyHeld, RoleNotHeld
from accounts.models import User
from accounts.roles import STAFF_ROLES
from accounts.services.roles import check_role, grant_role, revoke_role
from nexafi.approvals.exceptions import SelfApproval
from nexafi.approvals.models import Approval
from nexafi.approvals.registry import approval_kind
from nexafi.approvals.services import request_approval
from nexafi.core.context import current_actor


def change_role(*, maker: User, user: User, role: str, grant: bool, reason: str = "") -> Approval | None:
    """Grant (or revoke) a role now and return None, or for a staff role ask for a second person's approval.

    Raises UnknownRole, RoleAlreadyHeld, RoleNotHeld, Forbidden.
    """
    check_role(role)
    if grant and role in user.roles:
        raise RoleAlreadyHeld
    if not grant and role not in user.roles:
        raise RoleNotHeld
    if role not in STAFF_ROLES:
        (grant_role if grant else revoke_role)(user=user, role=role, reason=reason)
        return None
    return request_approval(
        kind="accounts.grant_role" if grant else "accounts.revoke_role",
        payload={"user_id": str(user.id), "role": role},
        maker=maker,
        reason=reason or f"{'Grant' if grant else 'Revoke'} {role}, requested over the API.",
        target_type="user",
        target_id=user.id,
    )


@approval_kind("accounts.grant_role", permission_request="accounts.request_role")
def _grant(payload: dict[str, Any]) -> None:
    grant_role(user=_subject(payload), role=payload["role"])


@approval_kind("accounts.revoke_role", permission_request="accounts.request_role")
def _revoke(payload: dict[str, Any]) -> None:
    revoke_role(user=_subject(payload), role=payload["role"])


def _subject(payload: dict[str, Any]) -> User:
    """Whose role changes; nobody decides on their own. Raises SelfApproval."""
    if current_actor().id == payload["user_id"]:
        raise SelfApproval("Nobody decides on their own role.")
    return User.objects.get(pk=payload["user_id"])
