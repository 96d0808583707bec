"""Who acts, and on which request: carried with every change into audit events, outbox events and logs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Actor:
    """The author of a change. `kind` is user, api_key, system or anonymous; `id` is the user's or key's id as text."""

    kind: str = "system"
    id: str = ""
    request_id: str = ""
    client_ip: str = ""


_current: ContextVar[Actor] = ContextVar("actor", default=Actor())  # noqa: B039  frozen


def current_actor() -> Actor:
    """The actor of the running request, task or command; `system` when none was set."""
    return _current.get()


def set_actor(actor: Actor) -> Token[Actor]:
    """Name the actor from here on; the token goes to `reset_actor` when the request or task ends."""
    return _current.set(actor)


def reset_actor(token: Token[Actor]) -> None:
    """Put back who acted before the matching `set_actor`, whatever was set in between."""
    _current.reset(token)


@contextmanager
def acting_as(kind: str, actor_id: str = "", **changes: str) -> Iterator[Actor]:
    """Run a block as somebody else, keeping the request id and client address."""
    actor = replace(_current.get(), kind=kind, id=str(actor_id), **changes)
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)
