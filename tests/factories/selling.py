"""How a packing is offered, said through the real command."""

from collections.abc import Mapping
from typing import Any

from catalog.products.models import Sku
from catalog.products.packings import save_sku
from catalog.products.selling_rules import Selling
from marketplace.kernel.db import db
from tests.factories import builders


def offer(world: Mapping[str, int], **selling: Any) -> None:
    """What its supplier says of a ``saleable``'s packing beyond name, weight and price; the rest is as usual."""
    found = db.session.get_one(Sku, world["sku"])
    save_sku(
        builders.owner_of(world["supplier"]),
        world["listing"],
        found.id,
        name=found.name,
        grams=found.grams,
        price_fen=found.price_fen,
        selling=Selling(**selling),
    )
