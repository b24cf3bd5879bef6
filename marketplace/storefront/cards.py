"""Rows as the cards of the page macros, with addresses and names."""

from collections.abc import Iterable, Sequence

from catalog.products.queries import CardRow
from catalog.products.selling_rules import Season
from catalog.search.rules import marked
from marketplace.kernel import clock
from marketplace.kernel.media import media_url
from marketplace.presentation import ProductCard, link
from marketplace.regions.queries import names_of
from marketplace.regions.rules import town_code_of
from marketplace.storefront.filters import srcset


def cards_of(rows: Iterable[CardRow], words: Sequence[str] = ()) -> list[ProductCard]:
    """``words`` are marked in the titles. Names of places cost at most one query per process and place."""
    listed = list(rows)
    towns = {row.listing_id: town_code_of(row.origin_code) for row in listed}
    names = names_of({*(row.county_code for row in listed), *towns.values()})
    base = link("products.show", listing_id=0).removesuffix("0")
    return [_card(row, base, names, towns[row.listing_id], words) for row in listed]


def _card(row: CardRow, base: str, names: dict[str, str], town: str, words: Sequence[str]) -> ProductCard:
    title = f"{row.title} {row.subtitle}".strip()
    image = media_url(row.cover_token, 640)
    return ProductCard(
        href=f"{base}{row.listing_id}",
        title=title,
        image=image,
        srcset=srcset(image) if row.cover_token else "",
        price_fen=row.price_fen,
        from_price=row.dearest_fen > row.price_fen,
        spec=row.sku_name,
        income_fen=row.income_fen or None,
        origin=names.get(row.county_code, ""),
        origin_detail=names.get(town, "") if town != row.county_code else "",
        sold=row.sold_units,
        certified=True,
        tag="预售" if _is_presold(row) else "",
        jin_fen=row.jin_fen,
        gone=_gone(row),
        marked=tuple(marked(title, words)) if words else (),
    )


def _is_presold(row: CardRow) -> bool:
    return row.presale_until is not None and row.presale_until >= clock.today()


def _gone(row: CardRow) -> str:
    """Why it can't be bought today; empty where it can."""
    season = Season(row.sale_from, row.sale_until)
    if not season.is_open(clock.today()):
        return f"{season.opens}开始销售"
    return "" if row.available > 0 else "卖完了，等下一批"
