"""代收网点: which outlets may take in produce for us."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import error_text, typed_id
from marketplace.outlets.queries import outlets_within
from marketplace.parties import outlet_links
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import children_of, get_region, names_of
from marketplace.regions.rules import county_code_of
from supplier_portal.guards import current_supplier, owns
from supplier_portal.nav import render_desk


def index() -> ResponseReturnValue:
    return _page("", 200)


def _page(error: str, status: int) -> ResponseReturnValue:
    """The outlets of one county are offered; first those of the supplier's own."""
    supplier = current_supplier()
    counties = {row.code: row.name for row in children_of(CITY_CODE)}
    asked = request.values.get("county", "")
    county = asked if asked in counties else county_code_of(supplier.village_code)
    mine = outlet_links.outlets_collecting_for(supplier.id)
    taken = {row.outlet_id for row in mine}
    offered = [
        row for row in outlets_within(get_region(county)) if row.collects_produce and row.id not in taken
    ]
    page = render_desk(
        "supplier_portal/collecting/index.html",
        mine=mine,
        offered=offered,
        places=names_of([*(row.region_code for row in mine), *(row.region_code for row in offered)]),
        counties=list(counties.items()),
        county=county,
        is_owner=owns(supplier.id),
        error=error,
    )
    return page, status


def grant() -> ResponseReturnValue:
    supplier = current_supplier()
    try:
        outlet_links.grant_outlet(require_actor(), supplier.id, typed_id(request.form.get("outlet")))
    except NotFound:
        raise
    except DomainError as error:
        return _page(error_text(error), error.status)
    flash("说好了，这个网点可以替您收货了。", "success")
    return redirect(url_for("supplier.outlets"), 303)


def withdraw(outlet_id: int) -> ResponseReturnValue:
    outlet_links.withdraw_outlet(require_actor(), current_supplier().id, outlet_id)
    flash("收回了，这个网点不再替您收新的货。", "success")
    return redirect(url_for("supplier.outlets"), 303)
