"""Cursor paging over (ordering column, id): stable under inserts, never a count, the same cost at any depth."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from nexafi.core.errors import InvalidInput

_SALT = "nexafi.cursor"
Render = Callable[[Any], Any]


class InvalidCursor(InvalidInput):
    code, title = "invalid_cursor", "Invalid cursor"


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the ordering's value and id of the row it stands at, and which way to read."""

    ordering: str
    backwards: bool
    value: str
    id: str

    def encode(self) -> str:
        fields = [self.ordering, self.backwards, self.value, self.id]
        return signing.dumps(fields, salt=_SALT)

    @classmethod
    def decode(cls, text: str, *, ordering: str) -> "Cursor":
        """Raises InvalidCursor for one that was altered or made for another ordering."""
        try:
            cursor = cls(*signing.loads(text, salt=_SALT))
        except (signing.BadSignature, TypeError, ValueError) as error:
            raise InvalidCursor("Take the cursor from next or previous.", pointer="/cursor") from error
        if cursor.ordering != ordering:
            raise InvalidCursor("The cursor belongs to another ordering.", pointer="/cursor")
        return cursor


def page(
    request: Request,
    queryset: QuerySet[Any] | Sequence[QuerySet[Any]],
    *,
    ordering: str,
    page_size: int,
    cursor: str | None,
    render: Render,
    key: str = "pk",
) -> dict[str, Any]:
    """One page as {"next", "previous", "results"}, in one query of page_size + 1 rows. Raises InvalidCursor.

    Several querysets without a row in common are read one by one and merged: where rows are found by this column or
    that one, each has an index to walk, while their OR would be sorted as a whole. `key` is the look-up of the id
    where rows ordered by it are found in another table's index ("label__entry"), which then is walked.
    """
    at = Cursor.decode(cursor, ordering=ordering) if cursor else None
    backwards = at is not None and at.backwards
    arms = [queryset] if isinstance(queryset, QuerySet) else queryset
    rows = _merged([list(_window(arm, ordering, at, key)[: page_size + 1]) for arm in arms], ordering, backwards)
    more = len(rows) > page_size
    rows = rows[:page_size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (at is not None, more) if backwards else (more, at is not None)
    return {
        "next": _link(request, rows, ordering, backwards=False) if has_next else None,
        "previous": _link(request, rows, ordering, backwards=True) if has_previous else None,
        "results": [render(row) for row in rows],
    }


def _merged(arms: list[list[Any]], ordering: str, backwards: bool) -> list[Any]:
    """Rows of several ordered lists in one order."""
    if len(arms) == 1:
        return arms[0]
    column = ordering.lstrip("-")
    descending = ordering.startswith("-") != backwards
    return list(heapq.merge(*arms, key=lambda row: (getattr(row, column), row.pk), reverse=descending))


def _window(queryset: QuerySet[Any], ordering: str, at: Cursor | None, key: str) -> QuerySet[Any]:
    """The rows after the cursor, in reading order."""
    column = ordering.lstrip("-")
    descending = ordering.startswith("-") != (at is not None and at.backwards)
    if at is not None:
        queryset = _after(queryset, column, at, "lt" if descending else "gt", key)
    sign = "-" if descending else ""
    keys = [f"{sign}{key}"] if column in ("id", "pk") else [f"{sign}{column}", f"{sign}pk"]
    return queryset.order_by(*keys)


def _after(queryset: QuerySet[Any], column: str, at: Cursor, side: str, key: str) -> QuerySet[Any]:
    value, pk = _python(queryset.model, column, at.value), _python(queryset.model, "pk", at.id)
    if column in ("id", "pk"):
        return queryset.filter(**{f"{key}__{side}": pk})
    # The first condition is implied by the second; it lets the database walk the index from the cursor.
    return queryset.filter(**{f"{column}__{side}e": value}).filter(
        Q(**{f"{column}__{side}": value}) | Q(**{f"pk__{side}": pk})
    )


def _python(model: type[Model], column: str, text: str) -> Any:
    field = model._meta.pk if column == "pk" else model._meta.get_field(column)
    return field.to_python(text)  # type: ignore[union-attr]


def _link(request: Request, rows: list[Any], ordering: str, *, backwards: bool) -> str | None:
    if not rows:
        return None
    row = rows[0] if backwards else rows[-1]
    value = getattr(row, ordering.lstrip("-"))
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    cursor = Cursor(ordering, backwards, text, str(row.pk)).encode()
    query = {name: value for name, value in request.query_params.items() if name != "cursor"}
    return request.build_absolute_uri(f"{request.path}?{urlencode({**query, 'cursor': cursor})}")
