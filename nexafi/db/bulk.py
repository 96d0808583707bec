"""Set-based inserts: any number of rows of a table in one statement."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper


def insert(*tables: Sequence[models.Model]) -> None:
    """Insert rows of one or more tables, in order; on PostgreSQL all in a single statement.

    Every list is non-empty and of one model. Keys that the database makes are not read back.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _insert_arrays(cursor, tables)
        else:
            for rows in tables:
                _insert_many(cursor, rows)


def _insert_arrays(cursor: CursorWrapper, tables: Sequence[Sequence[models.Model]]) -> None:
    """INSERT ... SELECT FROM unnest(one array a column); all but the last table as common table expressions."""
    statements: list[str] = []
    parameters: list[list[Any]] = []
    for rows in tables:
        fields = _fields(rows[0])
        arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
        statements.append(f"{_insert_into(rows[0], fields)} SELECT * FROM unnest({arrays})")
        parameters += [_column(field, rows) for field in fields]
    *before, last = statements
    expressions = ", ".join(f"t{index} AS ({statement})" for index, statement in enumerate(before))
    cursor.execute(f"WITH {expressions} {last}" if before else last, parameters)


def _insert_many(cursor: CursorWrapper, rows: Sequence[models.Model]) -> None:
    fields = _fields(rows[0])
    places = ", ".join("%s" for _ in fields)
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows]
    cursor.executemany(f"{_insert_into(rows[0], fields)} VALUES ({places})", values)


def _insert_into(row: models.Model, fields: Sequence[models.Field]) -> str:
    columns = ", ".join(str(field.column) for field in fields)
    return f"INSERT INTO {row._meta.db_table} ({columns})"


def _fields(row: models.Model) -> list[models.Field]:
    return [field for field in row._meta.local_concrete_fields if not isinstance(field, models.AutoField)]


def _column(field: models.Field, rows: Sequence[models.Model]) -> list[Any]:
    values = [getattr(row, field.attname) for row in rows]
    if isinstance(field, models.JSONField):
        return [json.dumps(value, ensure_ascii=False) for value in values]
    return values
