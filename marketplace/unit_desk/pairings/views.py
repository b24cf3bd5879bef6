"""结对村: what was agreed and how far it is, and what is on sale in and around a paired village."""

from datetime import date

from flask import current_app, request
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import page_number
from marketplace.pairing.queries import ArrangementRow, arrangements_of_unit
from marketplace.parties.household_queries import household_codes
from marketplace.regions.queries import full_names_of, names_of
from marketplace.regions.rules import county_code_of, place_name, town_code_of
from marketplace.reporting.dimensions import Nearness
from marketplace.reporting.progress import unit_progress
from marketplace.unit_desk.guards import chosen_unit, current_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.nearby import COUNT_WORDS, RING_WORDS, RINGS, count_near, counts_to, goods_near

#: listings a page: each may have several packings
SHOWN = 12


def index() -> ResponseReturnValue:
    unit_id = current_unit_id()
    today = clock.today()
    rows = arrangements_of_unit(unit_id, None)
    progress = unit_progress(unit_id, today.year)
    running = [row for row in rows if row.ends_on is None or row.ends_on >= today]
    return render_desk(
        "unit_desk/pairings/index.html",
        year=today.year,
        today=today,
        running=running,
        ended=[row for row in rows if row not in running],
        bought=progress.by_arrangement,
        places=full_names_of({row.village_code for row in rows}),
        names=names_of({row.village_code for row in rows}),
        households=household_codes(row.household_id for row in rows if row.household_id),
    )


def _arrangements_with(unit_id: int, code: str) -> tuple[list[ArrangementRow], list[ArrangementRow]]:
    """(those with this village, all) of the unit; raises NotFound for a village it has none with."""
    every = arrangements_of_unit(unit_id, None)
    here = [row for row in every if row.village_code == code]
    if not here:
        raise NotFound
    return here, every


def _ring(text: str) -> Nearness | None:
    return next((ring for ring in RINGS if ring == text), None)


def village(code: str) -> ResponseReturnValue:
    """Goods from the paired village first, then from around it, each with what buying it would count to."""
    unit_id = current_unit_id()
    today = clock.today()
    here, every = _arrangements_with(unit_id, code)
    ring = _ring(request.args.get("near", ""))
    counts = count_near(code)
    total = counts.get(ring, 0) if ring else sum(counts.values())
    page = goods_near(code, total, ring=ring, page=page_number(request.args.get("page")), per_page=SHOWN)
    matched = counts_to(page.items, every, today)
    villages = {row.id: row.village_code for row in every}
    places = {code, *(each.origin_code for each in page.items), *villages.values()}
    names = names_of([*places, *map(town_code_of, places), *map(county_code_of, places)])
    return render_desk(
        "unit_desk/pairings/village.html",
        code=code,
        here=here,
        running=[row for row in here if row.in_force_on(today)],
        page=page,
        matched=matched,
        villages=villages,
        names={place: place_name(name) for place, name in names.items()},
        town=town_code_of(code),
        county=county_code_of(code),
        places={place: (town_code_of(place), county_code_of(place)) for place in places},
        chips=[("", "全部", sum(counts.values()))]
        + [(each.value, RING_WORDS[each], counts.get(each, 0)) for each in RINGS],
        ring=ring.value if ring else "",
        count_words=COUNT_WORDS,
        ring_words=RING_WORDS,
        bought_fen=_bought(unit_id, here, today),
        households=household_codes(row.household_id for row in here if row.household_id),
        can_buy=_can_buy(unit_id),
        added=request.args.get("added", type=int),
        today=today,
    )


def _bought(unit_id: int, here: list[ArrangementRow], today: date) -> dict[int, int]:
    progress = unit_progress(unit_id, today.year)
    return {row.id: progress.by_arrangement.get(row.id, 0) for row in here}


def _can_buy(unit_id: int) -> bool:
    """Whether to offer the button: for buyers of an admitted unit, where purchase orders are."""
    return (
        "unit.add" in current_app.view_functions
        and may(Permission.UNIT_BUYER, unit_id)
        and chosen_unit().is_admitted
    )
