"""Statements of the hottest paths, run on a cursor that their connection keeps.

Making a cursor, and having it find out anew how to send each type of value, costs about as much as sending a small
statement does. What is run here is done with its cursor when it returns, so that one serves them all.
"""

from collections.abc import Sequence
from threading import get_ident
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


def execute(statement: str, parameters: Sequence[Any], database: BaseDatabaseWrapper | None = None) -> int:
    """Run a statement that answers with no rows; returns how many it wrote."""
    cursor = _kept_cursor(database or transaction.get_connection())
    cursor.execute(statement, parameters)
    return cursor.rowcount


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows that a statement answers with."""
    cursor = _kept_cursor(transaction.get_connection())
    cursor.execute(statement, parameters)
    return cursor.fetchall()


def _kept_cursor(database: BaseDatabaseWrapper) -> CursorWrapper:
    if database.queries_logged or vars(database)["_thread_ident"] != get_ident():  # another thread let in, by a test
        return database.cursor()
    database.close_if_health_check_failed()
    database.ensure_connection()
    connection, cursor = getattr(database, _KEPT, (None, None))
    if cursor is None or connection is not database.connection:
        cursor = database.cursor()
        setattr(database, _KEPT, (database.connection, cursor))
    return cursor


_KEPT = "_nexafi_kept_cursor"  # a thread has a wrapper of its own, and with it this attribute
