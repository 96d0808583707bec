"""Changing a password."""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import Session, User
from accounts.passwords import check_password_rules, normalise_password
from accounts.services.sessions import revoke_sessions_of
from audit.services.record import record
from nexafi.outbox.services.publish import publish


def change_password(*, user: User, password: str, keep_session: UUID | None = None) -> None:
    """Set a new password and end every other sign-in of the user, who has just proved the old one.

    Raises WeakPassword. Event: `accounts.password_changed`.
    """
    personal = [user.email, user.first_name, user.last_name, user.phone]
    personal += user.memberships.values_list("customer__name", flat=True)
    check_password_rules(password, personal=personal, pointer="/new_password")
    hashed = make_password(normalise_password(password))  # outside the transaction: it takes milliseconds
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=hashed)
        revoke_sessions_of(user, reason=Session.RevokedReason.NEW_PASSWORD, keep=keep_session)
        record("accounts.password_changed", target_type="user", target_id=user.pk)
        publish("accounts.password_changed", {"user_id": str(user.pk)})
