"""Switching a user off and on."""

from uuid import UUID

from django.db import transaction

from accounts.exceptions import StateUnchanged
from accounts.models import Session, User
from accounts.services.sessions import revoke_sessions_of
from audit.services.record import record
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.errors import Forbidden
from nexafi.outbox.services.publish import publish


@transaction.atomic
def disable_user(*, user_id: UUID, reason: str) -> User:
    """No sign-in any more, and every token stops working at once.

    Raises Forbidden for oneself, StateUnchanged. Event: `accounts.user_disabled`.
    """
    user = _switch(user_id, active=False)
    revoke_sessions_of(user, reason=Session.RevokedReason.BY_STAFF)
    _announce("accounts.user_disabled", user, reason)
    return user


@transaction.atomic
def enable_user(*, user_id: UUID, reason: str) -> User:
    """Let a disabled user sign in again. Raises as disable_user. Event: `accounts.user_enabled`."""
    user = _switch(user_id, active=True)
    _announce("accounts.user_enabled", user, reason)
    return user


def _switch(user_id: UUID, *, active: bool) -> User:
    if current_actor().id == str(user_id):
        raise Forbidden("Somebody else does this to your account.")
    changed = User.objects.filter(pk=user_id, is_active=not active).update(is_active=active, updated_at=clock.now())
    if not changed:
        raise StateUnchanged
    return User.objects.get(pk=user_id)


def _announce(name: str, user: User, reason: str) -> None:
    record(name, target_type="user", target_id=user.id, reason=reason)
    publish(name, {"user_id": str(user.id)})
