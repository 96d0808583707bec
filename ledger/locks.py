"""Locks on whole tables, held to the end of the transaction. On SQLite the write lock is the lock."""

from typing import Final

from django.db import OperationalError, connection, transaction

from ledger.exceptions import LedgerBusy

WAIT: Final = "2s"  # less than writers wait for a lock, so that those behind us go on when we give up


def lock_periods() -> None:
    """One change of the periods at a time; reading them, as the posting trigger does, goes on. Raises LedgerBusy."""
    _lock_table("ledger_period")


def stop_postings() -> None:
    """Wait for the postings under way and let no other begin before this transaction ends.

    Whoever comes meanwhile waits, and then meets the posting trigger, which reads the periods anew. Raises LedgerBusy
    when those under way do not end in time.
    """
    _lock_table("ledger_posting")


def begin_posting() -> None:
    """Come before those who stop postings, or wait for them, with no balance locked yet: they will need it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_posting IN ROW EXCLUSIVE MODE")


def _lock_table(name: str) -> None:
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
    except OperationalError as error:
        raise LedgerBusy from error
