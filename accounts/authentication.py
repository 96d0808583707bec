"""Who calls the API: an access token of a live session."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.exceptions import InvalidToken, SessionEnded
from accounts.models import Session, User
from accounts.tokens import read_access
from nexafi.core import clock
from nexafi.core.context import current_actor, set_actor
from nexafi.db.statements import fetch

# This runs on every request, so it is one statement and skips the ORM's query builder, which would cost more than the
# statement itself. The session row is read each time on purpose: a revoked session, a disabled user or a changed role
# counts on the next request, and nothing is cached. The password hash is left behind in the database.
_COLUMNS = ("id", "email", "first_name", "last_name", "phone", "is_active")
_ROLES = {
    "postgresql": "(SELECT string_agg(role, ' ') FROM accounts_rolegrant WHERE user_id = u.id)",
    "sqlite": "(SELECT group_concat(role, ' ') FROM accounts_rolegrant WHERE user_id = u.id)",
}


def _statement(vendor: str) -> str:
    columns = ", ".join(f"u.{column}" for column in _COLUMNS)
    return (
        f"SELECT s.second_factor, {_ROLES[vendor]}, {columns} "  # noqa: S608  constants only
        "FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id "
        "WHERE s.id = %s AND s.revoked_at IS NULL AND s.expires_at > %s AND u.is_active"
    )


_STATEMENTS = {vendor: _statement(vendor) for vendor in _ROLES}
_session_id, _expires_at = Session._meta.get_field("id"), Session._meta.get_field("expires_at")


@dataclass(frozen=True)
class SignedIn:
    """The sign-in behind a request (`request.auth`)."""

    session_id: UUID
    second_factor: bool


class SignedInRequest(Request):
    """What a view gets whose `access` lets no stranger in; for annotations only."""

    user: User
    auth: SignedIn


def signed_in_user(token: str) -> tuple[User, SignedIn]:
    """The user of an access token, with roles. Raises InvalidToken, TokenExpired, SessionEnded."""
    claims = read_access(token)
    parameters = [
        _session_id.get_db_prep_value(claims.session_id, connection),
        _expires_at.get_db_prep_value(clock.now(), connection),
    ]
    found = fetch(_STATEMENTS[connection.vendor], parameters)
    if not found:
        raise SessionEnded
    second_factor, roles, user_id, *rest = found[0]
    user = User.from_db(connection.alias, _COLUMNS, [UUID(str(user_id)), *rest])
    user.is_active = True  # the statement's condition; SQLite answers 1
    user.roles = frozenset((roles or "").split())
    return user, SignedIn(claims.session_id, bool(second_factor))


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """The user and `SignedIn`, or None without a bearer token. Raises InvalidToken, TokenExpired, SessionEnded."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        if not token.isascii():
            raise InvalidToken
        user, signed_in = signed_in_user(token.strip())
        set_actor(replace(current_actor(), kind="user", id=str(user.id)))  # until the end of the request
        return user, signed_in

    def authenticate_header(self, request: Request) -> str:
        """For `WWW-Authenticate`; its presence makes a refusal a 401."""
        return f'Bearer realm="{settings.JWT_ISSUER}"'
