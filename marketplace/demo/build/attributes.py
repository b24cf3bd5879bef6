"""Attributes of the categories, what each listing says of itself, and what people looked for in the last days."""

from datetime import timedelta

from catalog.attributes.models import AttributeOption, CategoryAttribute, ListingOption
from catalog.search.models import SearchCount
from marketplace.demo.build.world import World
from marketplace.demo.content.checks import categories_of
from marketplace.demo.content.loader import Product
from marketplace.kernel.clock import local_date

DAYS = 3


def define_attributes(world: World) -> None:
    for position, planned in enumerate(world.content.attributes):
        attribute = CategoryAttribute(
            category_code=planned.category, name=planned.name, kind=planned.kind, position=position
        )
        world.rows.add(attribute)
        for place, name in enumerate(planned.options):
            option = AttributeOption(attribute_id=attribute.id, name=name, position=place)
            world.rows.add(option)
            world.options[planned.category, name] = option.id
    for words, times in world.content.searched.items():
        for days in range(DAYS):
            day = local_date(world.now) - timedelta(days=days)
            world.rows.put(SearchCount, day=day, words=words, times=times)


def say_of_itself(world: World, product: Product, listing_id: int) -> None:
    """The nearest attribute that offers a value of this name has it."""
    path = categories_of(world.content, product)
    for name in product.values:
        option_id = next(world.options[code, name] for code in path if (code, name) in world.options)
        world.rows.put(ListingOption, listing_id=listing_id, option_id=option_id)
