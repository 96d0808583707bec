"""Lockout after failed sign-ins. The only module that imports django-axes.

Axes is the hook: its backend stands first in AUTHENTICATION_BACKENDS, so the API and the console's form both pass
here. Its own counting is not used, because it checks before the password and counts after it: 50 parallel guesses got
50 checks. Here every try takes a numbered ticket, in a short transaction, before the password is looked at:

- per account and address: 5 tickets, then none for 30 minutes. A stranger locks only themselves out.
- per account, over all addresses it never signed in from: after 20 tickets the pause between tries doubles from one
  second to 30 minutes, so that guessing from many addresses is slow. The owner's known addresses are not slowed.

A completed sign-in gives the tickets back. Unknown addresses are treated alike, so no answer tells who has an account.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from axes.handlers.base import AxesHandler
from django.conf import settings
from django.contrib.auth import authenticate as django_authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.constants import KNOWN_ADDRESS_FOR, LOCK_AFTER, LOCK_FOR, SLOW_AFTER
from accounts.emails import safe_email
from accounts.exceptions import AccountLocked, InvalidCredentials
from accounts.models import Session, SignInAttempts, User
from audit.services.record import record
from nexafi.core import clock
from nexafi.outbox.services.publish import publish

_SECOND: Final = timedelta(seconds=1)


def check_credentials(request: HttpRequest, *, email: str, password: str) -> User:
    """The active user with this password. Raises InvalidCredentials, AccountLocked.

    The caller ends a completed sign-in with `forget_failures`; until then the try counts as failed.
    """
    user = django_authenticate(request, username=email, password=password)
    if isinstance(user, User):
        return user
    wait = getattr(request, "lockout_seconds", 0)
    raise AccountLocked(wait) if wait else InvalidCredentials


def forget_failures(request: HttpRequest, email: str) -> None:
    """Give the tickets back after a completed sign-in."""
    SignInAttempts.objects.filter(pk__in=_keys(email, _address(request))).delete()


def locked_for(request: HttpRequest, email: str) -> int:
    """Seconds until this account may be tried from this address; 0 when it may be now. Takes no ticket."""
    rows = SignInAttempts.objects.filter(pk__in=_keys(email, _address(request)))
    return max((_wait(row, clock.now()) for row in rows), default=0)


class Handler(AxesHandler):
    """What axes asks before each password check and tells after it."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any]) -> bool:
        """Take a ticket before the password is checked; False when there is none, with the wait on the request."""
        wait = _take_tickets(_keys(credentials["username"] or "", _address(request)))
        vars(request).update(lockout_seconds=wait, axes_locked_out=wait > 0)  # the second for axes' middleware
        return wait == 0

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Record a wrong password or code; a refused try was none."""
        if request is not None and not getattr(request, "lockout_seconds", 0):
            _record_failure(credentials["username"] or "", _address(request))

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        """The console's sign-in is complete; the API says so itself."""
        forget_failures(request, user.email)


def locked_response(request: HttpRequest, response: HttpResponse, credentials: Any = None) -> HttpResponse:
    """What axes' middleware sends for a refused try: the console's own page, marked 423."""
    response.status_code = AccountLocked.status
    response["Retry-After"] = str(getattr(request, "lockout_seconds", 0))
    return response


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _keys(email: str, address: str) -> list[str]:
    """The pair's key, then, unless the account signed in from this address before, the account's."""
    email = safe_email(email)
    index = settings.FIELD_KEYS.blind_index
    keys = [index(f"{email}|{address}", purpose="sign_in.pair"), index(email, purpose="sign_in.account")]
    since = clock.now() - KNOWN_ADDRESS_FOR
    known = Session.objects.filter(user__email=email, client_ip=address or None, created_at__gt=since).exists()
    return keys[:1] if known else keys


@transaction.atomic
def _take_tickets(keys: list[str]) -> int:
    """Take one ticket of each counter, or none: then the seconds to wait."""
    now = clock.now()
    SignInAttempts.objects.bulk_create([SignInAttempts(key=key, last_at=now) for key in keys], ignore_conflicts=True)
    rows = {row.key: row for row in SignInAttempts.objects.select_for_update().filter(pk__in=keys).order_by("key")}
    wait = max((_wait(row, now) for row in rows.values()), default=0)
    if wait == 0:
        for key, rule in zip(keys, (_lock_pair, _slow_account), strict=False):
            rule(rows[key], now)
    return wait


def _wait(row: SignInAttempts, now: datetime) -> int:
    left = (row.blocked_until or now) - now
    return max(0, -(-left // _SECOND))


def _lock_pair(row: SignInAttempts, now: datetime) -> None:
    _count(row, now)
    if row.taken >= LOCK_AFTER:
        row.blocked_until = now + LOCK_FOR
    row.save()


def _slow_account(row: SignInAttempts, now: datetime) -> None:
    _count(row, now)
    if row.taken >= SLOW_AFTER:
        row.blocked_until = now + min(_SECOND * 2 ** min(row.taken - SLOW_AFTER, 20), LOCK_FOR)
    row.save()


def _count(row: SignInAttempts, now: datetime) -> None:
    """Count one try; half an hour without any starts again."""
    row.taken = row.taken + 1 if row.last_at > now - LOCK_FOR else 1
    row.last_at = now


@transaction.atomic
def _record_failure(email: str, address: str) -> None:
    """Audit a wrong password, alike for known and unknown accounts; at most 5 per half hour, account and address."""
    email = safe_email(email)
    user = User.objects.filter(email=email).only("id").first()
    pair = SignInAttempts.objects.filter(pk=_keys(email, address)[0]).first()
    locked = pair is not None and pair.taken >= LOCK_AFTER
    action = "accounts.account_locked" if locked else "accounts.sign_in_failed"
    target = str(user.id) if user else settings.FIELD_KEYS.blind_index(email, purpose="sign_in.account")
    record(action, target_type="user" if user else "unknown_account", target_id=target)
    if locked and user:
        publish(action, {"user_id": str(user.id)})
