"""System check: every declared trigger exists in the database.

`manage.py check --database default --fail-level WARNING` stops a deployment on it. It is a warning, not an error,
because an error would stop the very `migrate` that installs the missing trigger after an interrupted one.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as DjangoWarning
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
            DjangoWarning(f"Trigger {name} is missing.", hint="Run manage.py migrate.", id="nexafi.W001")
            for name in missing
        ]
    return messages
