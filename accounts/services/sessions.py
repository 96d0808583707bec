"""Sign-ins: opening, refreshing and ending them. Every transition of a session is one conditional UPDATE."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.exceptions import SessionEnded, TokenReused
from accounts.models import Session, User
from accounts.tokens import Claims, TokenPair, issue_pair, read_refresh
from audit.services.record import record
from nexafi.core import clock
from nexafi.core.context import acting_as, current_actor
from nexafi.core.errors import NotFound
from nexafi.core.ids import uuid7
from nexafi.outbox.services.publish import publish

RevokedReason = Session.RevokedReason


@transaction.atomic
def open_session(*, user: User, user_agent: str = "", second_factor: bool = False) -> Session:
    """Begin a sign-in from the current actor's address, once the user's credentials were checked.

    Event: `accounts.signed_in`.
    """
    now = clock.now()
    session = Session.objects.create(
        user=user,
        current_refresh=uuid7(),
        second_factor=second_factor,
        created_at=now,
        last_used_at=now,
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
        client_ip=current_actor().client_ip or None,
        user_agent=user_agent[:200],
    )
    with acting_as("user", str(user.id)):
        record("accounts.signed_in", target_type="session", target_id=session.id, data={"otp": second_factor})
        publish("accounts.signed_in", {"user_id": str(user.id), "session_id": str(session.id)})
    return session


def refresh_session(refresh_token: str) -> TokenPair:
    """Exchange a refresh token for a new pair, once.

    Raises InvalidToken, TokenExpired, SessionEnded; TokenReused when the token was exchanged before, after the whole
    sign-in was ended. There is no grace for a retry: a client that lost the answer signs in again.
    """
    claims = read_refresh(refresh_token)
    if _rotate(claims):
        session = Session.objects.select_related("user").get(pk=claims.session_id)
        if not session.user.is_active:
            raise SessionEnded
        return issue_pair(session)
    raise _refusal(claims)


def _rotate(claims: Claims) -> bool:
    """Whether this token was the current one; of any number of parallel calls, one wins."""
    now = clock.now()
    current = Session.objects.filter(
        pk=claims.session_id, current_refresh=claims.token_id, revoked_at=None, expires_at__gt=now
    )
    return current.update(current_refresh=uuid7(), last_used_at=now) == 1


def _refusal(claims: Claims) -> TokenReused | SessionEnded:
    session = Session.objects.filter(pk=claims.session_id).first()
    if session is None or session.expires_at <= clock.now():
        return SessionEnded()
    if session.revoked_at is None:
        revoke_session(session, reason=RevokedReason.REUSE)
        return TokenReused()
    return TokenReused() if session.revoked_reason == RevokedReason.REUSE else SessionEnded()


@transaction.atomic
def revoke_session(session: Session, *, reason: str, note: str = "") -> bool:
    """End a sign-in: its access tokens fail on their next request. False when it had ended already.

    `reason` is one of RevokedReason, `note` a person's words. Events: `accounts.session_revoked`, or
    `accounts.token_reuse_detected` for a reused token.
    """
    open_row = Session.objects.filter(pk=session.pk, revoked_at=None)
    if not open_row.update(revoked_at=clock.now(), revoked_reason=reason):
        return False
    reused = reason == RevokedReason.REUSE
    name = "accounts.token_reuse_detected" if reused else "accounts.session_revoked"
    data = {"user_id": str(session.user_id), "cause": reason}
    record(name, target_type="session", target_id=session.pk, data=data, reason=note)
    publish(name, {"user_id": str(session.user_id), "session_id": str(session.pk), "cause": reason})
    return True


def sign_out(refresh_token: str) -> None:
    """End the sign-in that the token belongs to, also with one that was exchanged since. Safe to repeat.

    Raises InvalidToken, TokenExpired.
    """
    claims = read_refresh(refresh_token)
    session = Session.objects.filter(pk=claims.session_id).first()
    if session is not None:
        with acting_as("user", str(session.user_id)):
            revoke_session(session, reason=RevokedReason.SIGNED_OUT)


def revoke_own_session(*, user: User, session_id: UUID) -> None:
    """End one of the user's sign-ins. Raises NotFound."""
    session = user.sessions.live().filter(pk=session_id).first()
    if session is None or not revoke_session(session, reason=RevokedReason.BY_USER):
        raise NotFound("There is no such session.")


@transaction.atomic
def revoke_sessions_of(user: User, *, reason: str, keep: UUID | None = None) -> int:
    """End every sign-in of a user, except `keep`; returns how many."""
    sessions = Session.objects.live().filter(user=user).order_by("pk")
    return sum(revoke_session(session, reason=reason) for session in sessions if session.pk != keep)
