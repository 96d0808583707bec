"""Locks wider than a row, held to the end of the transaction. On SQLite the write lock is the lock."""

import os
from typing import Final

from django.db import OperationalError, connection, transaction

from ledger.constants import LARGE
from ledger.exceptions import LedgerBusy
from nexafi.core.locks import hold

WAIT: Final = "2s"  # less than writers wait for a lock, so that those behind us go on when we give up

GATES: Final = 2
PATIENCE: Final = "25s"


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


def pass_gate(entries: int) -> None:
    """Before a batch locks anything: if it is large, wait until fewer than GATES such are being written.

    A batch of thousands touches most busy accounts: more of them at once only wait for one another's rows, each with a
    part of its rows locked. Raises LedgerBusy when the others take longer than PATIENCE.
    """
    if entries < LARGE or connection.vendor != "postgresql":
        return
    gate = f"ledger.batch.{os.getpid() % GATES}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        hold(gate)
    except OperationalError as error:
        raise LedgerBusy from error


def _lock_table(name: str) -> None:
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
    except OperationalError as error:
        raise LedgerBusy from error
