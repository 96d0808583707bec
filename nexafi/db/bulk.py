"""Set-based inserts: any number of rows of a table in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True)
class _Table:
    """What is the same for every insert into a model's table."""

    insert_into: str
    fields: tuple[models.Field, ...]
    types: tuple[str, ...]


def insert(*tables: Sequence[models.Model]) -> None:
    """Insert rows of one or more tables, in order; on PostgreSQL all in a single statement.

    Every list is non-empty and of one model. Keys that the database makes are not read back.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _insert_together(cursor, tables)
        else:
            for rows in tables:
                _insert_many(cursor, rows)


def _insert_together(cursor: CursorWrapper, tables: Sequence[Sequence[models.Model]]) -> None:
    """All but the last table as common table expressions; each filled from one array a column."""
    statements: list[str] = []
    parameters: list[Any] = []
    for rows in tables:
        table = _table(type(rows[0]))
        if len(rows) == 1:
            source = ", ".join(f"%s::{kind}" for kind in table.types)
            parameters += [_value(field, rows[0]) for field in table.fields]
        else:
            source = "* FROM unnest(" + ", ".join(f"%s::{kind}[]" for kind in table.types) + ")"
            parameters += [[_value(field, row) for row in rows] for field in table.fields]
        statements.append(f"{table.insert_into} SELECT {source}")
    *before, last = statements
    expressions = ", ".join(f"t{index} AS ({statement})" for index, statement in enumerate(before))
    cursor.execute(f"WITH {expressions} {last}" if before else last, parameters)


def _insert_many(cursor: CursorWrapper, rows: Sequence[models.Model]) -> None:
    table = _table(type(rows[0]))
    places = ", ".join("%s" for _ in table.fields)
    values = [[f.get_db_prep_save(getattr(row, f.attname), connection) for f in table.fields] for row in rows]
    cursor.executemany(f"{table.insert_into} VALUES ({places})", values)


@cache
def _table(model: type[models.Model]) -> _Table:
    fields = tuple(
        field
        for field in model._meta.local_concrete_fields
        if not (isinstance(field, models.AutoField) or field.has_db_default())
    )
    columns = ", ".join(str(field.column) for field in fields)
    return _Table(
        insert_into=f"INSERT INTO {model._meta.db_table} ({columns})",
        fields=fields,
        types=tuple(str(field.db_type(connection)) for field in fields),
    )


def _value(field: models.Field, row: models.Model) -> Any:
    value = getattr(row, field.attname)
    return json.dumps(value, ensure_ascii=False) if isinstance(field, models.JSONField) else value
