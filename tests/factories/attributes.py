"""Attributes of categories for tests."""

from catalog.attributes.models import AttributeOption, CategoryAttribute
from catalog.attributes.rules import AttributeKind
from marketplace.kernel.transaction import transaction


def define(name: str, kind: AttributeKind, *options: str, category: str | None = None) -> list[int]:
    """An attribute and its options; returns their ids."""
    with transaction() as session:
        attribute = CategoryAttribute(category_code=category, name=name, kind=kind, position=1)
        session.add(attribute)
        session.flush()
        rows = [
            AttributeOption(attribute_id=attribute.id, name=option, position=place)
            for place, option in enumerate(options)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]
