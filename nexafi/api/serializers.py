"""Strict input: what a client sends is exactly what was declared, or a 400 that says where it was not.

Fields never convert between JSON types: a number is not a string, "yes" is not a boolean, 1 is not true.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import ListField, ListSerializer, SerializerMethodField

from nexafi.core.errors import DomainError
from nexafi.core.money import Money, currency, currency_in_use

__all__ = [
    "AmountField",
    "BooleanField",
    "CharField",
    "ChoiceField",
    "CountryField",
    "CurrencyField",
    "DateField",
    "DateTimeField",
    "EmailField",
    "Filters",
    "IntegerField",
    "ListField",
    "ListFilters",
    "ListSerializer",
    "MetadataField",
    "RateField",
    "SerializerMethodField",
    "StrictSerializer",
    "UUIDField",
    "money",
]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_RATE = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,12})?")
_NOT_TEXT = "Not a string."


def money(amount: str, code: str, *, pointer: str = "/amount") -> Money:
    """A parsed amount in a currency learnt later (a wallet's own). Raises MoneyError with the pointer."""
    try:
        return Money.parse(amount, code)
    except DomainError as error:
        raise type(error)(error.detail, pointer=pointer) from error


class CharField(serializers.CharField):
    """Printable text: no control, zero-width, bidirectional-control, private-use or unassigned characters.

    `multiline` also admits tab and newline. Surrounding white space is removed. At most 255 characters by default.
    """

    default_error_messages = {
        "invalid": _NOT_TEXT,
        "invalid_characters": "Holds a character that is not printable.",
    }

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 255)
        self._allowed = "\t\n" if multiline else ""
        super().__init__(**kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)

    def to_internal_value(self, data: str) -> str:
        if not (data.isprintable() or all(map(self._printable, data))):
            self.fail("invalid_characters")
        return data.strip() if self.trim_whitespace else data

    def _printable(self, character: str) -> bool:
        return character.isprintable() or character in self._allowed or character == "\u00a0"


class EmailField(CharField, serializers.EmailField):
    """An e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)


class IntegerField(serializers.IntegerField):
    """A JSON integer; decimal digits in a query string."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(self.parent, Filters) and isinstance(data, str) and _INTEGER.fullmatch(data):
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class BooleanField(serializers.BooleanField):
    """true or false, nothing else."""

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(self.parent, Filters) and data in ("true", "false"):
            return bool(data == "true")
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class UUIDField(serializers.UUIDField):
    """A UUID in its canonical 36 characters."""

    def to_internal_value(self, data: Any) -> UUID:
        if not (isinstance(data, str) and _UUID.fullmatch(data)):
            self.fail("invalid", value=data)
        return UUID(data)


class DateField(serializers.DateField):
    """YYYY-MM-DD."""

    def to_internal_value(self, value: Any) -> date:
        if not (isinstance(value, str) and _DATE.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")


class DateTimeField(serializers.DateTimeField):
    """An instant with its offset (RFC 3339); UTC inside."""

    def to_internal_value(self, value: Any) -> datetime:
        if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")


class ChoiceField(serializers.ChoiceField):
    """One of a fixed set of strings."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input="This value" if not isinstance(data, str) else data[:40])
        return data


class CurrencyField(CharField):
    """An ISO 4217 code of a currency that can hold a balance; in a query also of one that was withdrawn."""

    default_error_messages = {"unknown_currency": "Not an ISO 4217 currency code."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=3, min_length=3, **kwargs)

    def to_internal_value(self, data: str) -> str:
        if not (data.isascii() and data.isupper()):
            self.fail("unknown_currency")
        known = currency if isinstance(self.parent, Filters) else currency_in_use
        try:
            return known(data).code
        except DomainError:
            self.fail("unknown_currency")


class CountryField(CharField):
    """An ISO 3166-1 alpha-2 code."""

    default_error_messages = {"invalid_country": "Use the two capital letters of ISO 3166-1."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2, min_length=2, **kwargs)

    def to_internal_value(self, data: str) -> str:
        if not (data.isascii() and data.isalpha() and data.isupper()):
            self.fail("invalid_country")
        return data


class AmountField(serializers.Field):
    """An amount of money: a JSON string or number, read by its digits, never through a binary float.

    With a currency beside it (the `currency_field` of the same object) the validated value is a `Money`;
    with `currency_field=None` it is the text, to be given its currency by `money()`. More than zero, unless it may be
    zero or, for a balance, below it too (`signed`).
    """

    default_error_messages = {
        "invalid_amount": "Use a plain decimal amount such as 12.34.",
        "not_positive": "The amount must be more than zero.",
    }

    def __init__(
        self, *, currency_field: str | None = "currency", allow_zero: bool = False, signed: bool = False, **kwargs: Any
    ) -> None:
        self.currency_field = currency_field
        self.allow_zero = allow_zero
        self.signed = signed
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, Decimal):
            return self._checked(format(data, "f"))
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid_amount")
        return self._checked(str(data))

    def _checked(self, text: str) -> str:
        if not Money.is_amount(text):
            self.fail("invalid_amount")
        zero = not text.strip("-0.")
        if self.signed:
            return text
        if text.startswith("-") or (zero and not self.allow_zero):
            self.fail("not_positive")
        return text

    def to_representation(self, value: Any) -> str:
        return value.amount if isinstance(value, Money) else str(value)


class RateField(serializers.Field):
    """An exchange rate: a JSON string or number of at most 12 digits before and after the point, read by its digits."""

    default_error_messages = {"invalid_rate": "Use a plain decimal such as 1.0845."}

    def to_internal_value(self, data: Any) -> Decimal:
        text = format(data, "f") if isinstance(data, Decimal) else str(data)
        if isinstance(data, bool) or not isinstance(data, Decimal | int | str) or not _RATE.fullmatch(text):
            self.fail("invalid_rate")
        return Decimal(text)

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class MetadataField(serializers.DictField):
    """The client's own labels: at most 50 names of at most 40 characters, each with text of at most 500."""

    child = CharField(max_length=500, allow_blank=True)
    default_error_messages = {"too_large": "At most 50 names of at most 40 printable characters."}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, dict) and (
            len(data) > 50 or any(not name or len(name) > 40 or not name.isprintable() for name in data)
        ):
            self.fail("too_large")
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer[Any]):
    """An object with exactly the declared fields; anything else, read-only fields included, is `unknown_field`.

    Every AmountField becomes a `Money` in the currency named beside it.
    """

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **unknown}) from error
        if unknown:
            raise ValidationError(unknown)
        return self._with_money(value)

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        known = {name for name, field in self.fields.items() if not field.read_only}
        names = [name for name in data if name not in known]
        return {name: [ErrorDetail("There is no such field.", code="unknown_field")] for name in names}

    def _with_money(self, value: dict[str, Any]) -> dict[str, Any]:
        errors: dict[str, list[ErrorDetail]] = {}
        for name, field in self.fields.items():
            if not isinstance(field, AmountField) or field.currency_field is None:
                continue
            text, code = value.get(name), value.get(field.currency_field)
            if not isinstance(text, str) or code is None:
                continue
            try:
                value[name] = Money.parse(text, code)
            except DomainError as error:
                errors[name] = [ErrorDetail(error.detail, code=error.code)]
        if errors:
            raise ValidationError(errors)
        return value


class Filters(StrictSerializer):
    """Query parameters of a read. Each is optional unless it says `required=True`; an undeclared one is a 400.

    `source` names the look-up: `created_after = DateTimeField(source="created_at__gte")`.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            if "required" not in field._kwargs:  # type: ignore[attr-defined]
                field.required = False
        return fields

    def lookups(self) -> dict[str, Any]:
        """What `QuerySet.filter` takes: every declared filter that was given."""
        return dict(self.validated_data)

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that match."""
        return queryset.filter(**self.lookups())


class ListFilters(Filters):
    """Query parameters of a list: filters, `ordering` out of `orderings`, and the page.

    `orderings` lists the columns a client may sort by, ascending or (with "-") descending; they must not be null
    and should be indexed together with the id. The first is the default.
    """

    orderings: tuple[str, ...] = ("-created_at", "created_at")
    _paging = ("cursor", "page_size", "ordering")

    cursor = CharField(max_length=500, help_text="Where to go on: taken from `next` or `previous`.")
    page_size = IntegerField(min_value=1, max_value=200, default=50)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        fields["ordering"] = ChoiceField(choices=self.orderings, required=False, default=self.orderings[0])
        return fields

    def lookups(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name not in self._paging}

    def paging(self) -> dict[str, Any]:
        """What `pagination.page` takes: ordering, page_size, cursor."""
        return {name: self.validated_data.get(name) for name in self._paging}
