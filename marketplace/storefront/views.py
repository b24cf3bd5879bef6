"""Home, categories, rules: what anybody may look at."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products.parameters import PLATFORM_FEE_BP
from marketplace.kernel.errors import NotFound
from marketplace.reporting.progress import city_today
from marketplace.storefront import filters, places, queries, shared
from marketplace.storefront.cards import cards_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.village_views import villages
from orders.fulfilment.parameters import AUTO_RECEIVE_DAYS
from orders.refunds.parameters import ANSWER_HOURS


@guest_page
def home() -> ResponseReturnValue:
    ids = queries.home_ids()
    rows = queries.home_cards(ids)
    sections = {
        name: cards_of(rows[each] for each in chosen if each in rows)
        for name, chosen in (
            ("season", ids.season),
            ("staples", ids.staples),
            ("certified", ids.fresh_certified),
        )
    }
    return render_template(
        "storefront/home.html",
        **sections,
        hero_words=[rows[each].title for each in ids.season[:3] if each in rows],
        tops=shared.channels(),
        pulse=queries.pulse(),
        notices=queries.notices_hanging(),
        figures=shared.kept("figures", city_today),
        villages=len(villages()),
        counties=places.county_tiles(shared.facets().per_county, _villages_of),
    )


def _villages_of(county_code: str) -> str:
    return url_for("villages.index", county=county_code)


@guest_page
def category(code: str) -> ResponseReturnValue:
    found = shared.find_category(code)
    if found is None:
        raise NotFound
    facets = shared.facets(found.codes)
    asked = filters.parse(request.args, facets.counties, "sold", facets.suppliers)
    rows, total = queries.category_page(found.codes, asked)
    parent = shared.find_category(found.parent_code) if found.parent_code else None
    top = parent or found
    return render_template(
        "storefront/category.html",
        category=found,
        top=top,
        children=shared.children_of(top.code),
        cards=cards_of(rows),
        popular=[] if rows else cards_of(queries.popular(5)),
        pages=filters.pages_of(asked.page, total),
        **list_context(asked, facets),
    )


def list_context(asked: filters.Filters, facets: shared.Facets) -> dict[str, Any]:
    """What the filters of a list of goods read."""
    return {
        "asked": asked,
        "facets": facets,
        "chips": filters.chips_of(asked, facets.counties, facets.suppliers),
        "prices": [(value, band[0]) for value, band in filters.PRICE_BANDS.items()],
        "incomes": [(value, band[0]) for value, band in filters.INCOME_BANDS.items()],
    }


def rules() -> ResponseReturnValue:
    return render_template(
        "storefront/rules.html",
        fee_bp=PLATFORM_FEE_BP.get(),
        fee_source=PLATFORM_FEE_BP.source,
        categories=shared.top_categories(),
        answer_hours=ANSWER_HOURS.get(),
        auto_receive_days=AUTO_RECEIVE_DAYS.get(),
    )
