"""What is on sale around a village, nearest first, and which of a unit's arrangements buying it would count to.

Amounts are fen. Where goods lie is told by where they come from; what they count to also by whose households they
bring income, as the match does when they are paid for (``marketplace.reporting.nearness``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, select

from catalog.products.models import Listing, Sku
from catalog.products.queries import available_of_sku, in_stock_clause, visible_clause
from catalog.products.tiers import Tier, tier_prices
from certification.linkage.models import LinkageAgreement, LinkageMember
from certification.linkage.workflow import AgreementState
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.pairing.queries import ArrangementRow
from marketplace.parties.models import Household, Supplier
from marketplace.regions.queries import get_region, within
from marketplace.regions.rules import city_code_of, county_code_of, town_code_of
from marketplace.reporting.dimensions import Nearness
from marketplace.reporting.nearness import Arrangement, BoughtLine, match

#: from where goods may come, nearest first
RINGS = (Nearness.VILLAGE, Nearness.TOWN, Nearness.COUNTY, Nearness.CITY)
RING_WORDS = {
    Nearness.VILLAGE: "本村",
    Nearness.TOWN: "同镇",
    Nearness.COUNTY: "同县",
    Nearness.CITY: "全市其他",
}
COUNT_WORDS = {
    Nearness.HOUSEHOLD: "计入结对户",
    Nearness.VILLAGE: "计入结对村",
    Nearness.TOWN: "计入同镇",
    Nearness.COUNTY: "计入同县",
    Nearness.CITY: "计入全市",
}


@dataclass(frozen=True, slots=True)
class Packing:
    """``available`` unreserved units; ``income_fen`` is what one unit brings households."""

    sku_id: int
    name: str
    price_fen: int
    income_fen: int
    available: int
    tiers: Sequence[Tier]


@dataclass(frozen=True, slots=True)
class Goods:
    listing_id: int
    product_id: int
    title: str
    subtitle: str
    cover_token: str | None
    origin_code: str
    supplier_name: str
    ring: Nearness
    packings: list[Packing] = field(default_factory=list)


def _ring(village_code: str) -> ColumnElement[int]:
    """The place in RINGS of the enclosing query's DeclaredProduct, seen from a village."""
    inner = (
        DeclaredProduct.origin_code == village_code,
        within(DeclaredProduct.origin_code, get_region(town_code_of(village_code))),
        within(DeclaredProduct.origin_code, get_region(county_code_of(village_code))),
    )
    return case(*((criterion, place) for place, criterion in enumerate(inner)), else_=len(inner))


def _on_sale(village_code: str) -> ColumnElement[bool]:
    city = get_region(city_code_of(village_code))
    return and_(visible_clause(), within(DeclaredProduct.origin_code, city))


def count_near(village_code: str) -> dict[Nearness, int]:
    """How many listings are on sale in each ring around a village."""
    ring = _ring(village_code).label("ring")
    rows = db.session.execute(
        select(ring, func.count())
        .select_from(Listing)
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .where(_on_sale(village_code))
        .group_by(ring)
    )
    return {RINGS[place]: count for place, count in rows}


def goods_near(
    village_code: str, total: int, *, ring: Nearness | None = None, page: int = 1, per_page: int = PAGE_SIZE
) -> Page[Goods]:
    """One page of what is on sale around a village, nearest first, what sells best before the rest; ``total`` is from
    ``count_near``."""
    place = _ring(village_code)
    criteria = [_on_sale(village_code)]
    if ring is not None:
        criteria.append(place == RINGS.index(ring))
    rows = db.session.execute(
        select(
            Listing.id,
            Listing.product_id,
            Listing.title,
            Listing.subtitle,
            Listing.cover_token,
            DeclaredProduct.origin_code,
            Supplier.name,
            place,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .where(*criteria)
        .order_by(place, Listing.sold_units.desc(), Listing.id)
        .limit(per_page)
        .offset(offset_of(page, per_page))
    ).all()
    packings = _packings([row[0] for row in rows])
    return Page([Goods(*row[:7], RINGS[row[7]], packings[row[0]]) for row in rows], page, total, per_page)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A listing to fill a gap with, at its lowest ordinary price, fen."""

    listing_id: int
    product_id: int
    title: str
    cover_token: str | None
    price_fen: int
    origin_code: str


def suggestions(village_code: str, limit: int) -> list[Suggestion]:
    """What is in stock nearest to a village; one query, tier prices are on the village's own page."""
    place = _ring(village_code)
    rows = db.session.execute(
        select(
            Listing.id,
            Listing.product_id,
            Listing.title,
            Listing.cover_token,
            Listing.from_price_fen,
            DeclaredProduct.origin_code,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .where(_on_sale(village_code), in_stock_clause())
        .order_by(place, Listing.sold_units.desc(), Listing.id)
        .limit(limit)
    )
    return [Suggestion(*row) for row in rows]


def _packings(listing_ids: Collection[int]) -> dict[int, list[Packing]]:
    found: dict[int, list[Packing]] = defaultdict(list)
    if not listing_ids:
        return found
    rows = db.session.execute(
        select(Sku.listing_id, Sku.id, Sku.name, Sku.price_fen, Sku.projected_income_fen, available_of_sku())
        .where(Sku.listing_id.in_(listing_ids), Sku.is_active)
        .order_by(Sku.position, Sku.id)
    ).all()
    tiers = tier_prices([row[1] for row in rows])
    for listing_id, sku_id, name, price_fen, income_fen, available in rows:
        found[listing_id].append(Packing(sku_id, name, price_fen, income_fen, available, tiers[sku_id]))
    return found


def _household_villages(product_ids: Collection[int], today: date) -> dict[int, set[str]]:
    """Villages of the households that products bring income, by product: what is linked today."""
    found: dict[int, set[str]] = defaultdict(set)
    if product_ids:
        rows = db.session.execute(
            select(LinkageAgreement.product_id, Household.village_code)
            .join(LinkageMember, LinkageMember.agreement_id == LinkageAgreement.id)
            .join(Household, Household.id == LinkageMember.household_id)
            .where(
                LinkageAgreement.product_id.in_(product_ids),
                LinkageAgreement.state == AgreementState.ACTIVE,
                LinkageAgreement.starts_on <= today,
                LinkageAgreement.ends_on >= today,
            )
            .distinct()
        )
        for product_id, village in rows:
            found[product_id].add(village)
    return found


def counts_to(
    goods: Iterable[Goods | Suggestion], arrangements: Iterable[ArrangementRow], today: date
) -> dict[int, tuple[int, Nearness]]:
    """(arrangement, how near) by listing, were it paid for today; what counts to none is missing. One query.

    Households are left out: which one a unit of goods belongs to is known only when it is sold.
    """
    listed = list(goods)
    terms = [
        Arrangement(each.id, each.village_code, None, each.starts_on, each.ends_on) for each in arrangements
    ]
    villages = _household_villages({each.product_id for each in listed}, today) if terms else {}
    found = {}
    for each in listed:
        places = frozenset({each.origin_code, *villages.get(each.product_id, ())})
        matched = match(BoughtLine(each.listing_id, today, places, frozenset()), terms)
        if matched is not None:
            found[each.listing_id] = matched
    return found
