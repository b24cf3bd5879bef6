"""Products, categories and regions: what anybody may read."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from catalog.search.engine import current_backend
from catalog.visits.queries import find_offer
from marketplace.api import links, queries
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.api.queries import ProductFacts, SkuFacts, Wanted
from marketplace.api.schemas.goods import DEEPEST
from marketplace.kernel.errors import InvalidFields
from marketplace.kernel.media import media_url
from marketplace.regions.queries import children_of, get_region, names_of
from marketplace.regions.rules import NATION_CODE, RegionLevel, place_name


def products(ask: Ask) -> Answer:
    asked = ask.query
    page, size, text = asked["page"], asked["page_size"], asked.get("q", "").strip()
    if page * size > DEEPEST:
        raise InvalidFields({"page": [f"最多翻到第 {DEEPEST} 件，请用类别、区县或搜索词缩小范围。"]})
    sort = asked.get("sort") or ("relevance" if text else "sold")
    if sort == "relevance" and not text:
        raise InvalidFields({"sort": ["relevance 要和 q 一起用。"]})
    wanted = Wanted(
        text,
        asked.get("category", ""),
        asked.get("county", ""),
        asked["in_stock"],
        sort,
        (page - 1) * size,
        size,
    )
    found, more = queries.products_page(wanted, current_backend())
    skus = queries.skus_of_each({each.id for each in found if not each.is_visit})
    counties = names_of({each.county_code for each in found})
    more = more and (page + 1) * size <= DEEPEST
    return Answer(
        {
            "items": [_product(each, skus.get(each.id, ()), counties) for each in found],
            "next": links.next_page(page, there_is=more),
        }
    )


def _product(facts: ProductFacts, skus: Sequence[SkuFacts], names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": facts.id,
        "title": facts.title,
        "price_fen": facts.price_fen,
        "income_fen": facts.income_fen,
        "category": facts.category,
        "county": {"code": facts.county_code, "name": names.get(facts.county_code, "")},
        "supplier": {"id": facts.supplier_id, "name": facts.seller},
        "certificate": {"number": facts.certificate_number, "valid_until": facts.certificate_until},
        "season": {"from": facts.sale_from, "until": facts.sale_until} if facts.sale_from else None,
        "is_visit": facts.is_visit,
        "axes": facts.axes,
        "skus": skus,
        "picture_url": _picture(facts.cover_token),
        "url": links.page("products.show", listing_id=facts.id),
    }


def _picture(token: str | None) -> str | None:
    return links.public(media_url(token)) if token else None


def product(_ask: Ask, product_id: int) -> Answer:
    facts = queries.get_product(product_id)
    names = names_of({facts.county_code, facts.origin_code})
    more = {
        "subtitle": facts.subtitle,
        "description": facts.description,
        "specs": [{"name": spec[0], "value": spec[1]} for spec in facts.specs if len(spec) > 1],
        "origin": {"code": facts.origin_code, "name": place_name(names.get(facts.origin_code, ""))},
        "is_fresh": facts.is_fresh,
        "after_sales_hours": facts.after_sales_hours,
        "pictures": [_picture(token) for token in queries.picture_tokens(product_id)],
    }
    if facts.is_visit:
        return Answer({**_product(facts, (), names), **more, "visit": find_offer(product_id)})
    skus = queries.skus_of_each([product_id])[product_id]
    return Answer({**_product(facts, skus, names), **more, "visit": None})


def categories(_ask: Ask) -> Answer:
    rows = queries.categories()
    items = [{"code": row.code, "name": row.name, "parent": row.parent_code} for row in rows]
    return Answer({"items": items, "next": None}, headers={"Cache-Control": "public, max-age=300"})


def regions(ask: Ask) -> Answer:
    parent = get_region(ask.query["parent"] or NATION_CODE)
    items = [
        {
            "code": row.code,
            "name": row.name,
            "level": row.level.value,
            "is_street": row.level is RegionLevel.TOWN,
        }
        for row in children_of(parent.code)
    ]
    # the same for everybody, and new once a year
    return Answer({"items": items, "next": None}, headers={"Cache-Control": "public, max-age=86400"})


def conditional(response: Response) -> Response:
    """304 for who has it already."""
    response.add_etag()
    response.make_conditional(request)
    return response
