"""The villages whose produce is on sale, and what each of them sells."""

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from catalog.products.models import Listing
from catalog.products.queries import card_select, cards, visible_clause
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.regions.queries import find_region, names_of, path_of
from marketplace.regions.rules import RegionLevel, county_code_of, town_code_of
from marketplace.storefront.cards import cards_of
from marketplace.storefront.shared import kept

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class VillageRow:
    """``products`` listings on sale from there; ``cover_token`` the picture of what sells best."""

    code: str
    name: str
    town: str
    county: str
    products: int
    cover_token: str | None


def _read_villages() -> list[VillageRow]:
    rows = db.session.execute(
        select(DeclaredProduct.origin_code, func.count(Listing.id), func.max(Listing.cover_token))
        .join(Listing, Listing.product_id == DeclaredProduct.id)
        .where(visible_clause())
        .group_by(DeclaredProduct.origin_code)
        .order_by(DeclaredProduct.origin_code)
    ).all()
    codes = {row.origin_code for row in rows}
    names = names_of({*codes, *map(town_code_of, codes), *map(county_code_of, codes)})
    return [
        VillageRow(
            code=row[0],
            name=names[row[0]],
            town=names[town_code_of(row[0])],
            county=names[county_code_of(row[0])],
            products=row[1],
            cover_token=row[2],
        )
        for row in rows
    ]


def index() -> ResponseReturnValue:
    counties: dict[str, list[VillageRow]] = {}
    for village in kept("villages", _read_villages):
        counties.setdefault(village.county, []).append(village)
    return render_template("storefront/villages.html", counties=counties)


def show(code: str) -> ResponseReturnValue:
    """Products on sale from one village. No income and no households: that would show single ones (small cells)."""
    region = find_region(code)
    if region is None or region.level is not RegionLevel.VILLAGE:
        raise NotFound
    statement = card_select().where(DeclaredProduct.origin_code == code, visible_clause())
    found = cards(statement.order_by(Listing.sold_units.desc(), Listing.id.desc()).limit(MOST_SHOWN))
    county, town = path_of(code)[-3:-1]
    return render_template(
        "storefront/village.html", region=region, county=county, town=town, cards=cards_of(found)
    )
