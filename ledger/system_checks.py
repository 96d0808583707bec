"""System check: BASE_CURRENCY is the currency that the books are kept in.

Run by `manage.py check --database default` and before every migrate, which it stops.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import DatabaseError, connections

from ledger.models import BaseCurrency
from ledger.selectors.base import base_fault


def base_currency_kept(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    try:
        there = BaseCurrency._meta.db_table in connections["default"].introspection.table_names()
        fault = base_fault() if there else ""  # before the first migrate there are no books
    except DatabaseError:
        return []  # an unreachable database has checks of its own
    return [Error(fault, id="ledger.E001")] if fault else []
