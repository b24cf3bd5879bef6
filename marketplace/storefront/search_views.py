"""Search, with an honest word on how well the answer fits, and suggestions while one types."""

from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.attributes.rules import offered_of
from catalog.search import engine
from catalog.search.queries import Answer, Match, ask
from catalog.search.rules import normalise
from catalog.search.suggestions import suggest as suggest_words
from catalog.search.vocabulary import Entry, Kind
from marketplace.regions.queries import find_region
from marketplace.regions.rules import RegionLevel
from marketplace.storefront import filters, queries, shared
from marketplace.storefront.cards import cards_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.narrowing import narrowing

_KINDS = {Kind.CATEGORY: "分类", Kind.PLACE: "产地", Kind.SUPPLIER: "供应商"}
_MOST_GOODS = 5


def show() -> ResponseReturnValue:
    question = normalise(request.args.get("q", ""))
    return _found(question) if question else _everything()


@guest_page
def _everything() -> ResponseReturnValue:
    tops = shared.channels()
    return render_template(
        "storefront/categories.html",
        tops=tops,
        children={top.code: shared.children_of(top.code) for top in tops},
        popular=cards_of(queries.popular()),
    )


def _found(question: str) -> ResponseReturnValue:
    table, attributes = shared.table(), offered_of(shared.attributes())
    answer = ask(engine.current_backend(), question, table.by_sales)
    asked = filters.parse(request.args, table.counties, "", table.suppliers, attributes)
    base = table.of_listings(answer.listing_ids)
    rows, total = queries.found_page(answer.listing_ids, asked, table)
    if rows and asked.page == 1 and not asked.narrows:
        engine.note_search(answer)
    return render_template(
        "storefront/search.html",
        question=question,
        match=_match(answer, bool(rows) or asked.narrows),
        meant=answer.meant,
        cards=cards_of(rows, answer.words),
        popular=[] if rows else cards_of(queries.popular()),
        tops=shared.channels(),
        most=len(answer.listing_ids),
        pages=filters.pages_of(asked.page, total),
        narrowing=narrowing(table, base, asked, attributes, question),
        asked=asked,
    )


def _match(answer: Answer, shows: bool) -> str:
    """What the index holds and nobody may see any more is nothing found."""
    return (answer.match if shows else Match.NONE).value


def suggest() -> ResponseReturnValue:
    """JSON for the search box: goods, kinds, places and sellers, each with the address it leads to."""
    typed = normalise(request.args.get("q", ""))
    found = suggest_words(engine.current_backend(), typed, _MOST_GOODS)
    goods = queries.titles_of(found.listing_ids, _MOST_GOODS)
    items = [_entry(entry) for entry in found.entries] + [
        {"kind": "商品", "text": title, "href": url_for("products.show", listing_id=listing_id)}
        for listing_id, title in goods
    ]
    response = jsonify(q=typed, items=items)
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


def _entry(entry: Entry) -> dict[str, Any]:
    return {"kind": _KINDS[entry.kind], "text": entry.word, "href": _address(entry)}


def _address(entry: Entry) -> str:
    if entry.kind is Kind.CATEGORY:
        return url_for("category.show", code=entry.code)
    if entry.kind is Kind.SUPPLIER:
        return url_for("suppliers.show", supplier_id=entry.code)
    region = find_region(entry.code)
    if region is not None and region.level is RegionLevel.VILLAGE:
        return url_for("villages.show", code=entry.code)
    return url_for("search.show", q=entry.word)
