"""Set-based inserts past the ORM's object layer: any number of rows of several tables in one statement."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from nexafi.db.statements import execute


class Rows(NamedTuple):
    """Rows of a model's table: each a tuple of values in the order of `columns` (attribute names).

    `first`, on PostgreSQL: a SELECT of one value (SQL, parameters) that is run before the first row is written.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    first: tuple[str, list[Any]] | None = None


Table = Rows | Sequence[models.Model]


def insert(*tables: Table) -> None:
    """Insert rows of one or more tables, in order; on PostgreSQL all in a single statement.

    A table is `Rows` or a list of instances of one model. Keys that the database makes are not read back. Within
    `together` the rows wait for its end.
    """
    _insert(transaction.get_connection(), tables)


def insert_atomically(*tables: Table, savepoint: bool = True) -> None:
    """As `insert`, all or nothing. Outside a transaction the one statement of PostgreSQL needs no other frame."""
    database = transaction.get_connection()
    if _waiting.get() is not None or (database.vendor == "postgresql" and not database.in_atomic_block):
        _insert(database, tables)
        return
    with transaction.atomic(savepoint=savepoint):
        _insert(database, tables)


def _insert(database: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
    written = [table if isinstance(table, Rows) else _rows_of(table) for table in tables]
    waiting = _waiting.get()
    if waiting is None:
        _execute(database, written)
    else:
        waiting.rows += written


@dataclass
class _Together:
    """What waits for the end of `together`."""

    rows: list[Rows] = field(default_factory=list)
    afterwards: list[Callable[[], object]] = field(default_factory=list)


_waiting: ContextVar[_Together | None] = ContextVar("what waits to be inserted", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Whatever is inserted within goes to the database at the end, in one statement: all of it or nothing, in the
    caller's transaction or, without one, as its own. After an error nothing does.

    Nothing within may read what it inserts, and refusals of the database come at the end.
    """
    waiting = _Together()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting.rows:
        insert_atomically(*waiting.rows, savepoint=False)
    for callback in waiting.afterwards:
        after_commit(callback)  # within another `together` it waits for that one's end


def is_atomic() -> bool:
    """Whether what is inserted now stands or falls with what else is: in a transaction, or within `together`."""
    return _waiting.get() is not None or transaction.get_connection().in_atomic_block


def after_commit(callback: Callable[[], object]) -> None:
    """Call this once everything inserted so far is committed; never when it is not."""
    waiting = _waiting.get()
    if waiting is None:
        transaction.on_commit(callback)
    else:
        waiting.afterwards.append(callback)


def _execute(database: BaseDatabaseWrapper, tables: Sequence[Rows]) -> None:
    if database.vendor == "postgresql":
        execute(*_statement([table for table in tables if table.rows]), database)
        return
    with database.cursor() as cursor:
        for table in tables:
            _insert_many(cursor, table)


def _rows_of(instances: Sequence[models.Model]) -> Rows:
    names = _written_columns(type(instances[0]))
    return Rows(type(instances[0]), names, [tuple(getattr(row, name) for name in names) for row in instances])


@cache
def _written_columns(model: type[models.Model]) -> tuple[str, ...]:
    """Attribute names of all columns but those that the database fills."""
    fields = model._meta.local_concrete_fields
    return tuple(f.attname for f in fields if not (isinstance(f, models.AutoField) or f.has_db_default()))


def _statement(tables: Sequence[Rows]) -> tuple[str, list[Any]]:
    """One statement for all tables, and its parameters. For single rows, the common case, its text is made once."""
    parameters: list[Any] = []
    for table in tables:
        if len(table.rows) != 1 or table.first:
            break
        parameters += table.rows[0]
    else:
        statement, as_text = _single_rows(tuple([table[:2] for table in tables]))
        for place in as_text:
            parameters[place] = _scalar(parameters[place])
        return statement, parameters
    parameters = []
    return _joined([_insert_arrays(table, parameters) for table in tables]), parameters


@cache
def _single_rows(shape: tuple[tuple[type[models.Model], tuple[str, ...]], ...]) -> tuple[str, tuple[int, ...]]:
    """The statement that writes one row to each of these tables, and which of its parameters go as text: JSON, and
    numbers, whose type would else be that of their size, and every combination a statement to be prepared."""
    heads = [_table(*table) for table in shape]
    statements = [f"{head} SELECT {', '.join(f'%s::{kind}' for kind in types)}" for head, types in heads]
    kinds = [kind for _, types in heads for kind in types]
    return _joined(statements), tuple(place for place, kind in enumerate(kinds) if kind in _AS_TEXT)


_AS_TEXT = ("jsonb", "bigint", "integer", "smallint")


def _joined(statements: Sequence[str]) -> str:
    """All but the last as common table expressions."""
    *before, last = statements
    expressions = ", ".join(f"t{index} AS ({statement})" for index, statement in enumerate(before))
    return f"WITH {expressions} {last}" if before else last


def _insert_arrays(rows: Rows, parameters: list[Any]) -> str:
    """A column whose rows agree goes as one value, any other as an array."""
    table, types = _table(rows.model, rows.columns)
    selected, arrays, names = [], [], []
    array_parameters = []
    for number, (kind, column) in enumerate(zip(types, zip(*rows.rows, strict=True), strict=True)):
        if column.count(column[0]) == len(column):
            selected.append(f"%s::{kind}")
            parameters.append(_scalar(column[0]))
        else:
            selected.append(f"c{number}")
            names.append(f"c{number}")
            arrays.append(f"%s::{kind}[]")
            array_parameters.append(_array(kind, column))
    parameters += array_parameters
    source = f" FROM unnest({', '.join(arrays)}) AS x({', '.join(names)})" if arrays else ""
    if len(rows.rows) > 1 and not arrays:
        source = f" FROM generate_series(1, {len(rows.rows)})"  # the same row several times
    if rows.first:
        source += f" WHERE ({rows.first[0]}) IS NOT NULL"
        parameters += rows.first[1]
    return f"{table} SELECT {', '.join(selected)}{source}"


@cache
def _table(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The head of the INSERT, and the columns' database types."""
    fields = [_field(model, name) for name in columns]
    names = ", ".join(str(field.column) for field in fields)
    return f"INSERT INTO {model._meta.db_table} ({names})", tuple(str(field.db_type(connection)) for field in fields)


@cache
def _field(model: type[models.Model], attname: str) -> models.Field:
    return next(field for field in model._meta.local_concrete_fields if field.attname == attname)


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        return _encode(value) if value else str(value)  # {} or []
    return str(value) if isinstance(value, int) else value


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _array(kind: str, column: Iterable[Any]) -> str:
    """PostgreSQL's text form of an array: written here, since converting value by value costs more than inserting."""
    text = _ELEMENTS.get(kind.partition("(")[0], _quoted)
    return "{" + ",".join(["NULL" if value is None else text(value) for value in column]) + "}"


def _quoted(value: Any) -> str:
    escaped = str(_scalar(value)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_ELEMENTS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("uuid", "bigint", "integer", "smallint", "boolean", "date", "timestamp with time zone"), str),
    "bytea": lambda value: f'"\\\\x{bytes(value).hex()}"',
}


def _insert_many(cursor: CursorWrapper, rows: Rows) -> None:
    fields = [_field(rows.model, name) for name in rows.columns]
    places = ", ".join(["%s"] * len(fields))
    statement = f"{_table(rows.model, rows.columns)[0]} VALUES ({places})"
    cursor.executemany(statement, [_prepared(fields, row) for row in rows.rows])


def _prepared(fields: Sequence[models.Field], row: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
