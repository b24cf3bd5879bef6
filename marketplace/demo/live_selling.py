"""What is offered otherwise than everything else: sold ahead, limited per buyer, sold on some days of the year only."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from catalog.products.commands import edit_listing
from catalog.products.models import Listing, Sku
from catalog.products.packings import save_sku
from catalog.products.selling_rules import Season, Selling
from catalog.stock.commands import receive
from marketplace.accounts.addresses import addresses_of
from marketplace.demo.acting import actor_of, owner_of_supplier, pay_online
from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place, quote_for
from orders.ordering.commands import DeliverTo
from orders.ordering.rules import PaymentMethod

#: what is sold ahead in its dearest packing, for how many days from now, shipped in how many, and how much there is
AHEAD, AHEAD_UNITS = ("骊山火晶柿饼", 12, 25), 20
#: (title, units a buyer may have, within how many days; 0: ever)
LIMITED = (("厚畛子中蜂巢蜜", 1, 30), ("周至华优 黄心猕猴桃", 3, 0))
SEASONS = {
    "蓝田白鹿原大樱桃": Season("05-01", "06-30"),
    "灞桥樱桃": Season("05-01", "06-30"),
    "王莽鲜桃": Season("06-01", "09-30"),
    "阎良甜瓜": Season("04-15", "07-31"),
}


def load_selling() -> None:
    for title, season in SEASONS.items():
        _open_only(title, season)
    for title, units, days in LIMITED:
        for sku in _skus(title):
            _offer(sku, replace(_as_is(sku), limit_units=units, limit_days=days))
    title, sold_days, ship_days = AHEAD
    today = clock.today()
    for sku in _skus(title)[-1:]:
        until, ship_by = today + timedelta(days=sold_days), today + timedelta(days=ship_days)
        _offer(sku, replace(_as_is(sku), presale_until=until, ship_by=ship_by))
        _buy_ahead(sku)


def _skus(title: str) -> list[Sku]:
    """The packings of the first listing of this title; a bigger demo has copies of it."""
    listed = select(Listing.id).where(Listing.title == title).order_by(Listing.id).limit(1).scalar_subquery()
    return list(db.session.scalars(select(Sku).where(Sku.listing_id == listed).order_by(Sku.position)))


def _as_is(sku: Sku) -> Selling:
    return Selling(packing=sku.packing, tolerance_grams=sku.tolerance_grams)


def _offer(sku: Sku, selling: Selling) -> None:
    listing = db.session.get_one(Listing, sku.listing_id)
    save_sku(
        owner_of_supplier(listing.supplier_id),
        listing.id,
        sku.id,
        name=sku.name,
        grams=sku.grams,
        price_fen=sku.price_fen,
        selling=selling,
    )


def _open_only(title: str, season: Season) -> None:
    listing = db.session.scalars(
        select(Listing).where(Listing.title == title).order_by(Listing.id).limit(1)
    ).one()
    edit_listing(
        owner_of_supplier(listing.supplier_id),
        listing.id,
        listing.title,
        subtitle=listing.subtitle,
        description=listing.description,
        specs=listing.specs,
        season_months=listing.season_months,
        season=season,
    )


def _buy_ahead(sku: Sku) -> None:
    """No lot is needed for it: its supplier enters what it will have, and a buyer orders of that."""
    supplier_id = db.session.get_one(Listing, sku.listing_id).supplier_id
    receive(sku.id, AHEAD_UNITS, owner_of_supplier(supplier_id).user_id, reason="预售：按能交的份数")
    buyer = actor_of("buyer")
    home = addresses_of(buyer.user_id)[0]
    there = DeliverTo(home.recipient, home.mobile, home.street_code, home.detail)
    owner = CartOwner(user_id=buyer.user_id)
    wish = Wish("demo-presale-order", "", there, PaymentMethod.ONLINE, units={sku.id: 1})
    pay_online(place(owner, replace(wish, digest=quote_for(owner, wish).digest)))
