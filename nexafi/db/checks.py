"""System check: every declared trigger exists in the database. `manage.py check --database default` runs it."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.utils import DatabaseError

from nexafi.db import triggers


def triggers_present(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for alias in databases or ():
        try:
            missing = triggers.missing(connections[alias])
        except DatabaseError:
            continue  # an unreachable database has checks of its own
        messages += [
            Error(f"Trigger {name} is missing.", hint="Run manage.py migrate.", id="nexafi.E001") for name in missing
        ]
    return messages
