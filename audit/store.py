"""Rows written past the ORM's object layer: recording and sealing are the two hot paths of the log."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """INSERT rows given as values of `columns`: one statement for one row, COPY for many on PostgreSQL."""
    table, names = model._meta.db_table, ", ".join(columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608  our names
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            fields = [model._meta.get_field(name) for name in columns]
            cursor.executemany(statement, [_adapted(fields, row) for row in rows])
        elif len(rows) == 1:
            cursor.execute(statement, rows[0])
        else:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types([_type(model._meta.get_field(name)) for name in columns])
                for row in rows:
                    copy.write_row(row)


def _type(field: Any) -> str:
    """The column's type without its length: "varchar" for varchar(80)."""
    return str(field.db_type(connection)).partition("(")[0]


def _adapted(fields: Sequence[Any], row: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
