"""Choosing an outlet to fetch an order at: a county, then one of its outlets. Works by reloading, too."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.kernel.forms import typed_id
from marketplace.outlets.queries import OutletRow, count_by_county, outlets_within
from marketplace.regions.queries import find_region, names_of
from marketplace.regions.rules import county_code_of
from orders.checkout.pickup import find_pickup_outlet


@dataclass(frozen=True, slots=True)
class OutletChoice:
    """``counties`` are (code, name) of those that have outlets; ``chosen`` is one of ``outlets``, or None."""

    counties: list[tuple[str, str]]
    county: str
    outlets: list[OutletRow]
    chosen: OutletRow | None


def choice_of(values: Mapping[str, str], preferred: int, near: str = "") -> OutletChoice:
    """What a form or an address chose; ``preferred`` is the outlet a buyer came from, ``near`` the county where he
    lives. Three queries."""
    codes = sorted(count_by_county())
    names = names_of(codes)
    counties = [(code, names[code]) for code in codes if code in names]
    wanted = typed_id(values.get("outlet")) or preferred
    county = values.get("county", "")
    if county not in codes:
        outlet = find_pickup_outlet(wanted) if wanted else None
        county = county_code_of(outlet.region_code) if outlet else ""
    if county not in codes:
        county = near if near in codes else codes[0] if codes else ""
    region = find_region(county) if county else None
    outlets = outlets_within(region, pickup_only=True) if region else []
    return OutletChoice(counties, county, outlets, next((row for row in outlets if row.id == wanted), None))
