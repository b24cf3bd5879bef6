"""Thresholds, periods and rates are data with a source, never constants in code.

A room declares a parameter with its default and where the default comes from; a row overrides it.
"""

from datetime import datetime
from typing import ClassVar

from flask import g
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base, db


class ParameterValue(Base):
    """An override of a declared parameter."""

    __tablename__ = "parameter_values"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    set_by: Mapped[int | None]
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


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
            g.parameters = dict(db.session.execute(select(ParameterValue.key, ParameterValue.value)).all())
        value: int = g.parameters.get(self.key, self.default)
        return value
