"""Home, categories, search, rules: what anybody may look at."""

from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.search import engine
from catalog.search.queries import ask
from catalog.search.rules import normalise
from marketplace.accounts.web import current_actor
from marketplace.kernel.errors import NotFound
from marketplace.storefront import filters, queries, shared
from marketplace.storefront.cards import cards_of
from orders.fulfilment.parameters import AUTO_RECEIVE_DAYS
from orders.refunds.parameters import ANSWER_HOURS


def _page(template: str, **context: Any) -> ResponseReturnValue:
    """A guest's page that has not changed need not travel again; a member's is never kept."""
    response = make_response(render_template(template, **context))
    if current_actor() is None:
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
    return response


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
    return _page(
        "storefront/home.html",
        **sections,
        hero_words=[rows[each].title for each in ids.season[:3] if each in rows],
        tops=shared.channels(),
        pulse=queries.pulse(),
        notices=queries.notices_hanging(),
    )


def category(code: str) -> ResponseReturnValue:
    found = shared.find_category(code)
    if found is None:
        raise NotFound
    counties = dict(shared.counties())
    asked = filters.parse(request.args, counties, "sold")
    rows, total = queries.category_page(found.codes, asked)
    parent = shared.find_category(found.parent_code) if found.parent_code else None
    top = parent or found
    return _page(
        "storefront/category.html",
        category=found,
        top=top,
        children=shared.children_of(top.code),
        cards=cards_of(rows),
        popular=[] if rows else cards_of(queries.popular(5)),
        pages=filters.pages_of(asked.page, total),
        **_filter_context(asked, counties),
    )


def _filter_context(asked: filters.Filters, counties: dict[str, str]) -> dict[str, Any]:
    return {
        "asked": asked,
        "counties": list(counties.items()),
        "prices": [(value, band[0]) for value, band in filters.PRICE_BANDS.items()],
        "incomes": [(value, band[0]) for value, band in filters.INCOME_BANDS.items()],
    }


def search() -> ResponseReturnValue:
    question = normalise(request.args.get("q", ""))
    counties = dict(shared.counties())
    asked = filters.parse(request.args, counties, "")
    answer = ask(engine.current_backend(), question)
    rows, total = queries.found_page(answer.listing_ids, asked)
    return _page(
        "storefront/search.html",
        question=question,
        cards=cards_of(rows, answer.words),
        popular=[] if rows else cards_of(queries.popular()),
        tops=shared.channels(),
        children={top.code: shared.children_of(top.code) for top in shared.channels()},
        pages=filters.pages_of(asked.page, total),
        **_filter_context(asked, counties),
    )


def rules() -> ResponseReturnValue:
    return render_template(
        "storefront/rules.html",
        fee_bp=PLATFORM_FEE_BP.get(),
        fee_source=PLATFORM_FEE_BP.source,
        categories=shared.top_categories(),
        answer_hours=ANSWER_HOURS.get(),
        auto_receive_days=AUTO_RECEIVE_DAYS.get(),
    )
