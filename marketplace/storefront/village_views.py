"""The villages whose produce is on sale, and what each of them sells, earns and is supported by."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from catalog.products.models import Listing
from catalog.products.queries import CardRow, card_select, cards, visible_clause
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_text
from marketplace.kernel.media import media_url
from marketplace.kernel.paging import Page, page_number
from marketplace.outlets.queries import outlets_serving
from marketplace.pairing.queries import ArrangementRow, arrangements_of_village
from marketplace.regions.queries import find_region, names_of, path_of
from marketplace.regions.rules import RegionLevel, county_code_of, place_name, town_code_of
from marketplace.reporting.progress import village_income
from marketplace.storefront.cards import cards_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.places import county_tiles, short_address
from marketplace.storefront.shared import kept
from marketplace.storefront.sharing import shared_page
from marketplace.storefront.story_cards import FEW, story_cards
from marketplace.stories.queries import of_village

MOST_SHOWN = 60
PER_PAGE = 24
_MOST_OUTLETS = 4
_INCOME_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class VillageRow:
    """``products`` listings on sale from there; ``cover_token`` the picture of what sells best; ``known_for`` names
    what it sells, in the order it sells."""

    code: str
    name: str
    town: str
    county: str
    county_code: str
    products: int
    cover_token: str | None
    known_for: tuple[str, ...]


def villages() -> list[VillageRow]:
    """Every village with something on sale, by place. One query a minute."""
    return kept("villages", _read_villages)


def _read_villages() -> list[VillageRow]:
    rows = db.session.execute(
        select(
            DeclaredProduct.origin_code,
            Listing.cover_token,
            DeclaredProduct.name,
        )
        .join(Listing, Listing.product_id == DeclaredProduct.id)
        .where(visible_clause())
        .order_by(DeclaredProduct.origin_code, Listing.sold_units.desc(), Listing.id)
    ).all()
    codes = {row.origin_code for row in rows}
    names = names_of({*codes, *map(town_code_of, codes), *map(county_code_of, codes)})
    found = []
    for code, group in groupby(rows, key=lambda row: str(row.origin_code)):
        goods = list(group)
        found.append(
            VillageRow(
                code=code,
                name=place_name(names[code]),
                town=names[town_code_of(code)],
                county=names[county_code_of(code)],
                county_code=county_code_of(code),
                products=len(goods),
                cover_token=goods[0][1],
                known_for=tuple(dict.fromkeys(row[2] for row in goods))[:2],
            )
        )
    return found


@guest_page
def index() -> ResponseReturnValue:
    everything = villages()
    counties = {row.county_code: row.county for row in everything}
    county = request.args.get("county", "")
    county = county if county in counties else ""
    text = asked_text("v", 20)
    shown = [row for row in everything if _fits(row, county, text)]
    page = page_number(request.args.get("page"))
    page = min(page, max(1, -(-len(shown) // PER_PAGE)))
    per_county: dict[str, int] = {}
    for row in everything:
        per_county[row.county_code] = per_county.get(row.county_code, 0) + 1
    return render_template(
        "storefront/villages.html",
        villages=shown[(page - 1) * PER_PAGE : page * PER_PAGE],
        page=Page(shown, page, len(shown), PER_PAGE),
        county=county,
        county_name=counties.get(county, ""),
        text=text,
        tiles=county_tiles(per_county, _filter_address, county),
        counties=[(code, name, per_county[code]) for code, name in sorted(counties.items())],
        total=len(everything),
    )


def _filter_address(code: str) -> str:
    return url_for("villages.index", county=code)


def _fits(row: VillageRow, county: str, text: str) -> bool:
    if county and row.county_code != county:
        return False
    return not text or any(text in part for part in (row.name, row.town, row.county, *row.known_for))


@guest_page
def show(code: str) -> ResponseReturnValue:
    """No figure of single households: sums only where enough of them stand behind (small cells)."""
    region = find_region(code)
    if region is None or region.level is not RegionLevel.VILLAGE:
        raise NotFound
    found, known_for = _goods_of(code)
    county, town = path_of(code)[-3:-1]
    today = clock.today()
    name = place_name(region.name)
    outlets = outlets_serving(code)
    cover = next((row.cover_token for row in found if row.cover_token), None)
    return render_template(
        "storefront/village.html",
        name=name,
        county=county,
        town=town,
        cards=cards_of(found),
        known_for=known_for,
        stories=story_cards(of_village(code, FEW)),
        shared=shared_page(
            f"{county.name}{town.name}{name}",
            f"在售 {len(found)} 种认定好物：{'、'.join(known_for)}"
            if found
            else "西安的帮扶村，看看这里出什么",
            url_for("villages.show", code=code),
            media_url(cover, 640) if cover else "",
        ),
        outlets=[(row, short_address(row.street_code)) for row in outlets[:_MOST_OUTLETS]],
        outlet_count=len(outlets),
        supporters=_supporters(arrangements_of_village(code, today)),
        income=kept(
            f"village:{code}:{today.year}", lambda: village_income(code, today.year), _INCOME_SECONDS
        ),
        year=today.year,
        neighbours=[row for row in villages() if row.county_code == county.code and row.code != code][:6],
    )


def _goods_of(code: str) -> tuple[list[CardRow], Mapping[str, int]]:
    """Cards of what is on sale, and how many of each category. One statement: names of categories are kept."""
    statement = card_select().where(DeclaredProduct.origin_code == code, visible_clause())
    found = cards(statement.order_by(Listing.sold_units.desc(), Listing.id.desc()).limit(MOST_SHOWN))
    names: dict[str, str] = kept("category names", _read_category_names)
    counts: dict[str, int] = {}
    for card in found:
        name = names.get(card.category_code, "")
        counts[name] = counts.get(name, 0) + 1
    return found, counts


def _read_category_names() -> dict[str, str]:
    return dict(db.session.execute(select(Category.code, Category.name)).all())


def _supporters(arrangements: list[ArrangementRow]) -> list[dict[str, Any]]:
    """The units, each once; that one supports a single household is nobody else's business."""
    found: dict[int, dict[str, Any]] = {}
    for each in arrangements:
        found.setdefault(
            each.unit_id, {"name": each.unit_name, "kind": each.kind.label, "since": each.starts_on}
        )
    return list(found.values())
