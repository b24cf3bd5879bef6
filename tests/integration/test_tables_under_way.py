"""A table confirmed while somebody is changing what it is about: the change is waited for and shown, never put back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from catalog.products import imports as packing_imports
from catalog.products import packings
from catalog.products.models import Sku
from catalog.products.packings import save_sku
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.kernel.transaction import transaction
from marketplace.outlets import imports as outlet_imports
from marketplace.outlets.commands import facts_of, save_outlet
from marketplace.outlets.queries import OutletFilter, get_outlet, outlets_matching
from marketplace.parties import household_imports
from marketplace.parties.household_commands import change_household_status
from marketplace.parties.models import Household
from marketplace.parties.rules import HouseholdStatus
from marketplace.regions.naming import load_places
from tests.factories import builders, outlets
from tests.integration.test_household_register import hand_in as households_hand_in
from tests.integration.test_household_register import numbers, row, workbook, written


@contextmanager
def under_way(app: Flask, change: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Somebody has changed something and commits a moment after being told that the table has come so far. On SQLite
    the table can't begin before that."""
    changed, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with app.app_context(), transaction():
            change()
            db.session.flush()
            changed.set()
            go_on.wait(20)
            threading.Event().wait(0.3)

    if on_sqlite():
        go_on.set()
    db.session.rollback()
    thread = threading.Thread(target=work)
    thread.start()
    assert changed.wait(20)
    yield go_on.set
    go_on.set()
    thread.join(20)
    db.session.rollback()
    db.session.expire_all()


def on_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def when_called(
    monkeypatch: pytest.MonkeyPatch, place: ModuleType, name: str, first: Callable[[], None]
) -> None:
    real = getattr(place, name)

    def called(*args: Any, **kwargs: Any) -> Any:
        first()
        return real(*args, **kwargs)

    monkeypatch.setattr(place, name, called)


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return builders.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


@pytest.fixture
def owner(kiwi: dict[str, int]) -> Actor:
    return builders.owner_of(kiwi["supplier"])


@pytest.fixture
def larger(kiwi: dict[str, int], owner: Actor) -> int:
    """Not the cheapest packing: a change of its price leaves the listing's, whose second update in a transaction would
    ask for the supplier's row (a foreign key's check), alone."""
    return save_sku(owner, kiwi["listing"], None, name="10斤", grams=5000, price_fen=6000)


def price(sku_id: int) -> int:
    return db.session.get_one(Sku, sku_id).price_fen


def at(owner: Actor, sku_id: int, price_fen: int) -> None:
    listing_id = db.session.get_one(Sku, sku_id).listing_id
    save_sku(owner, listing_id, sku_id, name="10斤", grams=5000, price_fen=price_fen)


def confirmed(owner: Actor, supplier_id: int, sku_id: int) -> Callable[[], ImportPlan]:
    """A table that says ¥60 of a packing that costs ¥70, looked at; to be confirmed."""
    header, rows = packing_imports.table_of(supplier_id)
    data = xlsx_response("规格", header, rows).get_data()
    at(owner, sku_id, 7000)
    seen = packing_imports.plan_packings(supplier_id, owner, data).fingerprint
    return lambda: packing_imports.import_packings(supplier_id, owner, data, seen)


def test_a_price_being_changed_is_not_put_back(
    app: Flask, kiwi: dict[str, int], owner: Actor, larger: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = confirmed(owner, kiwi["supplier"], larger)
    with under_way(app, lambda: at(owner, larger, 8000)) as commits:
        when_called(monkeypatch, packing_imports, "_lock", commits)
        with pytest.raises(Conflict, match="seen_other"):
            confirm()
    assert price(larger) == 8000


def test_with_the_guard_off_it_would_be(
    app: Flask, kiwi: dict[str, int], owner: Actor, larger: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: who reads before the rows are its own writes over what it never saw. On SQLite one writer at a time
    is guard enough."""
    confirm = confirmed(owner, kiwi["supplier"], larger)
    monkeypatch.setattr(packing_imports, "_lock", lambda *_: None)
    with under_way(app, lambda: at(owner, larger, 8000)) as commits:
        when_called(monkeypatch, packings, "save_packings", commits)
        if on_sqlite():
            with pytest.raises(Conflict, match="seen_other"):
                confirm()
        else:
            assert len(confirm().changed) == 1
    assert price(larger) == (8000 if on_sqlite() else 6000), "nothing was lost: the race proves nothing"


def test_an_outlet_being_corrected_is_not_put_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, outlet_id = builders.admin(), outlets.outlet()
    header, rows = outlet_imports.table_of(outlets_matching(OutletFilter()), load_places())
    before = facts_of(get_outlet(outlet_id))
    save_outlet(admin, replace(before, phone="029-11111111"), outlet_id)
    data = xlsx_response("网点", header, rows).get_data()
    seen = outlet_imports.plan_outlets(admin, data).fingerprint
    with under_way(
        app, lambda: save_outlet(admin, replace(before, phone="029-22222222"), outlet_id)
    ) as commits:
        when_called(monkeypatch, outlet_imports, "_lock", commits)
        with pytest.raises(Conflict, match="seen_other"):
            outlet_imports.import_outlets(admin, data, seen)
    assert get_outlet(outlet_id).phone == "029-22222222"


def test_a_household_being_judged_anew_is_not_put_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    county, number = builders.official_of(builders.COUNTY), numbers(1)[0]
    written(county, households_hand_in(county, [row(number)]))
    household_id = db.session.query(Household.id).scalar()
    data = workbook([row(number, people=6)])
    seen = household_imports.check_households(county.user_id, data, lambda _done, _total: None).fingerprint

    def judge() -> None:
        change_household_status(
            county, household_id, HouseholdStatus.MONITORED, clock.today(), "家里有人大病"
        )

    with under_way(app, judge) as commits:
        when_called(monkeypatch, household_imports, "_known", commits)
        with pytest.raises(Conflict, match="seen_other"):
            household_imports.write_households(county.user_id, data, seen)
    assert db.session.get_one(Household, household_id).status is HouseholdStatus.MONITORED
