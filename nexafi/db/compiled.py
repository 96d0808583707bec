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

from nexafi.db.statements import fetch

_uuid: UUIDField = UUIDField()


@dataclass(frozen=True)
class _Statement:
    sql: str
    constants: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]  # which parameter takes which value
    compiler: Any
    converters: dict[int, Any]


class Compiled:
    """A `values_list` queryset with UUID values, for example

    by_owner = Compiled(lambda owner: Wallet.objects.filter(customer=owner).values_list("id", "status"))
    rows = by_owner(customer_id)
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self.build = build
        self.statements: dict[str, _Statement] = {}

    def __call__(self, *values: UUID) -> Sequence[tuple[Any, ...]]:
        """All rows, as tuples in the order of the queryset's columns."""
        statement = self.statements.get(connection.vendor) or self._compile()
        parameters = list(statement.constants)
        for place, number in statement.places:
            parameters[place] = _adapted(values[number])
        rows = fetch(statement.sql, parameters)
        if statement.converters:
            return [tuple(row) for row in statement.compiler.apply_converters(rows, statement.converters)]
        return rows

    def _compile(self) -> _Statement:
        """Let the ORM write the statement with markers for values, and note where they end up."""
        markers = [UUID(int=0xC0FFEE << 96 | number) for number in range(self.build.__code__.co_argcount)]
        compiler = self.build(*markers).query.get_compiler(connection=connection)
        sql, constants = compiler.as_sql()
        numbers = {_adapted(marker): number for number, marker in enumerate(markers)}
        places = [(p, numbers[c]) for p, c in enumerate(constants) if isinstance(c, str | UUID) and c in numbers]
        assert {number for _, number in places} == set(numbers.values()), "every value reaches the statement"
        converters = compiler.get_converters([column[0] for column in compiler.select])
        statement = _Statement(sql, tuple(constants), tuple(places), compiler, converters)
        self.statements[connection.vendor] = statement
        return statement


def _adapted(value: UUID) -> Any:
    return _uuid.get_db_prep_value(value, connection)
