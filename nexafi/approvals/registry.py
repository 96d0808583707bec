"""Which acts need a second person.

The app that owns an act registers it in a module imported by its `AppConfig.ready` (its `handlers.py`):

    @approval_kind("accounts.grant_role", permission_request="accounts.request_role")
    def grant_role(payload: dict[str, Any]) -> None:
        roles.grant_role(user=User.objects.get(pk=payload["user_id"]), role=payload["role"])

and asks for it where the act is wanted:

    approval = request_approval(
        kind="accounts.grant_role", payload={"user_id": str(user.pk), "role": role}, maker=request.user,
        reason=reason, target_type="user", target_id=user.pk,
    )

The function runs inside the transaction that approves, as the checker; when it raises, nothing is decided. The
payload holds strings, integers, booleans, lists and maps (no floats, no secrets); it never changes after the request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

Executor = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class ApprovalKind:
    """An act that takes two people: who may ask, decide and look on, how long a request waits, what approval does."""

    name: str
    permission_request: str
    permission_decide: str
    permission_view: str
    lifetime: timedelta
    execute: Executor


_kinds: dict[str, ApprovalKind] = {}


def approval_kind(
    name: str,
    *,
    permission_request: str,
    permission_decide: str = "approvals.decide",
    permission_view: str = "approvals.view",
    lifetime: timedelta = timedelta(days=7),
) -> Callable[[Executor], Executor]:
    """Register the decorated function as what approving a request of this kind does."""

    def decorate(execute: Executor) -> Executor:
        _kinds[name] = ApprovalKind(name, permission_request, permission_decide, permission_view, lifetime, execute)
        return execute

    return decorate


def kind_of(name: str) -> ApprovalKind:
    """The registered kind. Raises LookupError: asking for an unknown kind is a fault of the program."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"No approval kind {name!r} is registered.") from None


def kind_names() -> list[str]:
    """Every registered kind."""
    return sorted(_kinds)


def decided_by(may: Callable[[str], bool]) -> list[str]:
    """The kinds that a user who holds what `may` tells can decide, except on a request of their own."""
    return [kind.name for kind in _kinds.values() if may(kind.permission_decide)]


def hidden_from(may: Callable[[str], bool]) -> list[str]:
    """The kinds whose requests are not for this user's eyes."""
    return [kind.name for kind in _kinds.values() if not may(kind.permission_view)]
