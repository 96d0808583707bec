"""The one source of time. Everything inside is UTC."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The current instant, timezone-aware, UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current calendar date in UTC."""
    return now().date()
