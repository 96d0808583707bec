"""Many reads of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Every read inside sees the database as it was at the first, however long they take; nothing may be written, and
    no writer is kept waiting. Nested in a caller's transaction (tests) it is the caller's."""
    with _no_write_lock(), transaction.atomic():
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                # The plan of a prepared page query, kept for any dates and accounts, sorts whole histories.
                cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield


@contextmanager
def _no_write_lock() -> Iterator[None]:
    """SQLite's transactions take the write lock when they begin; those that begin in here do not."""
    if connection.vendor != "sqlite":
        yield
        return
    database: Any = connection
    database.ensure_connection()  # which sets the mode
    mode, database.transaction_mode = database.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        database.transaction_mode = mode
