"""Telling who waits for a packing that it can be bought again: received, restocked or released, or its days began."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, or_, select

from catalog.products.models import Listing, Sku
from catalog.products.queries import in_season_clause, visible_clause
from catalog.stock.models import StockRow
from catalog.wishes.models import StockWish
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic

AT_ONCE, MOST_ROUNDS = 200, 20


@dataclass(frozen=True, slots=True)
class Packing:
    sku_id: int
    name: str
    listing_id: int
    title: str


def tell_of_stock() -> int:
    """The job; returns how many wishes were spent. An idle shop is only read."""
    spent = 0
    for _ in range(MOST_ROUNDS):
        due = _due()
        spent += sum(_spend(packing, users) for packing, users in due.items())
        if sum(map(len, due.values())) < AT_ONCE:
            break
    return spent


def _due() -> dict[Packing, list[int]]:
    """Packings there is some of again, with people who wait for them, the longest first."""
    today = clock.today()
    ahead = or_(Sku.presale_until.is_(None), Sku.presale_until >= today)
    there_is_some = select(StockRow.id).where(StockRow.sku_id == Sku.id, StockRow.available > 0).exists()
    rows = db.session.execute(
        select(StockWish.user_id, Sku.id, Sku.name, Listing.id, Listing.title)
        .join(Sku, Sku.id == StockWish.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Sku.is_active, visible_clause(), in_season_clause(today), ahead, there_is_some)
        .order_by(StockWish.at, StockWish.user_id)
        .limit(AT_ONCE)
    ).all()
    due: dict[Packing, list[int]] = {}
    for user_id, sku_id, name, listing_id, title in rows:
        due.setdefault(Packing(sku_id, name, listing_id, title), []).append(user_id)
    return due


@transactional
def _spend(packing: Packing, user_ids: Collection[int]) -> int:
    """Whoever takes a wish away tells of it: two workers never both, and a killed one nobody and takes nothing."""
    users = db.session.scalars(
        delete(StockWish)
        .where(StockWish.sku_id == packing.sku_id, StockWish.user_id.in_(user_ids))
        .returning(StockWish.user_id)
    ).all()
    tell(
        Topic.RESTOCK,
        users,
        f"到货了：{packing.title}",
        f"您等的“{packing.name}”能买了。这次提醒就用掉了，还想等下一批可以再点一次。",
        endpoint="products.show",
        params={"listing_id": packing.listing_id, "sku": packing.sku_id},
    )
    return len(users)
