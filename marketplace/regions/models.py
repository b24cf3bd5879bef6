"""One table of divisions. Nothing but ``commands.load_regions`` writes it."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import enum_type
from marketplace.kernel.db import Base
from marketplace.regions.rules import CODE_LENGTH, RegionLevel


class Region(Base):
    """A division as it stood on the day of the data (see ``data/SOURCE.md``); never deleted, for orders name it."""

    __tablename__ = "regions"
    __table_args__ = (
        CheckConstraint(f"length(code) = {CODE_LENGTH}", name="code_length"),
        CheckConstraint("substr(code, 1, length(prefix)) = prefix", name="prefix_begins_code"),
        CheckConstraint("(parent_code IS NULL) = (level = 'nation')", name="only_nation_has_no_parent"),
        # Serves the cascade of selects in code order without sorting.
        Index(None, "parent_code", "code"),
    )

    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    level: Mapped[RegionLevel] = mapped_column(enum_type(RegionLevel))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    #: what every code within begins with (``rules.scope_prefix``)
    prefix: Mapped[str] = mapped_column(String(CODE_LENGTH))
