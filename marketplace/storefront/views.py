"""Home, categories, rules: what anybody may look at."""

from datetime import date
from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from catalog.attributes.rules import offered_of
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.promotions.queries import Forward, put_forward
from catalog.promotions.rules import MOST_WORDS, in_force, laid_out
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.presentation import link
from marketplace.reporting.progress import city_figures
from marketplace.storefront import filters, places, queries, shared
from marketplace.storefront.cards import cards_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.narrowing import narrowing
from marketplace.storefront.story_cards import FEW, story_cards
from marketplace.storefront.village_views import villages
from marketplace.stories.queries import newest
from orders.fulfilment.parameters import AUTO_RECEIVE_DAYS
from orders.refunds.parameters import ANSWER_HOURS, APPEAL_DAYS, RULING_DAYS


@guest_page
def home() -> ResponseReturnValue:
    return _home_page(queries.home_ids(), shared.forward(), clock.today())


def preview() -> ResponseReturnValue:
    """The home page of another day, for the admin's eyes only: what is put forward and what is in season then, with
    today's goods. Neither read from what is kept nor kept."""
    today = clock.today()
    day = _day_asked() or today
    page = _home_page(
        queries.choose_home(day), put_forward(day), day, preview_on=day, preview_first=today.isoformat()
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _day_asked() -> date | None:
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return None


def _home_page(ids: queries.HomeIds, forward: Forward, day: date, **more: Any) -> str:
    rows = queries.home_cards(ids)
    sections = {
        name: cards_of(rows[each] for each in chosen if each in rows)
        for name, chosen in (
            ("season", ids.season),
            ("staples", ids.staples),
            ("certified", ids.fresh_certified),
        )
    }
    banner, features = laid_out(forward.slots, day)
    return render_template(
        "storefront/home.html",
        **sections,
        **more,
        banner=banner,
        features=features,
        chosen_words=in_force(forward.words, day)[:MOST_WORDS],
        hero_words=[rows[each].title for each in ids.season[:3] if each in rows],
        tops=shared.channels(),
        pulse=queries.pulse(),
        notices=queries.notices_hanging(),
        figures=shared.kept("figures", city_figures),
        stories=story_cards(newest(FEW)),
        villages=len(villages()),
        counties=places.county_tiles(shared.table().per_county(), _villages_of),
    )


def _villages_of(county_code: str) -> str:
    return link("villages.index", county=county_code)


@guest_page
def category(code: str) -> ResponseReturnValue:
    found = shared.find_category(code)
    if found is None:
        raise NotFound
    table, attributes = shared.table(), offered_of(shared.attributes_in(code))
    asked = filters.parse(request.args, table.counties, "sold", table.suppliers, attributes)
    base = table.of_categories(found.codes)
    rows, total = queries.category_page(found.codes, asked, table)
    parent = shared.find_category(found.parent_code) if found.parent_code else None
    top = parent or found
    return render_template(
        "storefront/category.html",
        category=found,
        top=top,
        children=shared.children_of(top.code),
        kept=filters.kept_elsewhere(request.args),
        cards=cards_of(rows),
        popular=[] if rows else cards_of(queries.popular(5)),
        pages=filters.pages_of(asked.page, total),
        narrowing=narrowing(table, base, asked, attributes),
        asked=asked,
    )


def rules() -> ResponseReturnValue:
    return render_template(
        "storefront/rules.html",
        fee_bp=PLATFORM_FEE_BP.get(),
        fee_source=PLATFORM_FEE_BP.source,
        categories=shared.top_categories(),
        answer_hours=ANSWER_HOURS.get(),
        appeal_days=APPEAL_DAYS.get(),
        ruling_days=RULING_DAYS.get(),
        auto_receive_days=AUTO_RECEIVE_DAYS.get(),
    )
