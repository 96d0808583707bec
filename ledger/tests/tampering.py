"""Somebody with full rights in the database, and what check_ledger finds of it."""

from typing import Any

from django.db import connection

from ledger.integrity import check_ledger
from nexafi.db import triggers


def behind_our_back(*statements: Any) -> None:
    """Run SQL as somebody who can switch the triggers off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET session_replication_role = replica")
        else:
            triggers.remove(connection)
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for statement, *parameters in statements:
            cursor.execute(statement, [_plain(value) for value in parameters])
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
        else:
            triggers.install(connection)


def _plain(value: Any) -> Any:
    return value.hex if connection.vendor == "sqlite" and hasattr(value, "hex") else value


def found() -> set[tuple[str, str]]:
    """The faults of the ledger now: check and key."""
    return {(fault.check, fault.key) for fault in check_ledger().faults}
