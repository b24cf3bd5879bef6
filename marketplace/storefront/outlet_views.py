"""Where the three tiers of outlets are, when they are open and what they do: public, for nobody in particular."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.forms import asked_text
from marketplace.kernel.paging import page_number
from marketplace.outlets.queries import OutletFilter, count_by_county, count_by_tier, outlets_page
from marketplace.outlets.rules import OutletTier
from marketplace.regions.queries import rows_of
from marketplace.storefront.guests import guest_page
from marketplace.storefront.places import TILES, county_tiles, short_address
from marketplace.storefront.shared import kept


@guest_page
def index() -> ResponseReturnValue:
    counties = rows_of(code for code, _, _ in TILES)
    county = counties.get(request.args.get("county", ""))
    tier = _tier(request.args.get("tier", ""))
    text = asked_text("v", 20)
    page = outlets_page(
        OutletFilter(text=text, tier=tier, is_open=True, county=county), page_number(request.args.get("page"))
    )
    per_county: dict[str, int] = kept("outlets by county", count_by_county)
    return render_template(
        "storefront/outlets.html",
        page=page,
        outlets=[(row, short_address(row.street_code)) for row in page.items],
        tiles=county_tiles(per_county, _address, county.code if county else ""),
        county=county,
        tier=tier,
        text=text,
        tiers=kept("outlets by tier", _count_by_tier),
        total=sum(per_county.values()),
    )


def _address(code: str) -> str:
    return url_for("outlets.index", county=code)


def _tier(text: str) -> OutletTier | None:
    return next((tier for tier in OutletTier if tier.value == text), None)


def _count_by_tier() -> list[tuple[str, str, int]]:
    counts = count_by_tier(OutletFilter(is_open=True))
    return [(tier.value, tier.label, counts[tier]) for tier in OutletTier if counts.get(tier)]
