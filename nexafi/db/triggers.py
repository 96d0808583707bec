"""Triggers and views, declared once for both databases.

An app lists its `Trigger`s and registers them in `AppConfig.ready`. Django's SQLite backend rebuilds a table to alter
it and drops its triggers without a word, so they are (re)installed after every migrate, and a system check and a test
prove that they are there. Views stand in the way of changed tables: they are dropped before a migrate and made again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Trigger:
    """One trigger on one table.

    `sqlite` holds complete CREATE TRIGGER statements by name. `postgresql` is the body of a plpgsql function,
    run `when` (for example "BEFORE UPDATE OR DELETE") for each `level`; `referencing` names a transition table.
    """

    name: str
    table: str
    postgresql: str
    when: str
    sqlite: dict[str, str]
    level: str = "ROW"
    referencing: str = ""
    declare: str = ""
    condition: str = ""  # of PostgreSQL's WHEN: what does not meet it costs no call
    settings: str = ""  # of PostgreSQL's planner while the trigger runs: "SET enable_seqscan = off"


_registry: dict[str, Trigger] = {}
_functions: dict[str, str] = {}
_views: dict[str, tuple[str, str]] = {}


def register(triggers: Iterable[Trigger]) -> None:
    for trigger in triggers:
        _registry[trigger.name] = trigger


def register_function(name: str, postgresql: str) -> None:
    """A helper for PostgreSQL (a complete statement that may be repeated), installed before the triggers."""
    _functions[name] = postgresql


def register_view(name: str, *, table: str, select: str) -> None:
    """A view over `table`, in SQL that both databases read."""
    _views[name] = table, select


def append_only(table: str) -> Trigger:
    """Refuses UPDATE, DELETE and TRUNCATE on a table."""
    return Trigger(
        name=f"{table}_append_only",
        table=table,
        when="BEFORE UPDATE OR DELETE OR TRUNCATE",
        level="STATEMENT",
        postgresql=f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';",
        sqlite={
            f"{table}_no_update": (
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            ),
            f"{table}_no_delete": (
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            ),
        },
    )


def install(connection: BaseDatabaseWrapper) -> None:
    """(Re)create every registered view and trigger whose table exists, in one transaction: no row slips in between."""
    tables = set(connection.introspection.table_names())
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name, (table, select) in _views.items():
            cursor.execute(f"DROP VIEW IF EXISTS {name}")
            if table in tables:
                cursor.execute(f"CREATE VIEW {name} AS {select}")
        if connection.vendor == "postgresql":
            for statement in _functions.values():
                cursor.execute(statement)
        for trigger in _registry.values():
            if trigger.table in tables:
                for statement in _statements(trigger, connection.vendor):
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop every registered trigger: before SQLite rebuilds tables, and to empty test databases."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for trigger in _registry.values():
            if trigger.table not in tables:
                continue
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}")
            else:
                for name in trigger.sqlite:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _statements(trigger: Trigger, vendor: str) -> Iterator[str]:
    if vendor == "sqlite":
        for name, statement in trigger.sqlite.items():
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield statement
        return
    body = f"{trigger.declare} BEGIN {trigger.postgresql} RETURN NULL; END"
    if trigger.level == "ROW" and trigger.when.startswith("BEFORE"):
        body = body.replace("RETURN NULL; END", "RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END")
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql {trigger.settings} "
        f"AS $nexafi${body}$nexafi$"
    )
    yield f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}"
    yield (
        f"CREATE TRIGGER {trigger.name} {trigger.when} ON {trigger.table} {trigger.referencing} "
        f"FOR EACH {trigger.level} {f'WHEN ({trigger.condition})' if trigger.condition else ''} "
        f"EXECUTE FUNCTION {trigger.name}()"
    )


def declared() -> list[Trigger]:
    """Every registered trigger."""
    return list(_registry.values())


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of declared triggers that the database does not have, for tables that exist."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        present = {row[0] for row in cursor.fetchall()}
    guarding = [trigger for trigger in declared() if trigger.table in tables]
    names = [n for t in guarding for n in (t.sqlite if connection.vendor == "sqlite" else [t.name])]
    return sorted(name for name in names if name not in present)


def clear(connection: BaseDatabaseWrapper) -> None:
    """Drop the views, and on SQLite the triggers, so that tables can be rebuilt."""
    with connection.cursor() as cursor:
        for name in _views:
            cursor.execute(f"DROP VIEW IF EXISTS {name}")
    if connection.vendor == "sqlite":
        remove(connection)


def clear_before_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """pre_migrate receiver; runs once, before the first app."""
    from django.apps import apps

    configs = [config for config in apps.get_app_configs() if config.models_module is not None]
    if configs and sender.label == configs[0].label:
        clear(connections[using])


def install_after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """post_migrate receiver; runs once, after the last app."""
    from django.apps import apps

    configs = [config for config in apps.get_app_configs() if config.models_module is not None]
    if configs and sender.label == configs[-1].label:
        install(connections[using])
