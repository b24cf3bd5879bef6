"""Goods coming in by lots: a lot and its stock are one fact, so they are one transaction, whoever takes them in."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from catalog.products import commands as products
from catalog.products.models import Listing, Sku
from catalog.stock import commands as stock
from certification.linkage import lots as linkage
from certification.linkage.lots import LotDelivery
from certification.linkage.queries import terms_in_force
from certification.linkage.rules import LinkageMode, SaleTerms
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.media import Upload
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional
from marketplace.parties.outlet_links import may_collect

LOT_YIELD_PERCENT = Parameter(
    "stock.lot_yield_percent",
    default=300,
    unit="percent",
    source="平台约定：加工会添水添料，包装也占分量；一批货装出来的总重超过收货重量的三倍，多半是份数填错了",
)


@dataclass(frozen=True, slots=True)
class OwnSku:
    """A packing and whose it is."""

    sku_id: int
    name: str
    grams: int
    listing_id: int
    title: str
    product_id: int
    supplier_id: int


def skus_of_suppliers(supplier_ids: Collection[int]) -> list[OwnSku]:
    """Packings in use, by title. One query."""
    return _skus(Listing.supplier_id.in_(supplier_ids), Sku.is_active.is_(True)) if supplier_ids else []


def get_sku(sku_id: int) -> OwnSku:
    """Raises NotFound. Whose it is the caller checks."""
    found = _skus(Sku.id == sku_id)
    if not found:
        raise NotFound
    return found[0]


def _skus(*criteria: ColumnElement[bool]) -> list[OwnSku]:
    rows = db.session.execute(
        select(
            Sku.id, Sku.name, Sku.grams, Listing.id, Listing.title, Listing.product_id, Listing.supplier_id
        )
        .join(Listing, Listing.id == Sku.listing_id)
        .where(*criteria)
        .order_by(Listing.title, Sku.position, Sku.id)
    )
    return [OwnSku(*row) for row in rows]


def purchase_terms(product_ids: Collection[int]) -> dict[int, SaleTerms]:
    """Terms in force of those products whose goods come in lots."""
    return {
        product_id: terms
        for product_id, terms in terms_in_force(product_ids).items()
        if terms.term(LinkageMode.PURCHASE)
    }


@transactional
def receive_lot(
    actor: Actor,
    sku_id: int,
    household_id: int,
    delivery: LotDelivery,
    voucher: Upload | None = None,
    *,
    outlet_id: int | None = None,
) -> int:
    """Record what a household brought and put its units on the shelf; returns the lot's id.

    With ``outlet_id`` the outlet's operator takes it in for a supplier that lets this outlet collect. Raises
    InvalidInput ``lots.not_covered`` where no purchase terms are in force, ``listing.lot_above_price`` where the price
    can't carry the agreed total, ``lots.too_many_units`` where so much can't be packed from what was weighed, NotFound
    for an SKU that is not the actor's to fill. Nothing is kept of a refused lot.
    """
    sku = get_sku(sku_id)
    allowed = (
        actor.acts_for_supplier(sku.supplier_id)
        if outlet_id is None
        else outlet_id in actor.outlet_ids and may_collect(outlet_id, sku.supplier_id)
    )
    if not allowed:
        raise NotFound
    terms = purchase_terms([sku.product_id]).get(sku.product_id)
    if terms is None:
        raise InvalidInput("lots.not_covered", field="sku_id")
    _check_yield(sku, delivery)
    lot_id = linkage.receive_lot(
        actor, terms.agreement_id, household_id, sku_id, delivery, voucher, outlet_id=outlet_id
    )
    stock.receive(sku_id, delivery.units, actor.user_id, lot_id=lot_id)
    products.check_lots_fit(sku_id, field="total_fen")
    products.refresh_projection(sku.product_id)
    return lot_id


def _check_yield(sku: OwnSku, delivery: LotDelivery) -> None:
    """The agreed total is shared out over the units: units nobody can have packed would sell goods that are not there
    and leave the household next to nothing of each."""
    if delivery.units * sku.grams * 100 > delivery.grams * LOT_YIELD_PERCENT.get():
        most = delivery.grams * LOT_YIELD_PERCENT.get() // (sku.grams * 100)
        raise InvalidInput("lots.too_many_units", field="units", most=most)
