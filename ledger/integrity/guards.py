"""Whether the database still guards the ledger: its triggers and the constraints of its tables."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from ledger.integrity.report import Fault
from nexafi.db import triggers


def check_guards() -> Iterator[Fault]:
    """Every trigger and constraint that the ledger declares must be there."""
    for name in triggers.missing(connection):
        if "ledger" in name:
            yield Fault("trigger_missing", "pg_trigger", name, "The database no longer guards the ledger.")
    with connection.cursor() as cursor:
        for model in apps.get_app_config("ledger").get_models():
            if model._meta.managed:
                present = connection.introspection.get_constraints(cursor, model._meta.db_table)
                for name in (constraint.name for constraint in model._meta.constraints):
                    if name not in present:
                        yield Fault("constraint_missing", model._meta.db_table, name, "The table lost a constraint.")
