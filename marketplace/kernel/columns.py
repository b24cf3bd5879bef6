"""Column types: aware UTC times, encrypted text, enums stored by value. And the columns a record is read from."""

from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Enum, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

from marketplace.kernel import crypto


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on both databases; a naive one is a programming error and refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(TypeDecorator[str]):
    """Text that is encrypted at rest with the application's rotating keys. It can't be searched: keep
    ``crypto.lookup_digest`` beside it where it must be found again."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else crypto.encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else crypto.decrypt(bytes(value))


def enum_type(enum: type[StrEnum], suffix: str = "") -> Enum:
    """A column for a StrEnum, stored by value with a CHECK that names the column's enum.

    ``suffix`` tells two columns of one enum in one table apart: PostgreSQL wants the names of CHECKs unique.
    """
    return Enum(
        enum,
        native_enum=False,
        length=40,
        create_constraint=True,
        name=enum.__name__.lower() + suffix,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


def columns_of(model: type[Any], record: type[Any]) -> tuple[InstrumentedAttribute[Any], ...]:
    """The columns of a table that a record's fields are called after, in the order of the fields: ``record(*row)`` puts
    each value where it belongs, whatever is added later."""
    return tuple(getattr(model, each.name) for each in fields(record))
