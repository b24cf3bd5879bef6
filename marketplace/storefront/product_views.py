"""The product page, and the kind page where something is no longer sold."""

from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from catalog.attributes.rules import values_of
from catalog.products.queries import PictureRow, SkuRow, pictures_of, skus_of
from catalog.products.selling_rules import Closed, closed_for
from catalog.products.workflow import ListingState
from catalog.reviews.queries import scores_and_newest
from catalog.reviews.words import FAULTS
from catalog.wishes.queries import Watched, watched_by
from certification.linkage.rules import LinkageMode, terms_in_words
from marketplace.accounts.web import current_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import media_url, video_url
from marketplace.kernel.money import basis_points
from marketplace.presentation import MoneyPart
from marketplace.regions.queries import names_of
from marketplace.regions.rules import county_code_of, place_name, town_code_of
from marketplace.storefront import delivery, queries, shared
from marketplace.storefront.cards import cards_of
from marketplace.storefront.choosing import Matrix, Offered, matrix_of
from marketplace.storefront.filters import srcset
from marketplace.storefront.guests import guest_page_unless
from marketplace.storefront.product_queries import (
    Linkage,
    ProductFacts,
    get_product,
    income_brought,
    linkage_and_freight,
)
from marketplace.storefront.sharing import product_data, shared_product
from marketplace.storefront.visit_views import calendar_context
from orders.coupons.rules import CouponBearer


@dataclass(frozen=True, slots=True)
class SkuChoice:
    """A packing with where its money goes; ``parts`` add up to ``price_fen``. ``closed``: why not today, or None."""

    sku: SkuRow
    parts: list[MoneyPart]
    chosen: bool
    closed: Closed | None

    @property
    def is_there(self) -> bool:
        return not self.absence

    @property
    def absence(self) -> str:
        """In a word, why it can't be had today; empty where it can."""
        if self.closed is not None:
            return "预售结束" if self.closed == "presale_over" else "未开售"
        return "" if self.sku.available > 0 else "售罄"

    @property
    def says_more(self) -> bool:
        """Whether it is sold by weight, ahead, or not in any number."""
        sku = self.sku
        return sku.tolerance_grams is not None or sku.ship_by is not None or sku.limit_units is not None


@guest_page_unless(delivery.has_chosen)
def show(listing_id: int) -> ResponseReturnValue:
    facts = get_product(listing_id)
    linkage, freight = linkage_and_freight(facts.product_id)
    reason = _why_not(facts, linkage)
    actor = current_actor()
    own = actor is not None and actor.acts_for_supplier(facts.supplier_id)
    if reason is not None and not own:
        return _gone(facts, reason)
    skus, pictures = [] if facts.is_visit else skus_of(listing_id), pictures_of(listing_id)
    visit = _visit(facts) if facts.is_visit else {}
    choices = _choices(facts, skus)
    chosen = next((each for each in choices if each.chosen), None)
    shown = _in_view(pictures, chosen)
    scores, reviews = scores_and_newest(listing_id)
    places = _places(facts, linkage)
    category, parent = shared.find_category(facts.category_code), _parent(facts)
    page = render_template(
        "storefront/visit.html" if facts.is_visit else "storefront/product.html",
        facts=facts,
        linkage=linkage,
        terms=terms_in_words(linkage.terms),
        delivery=None if facts.is_visit else delivery.delivery(skus, freight, facts.ship_hours),
        preview_reason=reason,
        choices=choices,
        season=facts.season,
        today=clock.today(),
        chosen=chosen,
        matrix=_matrix(facts, choices, chosen),
        pictures=[_picture(each) for each in shown] or [_no_picture(facts)],
        pic_ids={each.picture_id: f"pic-{place}" for place, each in enumerate(shown, 1)},
        video=_video(facts, pictures),
        places=places,
        scores=scores,
        reviews=reviews,
        faults=FAULTS,
        brought_fen=None if linkage.is_small else income_brought(facts.product_id),
        category=category,
        parent=parent,
        told=values_of(shared.attributes_in(facts.category_code), facts.options),
        shared=shared_product(facts, pictures),
        data=product_data(
            facts, skus, pictures, [row for row in (parent, category) if row is not None], scores
        ),
        others=cards_of(queries.of_county(facts.county_code, facts.category_code, listing_id)),
        **_coupons(facts, linkage),
        watched=watched_by(actor.user_id, listing_id) if actor is not None else Watched(),
        **visit,
    )
    return make_response(page)


def _coupons(facts: ProductFacts, linkage: Linkage) -> dict[str, Any]:
    """Two at most, the shop's and a shared one where there are both, and whether there are more. Own produce takes no
    part in its supplier's: the discount would be the household's."""
    is_own = any(term.mode is LinkageMode.OWN for term in linkage.terms)
    found = shared.coupons_for(facts.supplier_id, of_supplier=not is_own)
    first = {each.bearer is CouponBearer.SUPPLIER: each for each in reversed(found)}
    few = [first[True], first[False]] if len(first) > 1 else found[:2]
    return {"coupons": few, "more_coupons": len(found) > len(few)}


def _parent(facts: ProductFacts) -> shared.CategoryRow | None:
    found = shared.find_category(facts.category_code)
    return shared.find_category(found.parent_code) if found is not None and found.parent_code else None


def _why_not(facts: ProductFacts, linkage: Linkage) -> str | None:
    """What keeps it from being sold today, or None."""
    if facts.state is not ListingState.ON_SALE:
        return facts.state.value
    if facts.certificate_number is None:
        return "certificate"
    return None if linkage.terms else "terms"


def _gone(facts: ProductFacts, reason: str) -> ResponseReturnValue:
    """Why, and what else. 410 for what its supplier or the platform took off; 200 where it may well come back."""
    if reason == "draft":
        raise NotFound
    page = render_template(
        "storefront/gone.html",
        facts=facts,
        reason=reason,
        others=cards_of(queries.of_county(facts.county_code, facts.category_code, facts.listing_id)),
        category=shared.find_category(facts.category_code),
    )
    return make_response(page, 410 if reason in ("off_sale", "withheld") else 200)


def _choices(facts: ProductFacts, skus: list[SkuRow]) -> list[SkuChoice]:
    """The packing of the address, else the first that is there, else the first."""
    asked = request.args.get("sku", "")
    day = clock.today()
    closed = {sku.sku_id: closed_for(facts.season, sku.presale_until, day) for sku in skus}
    there = [sku.sku_id for sku in skus if sku.available > 0 and closed[sku.sku_id] is None]
    first = next(iter(there or [sku.sku_id for sku in skus]), None)
    chosen = next((sku.sku_id for sku in skus if str(sku.sku_id) == asked and sku.sku_id in there), first)
    return [
        SkuChoice(
            sku,
            _parts(facts, sku.price_fen, sku.projected_income_fen),
            sku.sku_id == chosen,
            closed[sku.sku_id],
        )
        for sku in skus
    ]


def _matrix(facts: ProductFacts, choices: list[SkuChoice], chosen: SkuChoice | None) -> Matrix | None:
    packings = [Offered(each.sku.sku_id, each.sku.name, each.absence) for each in choices]
    return matrix_of(facts.axes, packings, chosen.sku.sku_id if chosen else None)


def _in_view(pictures: list[PictureRow], chosen: SkuChoice | None) -> list[PictureRow]:
    """The picture of the packing that was asked for stands first; without one asked for, the cover does."""
    if chosen is None or str(chosen.sku.sku_id) != request.args.get("sku"):
        return pictures
    return sorted(pictures, key=lambda each: each.picture_id != chosen.sku.picture_id)


def _visit(facts: ProductFacts) -> dict[str, Any]:
    context = calendar_context(facts.listing_id)
    day = context["shown_day"]
    return context | {"day_parts": _parts(facts, day.price_fen, day.income_fen) if day else []}


def _parts(facts: ProductFacts, price_fen: int, income_fen: int) -> list[MoneyPart]:
    fee = basis_points(price_fen, facts.fee_bp)
    return [
        MoneyPart("home", "农户", income_fen),
        MoneyPart("coop", "供应商", price_fen - income_fen - fee),
        MoneyPart("plat", "平台", fee),
    ]


def _picture(row: PictureRow) -> tuple[str, str, str, str, str]:
    address = media_url(row.token, 640)
    return address, row.alt, srcset(address), media_url(row.token, 320), media_url(row.token, 1280)


def _video(facts: ProductFacts, pictures: list[PictureRow]) -> tuple[str, str, str] | None:
    """Address, poster and the poster's small picture."""
    if facts.video_token is None:
        return None
    token = pictures[0].token if pictures else None
    return video_url(facts.video_token), media_url(token, 640), media_url(token, 320)


def _no_picture(facts: ProductFacts) -> tuple[str, str, str, str, str]:
    return media_url(None), f"{facts.title}（还没有图片）", "", "", ""


@dataclass(frozen=True, slots=True)
class Places:
    county: str
    town: str
    village: str
    #: names of the villages of the linked households, those with most households first
    linked: list[str]

    @property
    def origin(self) -> str:
        return "".join(dict.fromkeys(each for each in (self.county, self.town, self.village) if each))


def _places(facts: ProductFacts, linkage: Linkage) -> Places:
    origin = facts.origin_code
    names = names_of({county_code_of(origin), town_code_of(origin), origin, *linkage.villages})
    ordered = sorted(linkage.villages, key=lambda code: (-linkage.villages[code], code))
    return Places(
        county=names.get(county_code_of(origin), ""),
        town=names.get(town_code_of(origin), ""),
        village=place_name(names.get(origin, "")),
        linked=[place_name(names.get(code, "")) for code in ordered],
    )
