"""Named locks held to the end of the transaction (PostgreSQL advisory locks; on SQLite the write lock is the lock)."""

import hashlib

from django.db import connection


def lock_name(name: str) -> int:
    """A stable signed 64-bit number for a lock's name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def hold(name: str) -> None:
    """Wait for the named lock and keep it until the surrounding transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_name(name)])


def try_hold(name: str) -> bool:
    """Take the named lock until the surrounding transaction ends; False when somebody else has it."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_name(name)])
        row = cursor.fetchone()
    return bool(row and row[0])
