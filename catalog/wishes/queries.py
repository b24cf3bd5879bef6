"""Reading what a member keeps an eye on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, literal, select, union_all

from catalog.products.models import Listing, Sku
from catalog.products.queries import CardRow, card_select, visible_clause
from catalog.products.workflow import ListingState
from catalog.wishes.models import Favourite, StockWish
from catalog.wishes.rules import fallen_by
from marketplace.kernel.db import db
from marketplace.kernel.paging import Page, offset_of

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class FavouriteRow:
    """``is_shown``: it may be sold today; ``is_off`` its supplier took it off; ``then_fen`` the price when it was put
    there."""

    card: CardRow
    is_shown: bool
    is_off: bool
    then_fen: int
    at: datetime

    @property
    def fallen_fen(self) -> int:
        return fallen_by(self.then_fen, self.card.price_fen) if self.is_shown else 0


def favourites_of(user_id: int, page: int) -> Page[FavouriteRow]:
    """Newest first, sold today or not. Two statements."""
    total = count_favourites(user_id)
    page = min(page, max(1, -(-total // PER_PAGE)))
    rows = db.session.execute(
        card_select()
        .add_columns(visible_clause(), Listing.state, Favourite.price_fen, Favourite.at)
        .join(Favourite, Favourite.listing_id == Listing.id)
        .where(Favourite.user_id == user_id)
        .order_by(Favourite.at.desc(), Favourite.listing_id.desc())
        .limit(PER_PAGE)
        .offset(offset_of(page, PER_PAGE))
    ).all()
    items = [
        FavouriteRow(CardRow(*row[:-4]), bool(row[-4]), row[-3] is not ListingState.ON_SALE, row[-2], row[-1])
        for row in map(tuple, rows)
    ]
    return Page(items, page, total, PER_PAGE)


def count_favourites(user_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Favourite.user_id == user_id)) or 0


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a product a member keeps an eye on: the listing itself, and the packings waited for."""

    is_favourite: bool = False
    waits: frozenset[int] = frozenset()


def watched_by(user_id: int, listing_id: int) -> Watched:
    """One statement."""
    rows = db.session.execute(
        union_all(
            select(literal(0)).where(Favourite.user_id == user_id, Favourite.listing_id == listing_id),
            select(StockWish.sku_id)
            .join(Sku, Sku.id == StockWish.sku_id)
            .where(StockWish.user_id == user_id, Sku.listing_id == listing_id),
        )
    )
    found = {int(row[0]) for row in rows}
    return Watched(0 in found, frozenset(found - {0}))


@dataclass(frozen=True, slots=True)
class WaitRow:
    """A packing waited for. ``is_shown``: once there is some it may be sold."""

    sku_id: int
    sku_name: str
    price_fen: int
    listing_id: int
    title: str
    cover_token: str | None
    is_shown: bool
    at: datetime


def waits_of(user_id: int) -> list[WaitRow]:
    """Newest first; a person has few. One statement."""
    rows = db.session.execute(
        select(
            Sku.id,
            Sku.name,
            Sku.price_fen,
            Listing.id,
            Listing.title,
            Listing.cover_token,
            and_(Sku.is_active, visible_clause()),
            StockWish.at,
        )
        .join(StockWish, StockWish.sku_id == Sku.id)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(StockWish.user_id == user_id)
        .order_by(StockWish.at.desc(), Sku.id.desc())
    )
    return [WaitRow(*row) for row in rows]


def titles_of_favourites(user_id: int) -> list[str]:
    """Newest first, for the file of a member's own data."""
    return list(
        db.session.scalars(
            select(Listing.title)
            .join(Favourite, Favourite.listing_id == Listing.id)
            .where(Favourite.user_id == user_id)
            .order_by(Favourite.at.desc())
        )
    )


def waited_for_to_take(user_id: int) -> list[str]:
    """Packings a member waits for, the newest first, for the same file."""
    rows = db.session.execute(
        select(Listing.title, Sku.name)
        .select_from(StockWish)
        .join(Sku, Sku.id == StockWish.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(StockWish.user_id == user_id)
        .order_by(StockWish.at.desc())
    )
    return [f"{title} · {name}" for title, name in rows]
