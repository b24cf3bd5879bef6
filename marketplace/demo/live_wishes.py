"""What members of the demo keep an eye on."""

from sqlalchemy import update

from catalog.products.queries import get_skus_for_sale
from catalog.wishes.commands import add_favourite, wait_for
from catalog.wishes.models import Favourite
from marketplace.demo.acting import actor_of, skus_by_popularity, skus_for_sale
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional

#: how many favourites, every how-manieth of the list, and by how much the first one's price fell since, in fen
FAVOURITES, STRIDE, FALLEN_FEN = 6, 5, 300
WAITS = 2


def load_wishes() -> None:
    buyer = actor_of("buyer")
    chosen = list(dict.fromkeys(sku.listing_id for sku in skus_for_sale(1)))[::STRIDE][:FAVOURITES]
    for listing_id in chosen:
        add_favourite(buyer.user_id, listing_id)
    _was_dearer(buyer.user_id, chosen[0])
    packings = get_skus_for_sale(skus_by_popularity()).values()
    sold_out = [sku.sku_id for sku in packings if sku.on_sale and sku.available < 1]
    for sku_id in sold_out[:WAITS]:
        wait_for(buyer.user_id, sku_id)


@transactional
def _was_dearer(user_id: int, listing_id: int) -> None:
    """A supplier that lowers a price would move every other figure of the demo."""
    db.session.execute(
        update(Favourite)
        .where(Favourite.user_id == user_id, Favourite.listing_id == listing_id)
        .values(price_fen=Favourite.price_fen + FALLEN_FEN)
    )
