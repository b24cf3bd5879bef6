"""Wherever one is on a desk, its navigation says where."""

import pytest
from flask import Flask

from marketplace.backoffice import nav as backoffice
from marketplace.kernel.navigation import Entry, Group, entry_of
from marketplace.kernel.web import PERMISSIONS
from marketplace.outlet_desk import nav as outlet
from marketplace.review_desk import nav as review
from marketplace.unit_desk import nav as unit
from supplier_portal import nav as supplier

#: blueprint → navigation, and what stands outside it: paper and files, and what comes before there is a desk
DESKS: dict[str, tuple[tuple[Group, ...], frozenset[str]]] = {
    "supplier": (
        supplier.GROUPS,
        frozenset({"register", "slip", "tracking_template"})
        | {f"pilot{step}" for step in ("", "_new", "_basics", "_household", "_sponsor", "_bank", "_review")},
    ),
    "unit": (unit.GROUPS, frozenset({"paper"})),
    "review": (review.GROUPS, frozenset({"document"})),
    "outlet": (outlet.GROUPS, frozenset({"poster", "receipt", "slip"})),
    "backoffice": (backoffice.GROUPS, frozenset()),
    "registers": (backoffice.GROUPS, frozenset()),
    "finance": (backoffice.GROUPS, frozenset()),
}


@pytest.mark.parametrize("desk", DESKS)
def test_every_page_of_a_desk_is_below_an_entry(app: Flask, desk: str) -> None:
    groups, outside = DESKS[desk]
    pages = {endpoint for endpoint, method in app.extensions[PERMISSIONS] if method == "GET"}
    here = {endpoint for endpoint in pages if endpoint.startswith(f"{desk}.")}
    assert {endpoint for endpoint in here if entry_of(groups, endpoint) is None} == {
        f"{desk}.{name}" for name in outside
    }


@pytest.mark.parametrize("desk", DESKS)
def test_no_entry_speaks_of_pages_that_are_gone(app: Flask, desk: str) -> None:
    endpoints = {endpoint for endpoint, _ in app.extensions[PERMISSIONS]}
    entries = [entry for group in DESKS[desk][0] for entry in group.entries]
    assert {entry.endpoint for entry in entries} <= endpoints
    stems = [stem for entry in entries for stem in entry.below]
    assert [stem for stem in stems if not any(f"{each}_".startswith(f"{stem}_") for each in endpoints)] == []


@pytest.mark.parametrize(
    ("endpoint", "wanted"),
    [
        ("shop.home", "shop.home"),
        ("shop.home_slots", "shop.home_slots"),
        ("shop.home_slot_new", "shop.home_slots"),
        ("shop.home_preview", "shop.home"),
        ("shop.orders_export", "shop.orders"),
        ("shop.order", "shop.orders"),
        ("shop.ship_all", "shop.orders"),
        ("shop.shipment", None),
        ("other.orders", None),
    ],
)
def test_a_page_belongs_to_the_entry_its_name_says_most_of(endpoint: str, wanted: str | None) -> None:
    groups = [
        Group("a", (Entry("今天", "shop.home", "sun"), Entry("推荐位", "shop.home_slots", "image"))),
        Group("b", (Entry("订单", "shop.orders", "box-seam", below=("shop.ship",)),)),
    ]
    found = entry_of(groups, endpoint)
    assert (found and found.endpoint) == wanted
