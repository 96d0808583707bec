"""Queries of the hottest path, written by the ORM once and bound to new values ever after.

Building and compiling a query costs the web process more than running it costs the database. Here the ORM does that
once per process and database; a call binds its values, runs the statement and converts the rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, UUIDField

_uuid: UUIDField = UUIDField()


@dataclass(frozen=True)
class _Statement:
    sql: str
    parameters: tuple[Any, ...]  # constants, and where a value belongs its marker
    compiler: Any
    converters: dict[int, Any]


class Compiled:
    """A `values_list` queryset with UUID values, for example

    by_owner = Compiled(lambda owner: Wallet.objects.filter(customer=owner).values_list("id", "status"))
    rows = by_owner(customer_id)
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self.build = build
        self.values_count = build.__code__.co_argcount
        self.markers = [UUID(int=0xC0FFEE << 96 | number) for number in range(self.values_count)]
        self.statements: dict[str, _Statement] = {}

    def __call__(self, *values: UUID) -> Sequence[tuple[Any, ...]]:
        """All rows, as tuples in the order of the queryset's columns."""
        statement = self.statements.get(connection.vendor) or self._compile()
        bound = {marker: self._adapted(value) for marker, value in zip(self._adapted_markers(), values, strict=True)}
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, [bound.get(p, p) if _hashable(p) else p for p in statement.parameters])
            rows = cursor.fetchall()
        if statement.converters:
            return [tuple(row) for row in statement.compiler.apply_converters(rows, statement.converters)]
        return rows

    def _compile(self) -> _Statement:
        compiler = self.build(*self.markers).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        found = set(filter(_hashable, parameters))
        assert found.issuperset(self._adapted_markers()), "every value is a UUID that reaches the statement"
        converters = compiler.get_converters([column[0] for column in compiler.select])
        statement = _Statement(sql, tuple(parameters), compiler, converters)
        self.statements[connection.vendor] = statement
        return statement

    def _adapted_markers(self) -> list[Any]:
        return [self._adapted(marker) for marker in self.markers]

    def _adapted(self, value: UUID) -> Any:
        return _uuid.get_db_prep_value(value, connection)


def _hashable(value: Any) -> bool:
    return isinstance(value, str | UUID)
