"""Stories of villages and households, for anybody while they may be shown; an unpublished one for those whose it is.

A household's is gone at the next request after it takes its word back: the pages guests share are kept only until
anything is written (``guests``), and pictures are handed out by a guarded route and kept by nobody.
"""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products.models import Listing
from catalog.products.queries import card_select, cards, visible_clause
from certification.products.models import DeclaredProduct
from marketplace.accounts.web import current_actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.parties.queries import supplier_names
from marketplace.regions.queries import find_region, names_of
from marketplace.regions.rules import RegionLevel, county_code_of, place_name, town_code_of
from marketplace.storefront.cards import cards_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.sharing import shared_page
from marketplace.storefront.story_cards import FEW, picture_address, story_cards
from marketplace.storefront.village_views import villages
from marketplace.stories import queries
from marketplace.stories.workflow import StoryState

MOST_GOODS = 5


@guest_page
def index() -> ResponseReturnValue:
    counties = {row.county_code: row.county for row in villages()}
    county = request.args.get("county", "")
    region = find_region(county) if county in counties else None
    page = queries.public_page(page_number(request.args.get("page")), region)
    return render_template(
        "storefront/stories.html",
        stories=story_cards(page.items),
        page=page,
        counties=sorted(counties.items()),
        county=county if region else "",
    )


@guest_page
def show(story_id: int) -> ResponseReturnValue:
    """A public one; before it is published, and after, for its writers, officials and the household."""
    row = queries.get_readable(current_actor(), story_id)
    code = row.village_code
    names = names_of({code, town_code_of(code), county_code_of(code)})
    place = names.get(county_code_of(code), "") + names.get(town_code_of(code), "")
    goods = card_select().where(DeclaredProduct.origin_code == code, visible_clause())
    village = find_region(code)
    if village is None or village.level is not RegionLevel.VILLAGE:
        raise NotFound
    return render_template(
        "storefront/story.html",
        story=row,
        is_public=row.is_public,
        is_waiting=row.state is StoryState.SUBMITTED,
        place=place,
        village=place_name(village.name),
        writer=supplier_names([row.supplier_id]).get(row.supplier_id, "") if row.supplier_id else "",
        image=picture_address(row, 1280),
        cards=cards_of(cards(goods.order_by(Listing.sold_units.desc(), Listing.id).limit(MOST_GOODS))),
        others=story_cards([each for each in queries.of_village(code, FEW + 1) if each.id != row.id][:FEW]),
        shared=shared_page(row.title, row.lead, url_for("stories.show", story_id=row.id)),
    )


def picture(story_id: int, width: int) -> Response:
    """Asked for anew each time, and kept by no browser: the household may take its word back."""
    row = queries.get_readable(current_actor(), story_id)
    media = db.session.get(Media, row.picture_id) if row.shows_picture else None
    if media is None:
        raise NotFound
    return send_document(media, width)
