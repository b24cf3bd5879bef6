"""Thresholds, periods and rates are data with a source, never constants in code.

A room declares a parameter with its default and where the default comes from; a row overrides it.
"""

from datetime import datetime
from typing import ClassVar

from flask import g
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import audit, clock
from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base, db, read
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.transaction import transactional

HIGHEST = 1_000_000_000
#: of periods, by unit, one or many: ten years. What is longer was mistyped, and leads past the calendar's end
_LONGEST = {"day": 3_660, "working day": 3_660, "hour": 87_840, "minute": 5_270_400}
SOURCE_MIN = 4


class ParameterValue(Base):
    """An override of a declared parameter."""

    __tablename__ = "parameter_values"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    set_by: Mapped[int | None]
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


_OVERRIDES = select(ParameterValue.key, ParameterValue.value)


class Parameter:
    """A declared whole number with unit and source."""

    declared: ClassVar[dict[str, "Parameter"]] = {}

    def __init__(self, key: str, default: int, unit: str, source: str) -> None:
        self.key = key
        self.default = default
        self.unit = unit
        self.source = source
        Parameter.declared[key] = self

    def get(self) -> int:
        """The value in force; overrides are read once per request or command context."""
        if "parameters" not in g:
            g.parameters = dict(read(_OVERRIDES).all())
        value: int = g.parameters.get(self.key, self.default)
        return value


def overrides() -> dict[str, ParameterValue]:
    """The rows in force, by key."""
    return {row.key: row for row in db.session.scalars(select(ParameterValue))}


@transactional
def override(key: str, value: int, source: str, actor_id: int) -> None:
    """Put a value in force for a declared parameter, with where it comes from; the old one stays in the audit.

    Raises NotFound for an undeclared key and InvalidInput at ``value`` or ``source``.
    """
    declared = Parameter.declared.get(key)
    if declared is None:
        raise NotFound
    if not 0 <= value <= HIGHEST:
        raise InvalidInput("parameters.value", field="value")
    longest = _LONGEST.get(declared.unit.removesuffix("s"), HIGHEST)
    if value > longest:
        raise InvalidInput("parameters.period", field="value", longest=longest)
    if len(source.strip()) < SOURCE_MIN:
        raise InvalidInput("parameters.source", field="source", minimum=SOURCE_MIN)
    row = db.session.get(ParameterValue, key)
    old = row.value if row else declared.default
    if row is None:
        row = ParameterValue(key=key)
        db.session.add(row)
    row.value, row.source, row.set_by, row.set_at = value, source.strip(), actor_id, clock.now()
    audit.record(
        actor_id, "parameters.override", "parameter", key, {"from": old, "to": value}, source.strip()
    )
    g.pop("parameters", None)
