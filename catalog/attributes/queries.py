"""Reading attributes: all definitions at once, for they are few, and the values of one listing."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, or_, select

from catalog.attributes.models import AttributeOption, CategoryAttribute, ListingOption
from catalog.attributes.rules import Attribute, AttributeKind, attributes_of
from catalog.products.models import Listing
from certification.products.models import Category
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound


def all_attributes() -> list[Attribute]:
    """Every definition in its order, with what may be chosen. One statement."""
    rows = db.session.execute(
        select(
            CategoryAttribute.id,
            CategoryAttribute.category_code,
            CategoryAttribute.name,
            CategoryAttribute.kind,
            AttributeOption.id,
            AttributeOption.name,
            or_(CategoryAttribute.is_retired, AttributeOption.is_retired),
        )
        .join(AttributeOption, AttributeOption.attribute_id == CategoryAttribute.id)
        .order_by(
            CategoryAttribute.position, CategoryAttribute.id, AttributeOption.position, AttributeOption.id
        )
    )
    found: dict[int, Attribute] = {}
    options: dict[int, dict[int, str]] = {}
    retired: dict[int, set[int]] = {}
    for attribute_id, code, name, kind, option_id, option, is_retired in rows:
        if attribute_id not in found:
            options[attribute_id], retired[attribute_id] = {}, set()
            found[attribute_id] = Attribute(
                attribute_id, code, name, kind, options[attribute_id], retired[attribute_id]
            )
        options[attribute_id][option_id] = option
        if is_retired:
            retired[attribute_id].add(option_id)
    return list(found.values())


def attributes_of_listing(listing_id: int) -> list[Attribute]:
    """Those of the listing's category, with what it inherits. Raises NotFound."""
    code = db.session.scalar(select(Listing.category_code).where(Listing.id == listing_id))
    if code is None:
        raise NotFound
    rows = db.session.execute(select(Category.code, Category.parent_code, Category.is_visit)).all()
    return attributes_of(
        code,
        all_attributes(),
        {row.code: row.parent_code for row in rows},
        is_visit=any(row.is_visit for row in rows if row.code == code),
    )


@dataclass(frozen=True, slots=True)
class DefinedOption:
    """``listings``: how many say this of themselves."""

    id: int
    name: str
    position: int
    listings: int
    is_retired: bool


@dataclass(frozen=True, slots=True)
class DefinedAttribute:
    """``category`` is its name, empty for all of them."""

    id: int
    category: str
    name: str
    kind: AttributeKind
    position: int
    is_retired: bool
    options: list[DefinedOption]

    @property
    def listings(self) -> int:
        return sum(option.listings for option in self.options)


def defined_attributes(attribute_id: int | None = None) -> list[DefinedAttribute]:
    """Every definition with how much each value is used, retired ones last, or the one. One statement."""
    used = (
        select(ListingOption.option_id, func.count().label("listings"))
        .group_by(ListingOption.option_id)
        .subquery()
    )
    statement = (
        select(CategoryAttribute, Category.name, AttributeOption, func.coalesce(used.c.listings, 0))
        .outerjoin(Category, Category.code == CategoryAttribute.category_code)
        .join(AttributeOption, AttributeOption.attribute_id == CategoryAttribute.id)
        .outerjoin(used, used.c.option_id == AttributeOption.id)
        .order_by(
            CategoryAttribute.is_retired,
            CategoryAttribute.position,
            CategoryAttribute.id,
            AttributeOption.is_retired,
            AttributeOption.position,
            AttributeOption.id,
        )
    )
    if attribute_id is not None:
        statement = statement.where(CategoryAttribute.id == attribute_id)
    found: dict[int, DefinedAttribute] = {}
    for row, category, option, listings in db.session.execute(statement):
        if row.id not in found:
            found[row.id] = DefinedAttribute(
                row.id, category or "", row.name, row.kind, row.position, row.is_retired, []
            )
        found[row.id].options.append(
            DefinedOption(option.id, option.name, option.position, listings, option.is_retired)
        )
    return list(found.values())


def options_of(listing_id: int) -> set[int]:
    """What the listing says of itself: ids of options."""
    return set(
        db.session.scalars(select(ListingOption.option_id).where(ListingOption.listing_id == listing_id))
    )


def options_of_listing() -> ScalarSelect[str]:
    """Ids of the options of the enclosing query's Listing, as one text with commas; None without any."""
    return (
        select(func.aggregate_strings(cast(ListingOption.option_id, String), ","))
        .where(ListingOption.listing_id == Listing.id)
        .correlate(Listing)
        .scalar_subquery()
    )


def has_option(option_id: int) -> ColumnElement[bool]:
    """Whether the enclosing query's Listing says this of itself."""
    return (
        select(ListingOption.option_id)
        .where(ListingOption.listing_id == Listing.id, ListingOption.option_id == option_id)
        .correlate(Listing)
        .exists()
    )
