"""Attributes of categories, what may be chosen for each, and what listings chose."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from catalog.attributes.rules import AttributeKind
from marketplace.kernel.columns import enum_type
from marketplace.kernel.db import Base


class CategoryAttribute(Base):
    """Holds for ``category_code`` and every category below it; without one, for all of them. A retired one, like a
    retired option, is offered no more and said of those listings that had it."""

    __tablename__ = "category_attributes"
    __table_args__ = (UniqueConstraint("category_code", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    name: Mapped[str] = mapped_column(String(20))
    kind: Mapped[AttributeKind] = mapped_column(enum_type(AttributeKind))
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False, server_default=false())


class AttributeOption(Base):
    __tablename__ = "attribute_options"
    __table_args__ = (UniqueConstraint("attribute_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attribute_id: Mapped[int] = mapped_column(ForeignKey("category_attributes.id"))
    name: Mapped[str] = mapped_column(String(30))
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False, server_default=false())


class ListingOption(Base):
    """One value of one listing; of an attribute of kind ``choice`` there is at most one, held by the command."""

    __tablename__ = "listing_options"
    __table_args__ = (Index("ix_listing_options_option", "option_id", "listing_id"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("attribute_options.id"), primary_key=True)
