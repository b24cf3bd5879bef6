"""Putting a listing on one's list, waiting for a packing, and leaving off. Twice is as good as once."""

from sqlalchemy import delete, func, select

from catalog.products.models import Listing, Sku
from catalog.products.queries import available_of_sku, visible_clause
from catalog.products.selling_rules import Season, closed_for
from catalog.wishes.models import Favourite, StockWish
from catalog.wishes.rules import MOST_FAVOURITES, MOST_WAITED_FOR
from marketplace.accounts.models import User
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.transaction import transactional


@transactional
def add_favourite(user_id: int, listing_id: int) -> None:
    """With the price of now. Raises NotFound for what is not sold today, Conflict("wishes.full") when the list is."""
    price_fen = db.session.scalar(
        select(Listing.from_price_fen).where(Listing.id == listing_id, visible_clause())
    )
    if price_fen is None:
        raise NotFound
    _one_at_a_time(user_id)
    if db.session.get(Favourite, (user_id, listing_id)) is not None:
        return
    kept = db.session.scalar(select(func.count()).where(Favourite.user_id == user_id)) or 0
    if kept >= MOST_FAVOURITES:
        raise Conflict("wishes.full", maximum=MOST_FAVOURITES)
    db.session.add(Favourite(user_id=user_id, listing_id=listing_id, price_fen=price_fen, at=clock.now()))


@transactional
def remove_favourite(user_id: int, listing_id: int) -> None:
    """Also of what is no longer sold. Raises NotFound for a listing that never was."""
    if db.session.scalar(select(Listing.id).where(Listing.id == listing_id)) is None:
        raise NotFound
    db.session.execute(
        delete(Favourite).where(Favourite.user_id == user_id, Favourite.listing_id == listing_id)
    )


@transactional
def wait_for(user_id: int, sku_id: int) -> int:
    """Ask to be told once there is some again; returns the listing. Raises NotFound for a packing that is not sold
    today, Conflict("wishes.in_stock") where it can be bought, Conflict("wishes.waits_full") for one too many."""
    row = db.session.execute(
        select(Sku.listing_id, available_of_sku(), Listing.sale_from, Listing.sale_until, Sku.presale_until)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Sku.id == sku_id, Sku.is_active, visible_clause())
    ).first()
    if row is None:
        raise NotFound
    closed = closed_for(Season(row.sale_from, row.sale_until), row.presale_until, clock.today())
    if row[1] > 0 and closed is None:
        raise Conflict("wishes.in_stock")
    listing_id: int = row[0]
    _one_at_a_time(user_id)
    if db.session.get(StockWish, (user_id, sku_id)) is None:
        open_ones = db.session.scalar(select(func.count()).where(StockWish.user_id == user_id)) or 0
        if open_ones >= MOST_WAITED_FOR:
            raise Conflict("wishes.waits_full", maximum=MOST_WAITED_FOR)
        db.session.add(StockWish(user_id=user_id, sku_id=sku_id, at=clock.now()))
    return listing_id


@transactional
def stop_waiting(user_id: int, sku_id: int) -> int:
    """Also for what is no longer sold; returns the listing. Raises NotFound for a packing that never was."""
    listing_id = db.session.scalar(select(Sku.listing_id).where(Sku.id == sku_id))
    if listing_id is None:
        raise NotFound
    db.session.execute(delete(StockWish).where(StockWish.user_id == user_id, StockWish.sku_id == sku_id))
    return listing_id


@transactional
def forget_member(user_id: int) -> None:
    """What somebody who leaves kept an eye on."""
    for owned in (Favourite, StockWish):
        db.session.execute(delete(owned).where(owned.user_id == user_id))


def _one_at_a_time(user_id: int) -> None:
    """Two clicks at once must neither meet in the key nor pass the limit together."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())
