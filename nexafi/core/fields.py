"""Model fields shared by every app."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models

from nexafi.core.ids import uuid7


class UUID7Field(models.UUIDField):
    """The primary key of every table: a UUIDv7 made by the application."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("default", uuid7)
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_length"] = 3
        super().__init__(**kwargs)


class DecimalTextField(models.CharField):
    """An exact Decimal, stored as text: SQLite would keep a DecimalField as a float. Compare and sort in Python."""

    _pyi_private_set_type: Decimal | str | int  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]

    def from_db_value(self, value: str | None, *_: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else format(Decimal(value), "f")


class _EncryptedText:
    """Opens the envelope when the attribute is read, binding it to the instance's table, column and key."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        if isinstance(value, bytes | memoryview):
            place = self.field.place(instance)
            return settings.FIELD_KEYS.decrypt(bytes(value), place=place).decode()
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):
    """Text stored under AES-256-GCM; reads and writes as `str`. Never searchable: keep a blind index beside it."""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _EncryptedText(self))

    def place(self, instance: models.Model) -> str:
        return f"{self.model._meta.db_table}|{self.column}|{instance.pk}"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, bytes | memoryview):
            return value
        return settings.FIELD_KEYS.encrypt(str(value).encode(), place=self.place(model_instance))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Only envelopes reach the database. Raises TypeError for text, which update(), bulk_update() and filter()
        would pass on: they do not know the row that the envelope is bound to."""
        if isinstance(value, str):
            raise TypeError(f"{self.name} is encrypted: assign it and save(), or look it up by its blind index.")
        return super().get_db_prep_value(value, connection, prepared)
