"""The one source of time. Everything inside is UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """The current instant, timezone-aware, UTC."""
    return _pinned.get() or datetime.now(UTC)


def today() -> date:
    """The current calendar date in UTC."""
    return now().date()


@contextmanager
def pinned(instant: datetime) -> Iterator[None]:
    """Let time stand still at `instant` (UTC): for replaying history into a demonstration database, and for tests."""
    token = _pinned.set(instant)
    try:
        yield
    finally:
        _pinned.reset(token)
