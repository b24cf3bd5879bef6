"""What a price must carry: the floor under it, the lots it has to pay for, and whether a listing is ready to be sold.

Amounts are fen.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.own_queries import get_listing
from catalog.products.queries import STOCK_ROWS, skus_of
from catalog.products.rules import Readiness
from catalog.products.workflow import ListingState
from certification.certificates.queries import in_force_clause
from certification.linkage.models import SupplyLot
from certification.linkage.queries import terms_in_force, terms_in_force_clause, waits_for_hours
from certification.linkage.rules import (
    LinkageMode,
    SaleTerms,
    ceiling_price_fen,
    floor_price_fen,
    lot_unit_fen,
)
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput


def first_lots(sku_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """(total_fen, units) of the lot the next unit of each SKU comes from; of the latest lot where all are gone."""
    if not sku_ids:
        return {}
    rows = db.session.execute(
        select(SupplyLot.sku_id, SupplyLot.total_fen, SupplyLot.units, STOCK_ROWS.c.available)
        .join(STOCK_ROWS, STOCK_ROWS.c.lot_id == SupplyLot.id)
        .where(SupplyLot.sku_id.in_(sorted(sku_ids)))
        .order_by(STOCK_ROWS.c.id)
    ).all()
    found = {row.sku_id: (row.total_fen, row.units) for row in rows}
    for row in reversed(rows):
        if row.available > 0:
            found[row.sku_id] = (row.total_fen, row.units)
    return found


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the prices of some products' packings may be. Without terms in force nothing is bound: then nothing can be
    sold, and nothing is promised yet."""

    terms: Mapping[int, SaleTerms]
    #: of the dearest lot on hand, by packing
    dearest_fen: Mapping[int, int]
    fee_bp: int

    def floor(self, product_id: int, sku_id: int | None) -> int | None:
        """The lowest price in fen a packing may have now; ``sku_id`` None is one without lots."""
        terms = self.terms.get(product_id)
        if terms is None:
            return None
        dearest = 0 if sku_id is None else self.dearest_fen.get(sku_id, 0)
        return floor_price_fen(terms, dearest, self.fee_bp)

    def ceiling(self, product_id: int) -> int | None:
        """The highest price in fen a packing may have; None where nothing sets a limit."""
        terms = self.terms.get(product_id)
        return None if terms is None else ceiling_price_fen(terms, self.fee_bp)

    def faults(
        self, product_id: int, sku_id: int | None, price_fen: int, field: str = "price_fen"
    ) -> list[InvalidInput]:
        """Empty, or the one thing that is wrong with a price, at ``field``."""
        floor, ceiling = self.floor(product_id, sku_id), self.ceiling(product_id)
        if floor is not None and price_fen < floor:
            return [InvalidInput("listing.price_below_floor", field=field, floor_fen=floor)]
        if ceiling is not None and price_fen > ceiling:
            return [InvalidInput("listing.price_above_ceiling", field=field, ceiling_fen=ceiling)]
        return []


def bounds(product_ids: Collection[int], sku_ids: Collection[int], fee_bp: int) -> Bounds:
    """For packings of any products, in two queries."""
    # lots also where newer terms no longer buy: what was promised is paid
    return Bounds(terms_in_force(sorted(set(product_ids))), _dearest_lots(sku_ids), fee_bp)


def floors(product_id: int, sku_ids: Collection[int], fee_bp: int) -> dict[int | None, int]:
    """The lowest price in fen each SKU may have now; under None that of a packing without lots.

    Empty while no terms are in force.
    """
    found = bounds([product_id], sku_ids, fee_bp)
    lowest = {sku_id: found.floor(product_id, sku_id) for sku_id in (None, *sku_ids)}
    return {sku_id: floor for sku_id, floor in lowest.items() if floor is not None}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a packing's price carries: the lowest it may be, households' share of net in ten-thousandths, and whether
    the whole rest is the household's (own produce)."""

    floor_fen: int
    share_bp: int
    is_own: bool

    def room_fen(self, price_fen: int, units: int) -> int:
        """How far so many may be lowered by their supplier; own produce not at all."""
        return 0 if self.is_own else max(0, price_fen - self.floor_fen) * units


def carried_by(
    sku_ids: Collection[int], fee_bp: int, product_of: Mapping[int, int] | None = None
) -> dict[int, Carried]:
    """For packings of any products, in two queries, or three where ``product_of`` is not known; those without terms in
    force are left out."""
    if product_of is None:
        product_of = _products_of(sku_ids)
    terms = terms_in_force(sorted(set(product_of.values())))
    dearest = _dearest_lots([sku_id for sku_id, product_id in product_of.items() if product_id in terms])
    return {
        sku_id: Carried(
            floor_price_fen(terms[product_id], dearest.get(sku_id, 0), fee_bp),
            terms[product_id].share_bp,
            terms[product_id].term(LinkageMode.OWN) is not None,
        )
        for sku_id, product_id in product_of.items()
        if product_id in terms
    }


def _products_of(sku_ids: Collection[int]) -> dict[int, int]:
    if not sku_ids:
        return {}
    return dict(
        db.session.execute(
            select(Sku.id, Listing.product_id)
            .join(Listing, Listing.id == Sku.listing_id)
            .where(Sku.id.in_(sorted(sku_ids)))
        ).all()
    )


@dataclass(frozen=True, slots=True)
class Packing:
    sku_id: int
    title: str
    name: str
    price_fen: int


def packings_on_sale(supplier_id: int) -> list[Packing]:
    """What a supplier has on offer, whether or not it can be bought today."""
    rows = db.session.execute(
        select(Sku.id, Listing.title, Sku.name, Sku.price_fen)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.supplier_id == supplier_id, Listing.state == ListingState.ON_SALE, Sku.is_active)
        .order_by(Sku.id)
    )
    return [Packing(*row) for row in rows]


def floors_of_skus(sku_ids: Collection[int], fee_bp: int) -> dict[int, int]:
    """``floors`` for packings of any products, in three queries; those without terms in force are left out."""
    return {sku_id: carried.floor_fen for sku_id, carried in carried_by(sku_ids, fee_bp).items()}


def _dearest_lots(sku_ids: Collection[int]) -> dict[int, int]:
    """Fen per unit of the dearest lot on hand, rounded up, by SKU."""
    dearest: dict[int, int] = {}
    if not sku_ids:
        return dearest
    for sku_id, total_fen, units in db.session.execute(
        select(SupplyLot.sku_id, SupplyLot.total_fen, SupplyLot.units)
        .join(STOCK_ROWS, STOCK_ROWS.c.lot_id == SupplyLot.id)
        # units held by an unpaid order may be back on the shelf any minute
        .where(SupplyLot.sku_id.in_(sorted(sku_ids)), STOCK_ROWS.c.available + STOCK_ROWS.c.reserved > 0)
    ):
        dearest[sku_id] = max(dearest.get(sku_id, 0), lot_unit_fen(total_fen, units))
    return dearest


def mispriced(product_id: int, fee_bp: int) -> list[int]:
    """Packings on offer whose price no longer carries what it must, or is above its ceiling; by id."""
    skus = db.session.execute(
        select(Sku.id, Sku.price_fen)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.product_id == product_id, Listing.state == ListingState.ON_SALE, Sku.is_active)
        .order_by(Sku.id)
    ).all()
    limits = bounds([product_id], [sku.id for sku in skus], fee_bp)
    return [sku.id for sku in skus if limits.faults(product_id, sku.id, sku.price_fen)]


def readiness(listing_id: int, fee_bp: int) -> Readiness:
    """What the listing has and lacks for being sold today."""
    listing = get_listing(listing_id)
    skus = skus_of(listing_id)
    limits = bounds([listing.product_id], [sku.sku_id for sku in skus], fee_bp)
    highest = limits.ceiling(listing.product_id)
    certified, has_terms, pictures = db.session.execute(
        select(
            in_force_clause(Listing.product_id),
            terms_in_force_clause(Listing.product_id),
            select(func.count())
            .where(ListingPicture.listing_id == Listing.id)
            .correlate(Listing)
            .scalar_subquery(),
        ).where(Listing.id == listing_id)
    ).one()
    return Readiness(
        bool(certified),
        bool(has_terms),
        pictures,
        len(skus),
        below_floor=tuple(
            sku.name for sku in skus if sku.price_fen < (limits.floor(listing.product_id, sku.sku_id) or 0)
        ),
        above_ceiling=tuple(sku.name for sku in skus if highest is not None and sku.price_fen > highest),
        waits_for_hours=not has_terms and waits_for_hours(listing.product_id),
    )
