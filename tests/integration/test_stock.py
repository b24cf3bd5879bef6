"""The stock commands on both databases: they do what the pure rules say, and refuse what those refuse."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.stock import commands, queries
from catalog.stock.models import StockMovement
from catalog.stock.rules import Counts, MovementKind
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from tests.factories import builders, order_builders


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    return builders.saleable(units=5)


@pytest.fixture
def order_id(world: dict[str, int]) -> int:
    return order_builders.bare_order(world["supplier"])


def counts(row_id: int, sku_id: int) -> Counts:
    db.session.rollback()
    return next(row.counts for row in queries.rows_of([sku_id]) if row.id == row_id)


def available(sku_id: int) -> int:
    return sum(row.counts.available for row in queries.rows_of([sku_id]))


def test_an_order_takes_the_oldest_row_first_and_tells_what_went_before(
    world: dict[str, int], order_id: int
) -> None:
    younger = commands.receive(world["sku"], 4, None)
    first = commands.reserve({world["sku"]: 3}, {world["sku"]: order_id})[world["sku"]]
    assert [(take.stock_row_id, take.units, take.taken_before) for take in first] == [
        (world["stock_row"], 3, 0)
    ]
    second = commands.reserve({world["sku"]: 4}, {world["sku"]: order_id})[world["sku"]]
    assert [(t.stock_row_id, t.lot_id, t.units, t.taken_before) for t in second] == [
        (world["stock_row"], world["lot"], 2, 3),
        (younger, None, 2, 0),
    ]
    assert available(world["sku"]) == 2


def test_too_little_takes_nothing_and_says_how_much_is_left(world: dict[str, int], order_id: int) -> None:
    other = builders.saleable(units=2)
    wanted = {world["sku"]: 1, other["sku"]: 3}
    with pytest.raises(Conflict) as refused:
        commands.reserve(wanted, dict.fromkeys(wanted, order_id))
    assert (refused.value.code, refused.value.params) == (
        "stock.too_few",
        {"sku_id": other["sku"], "left": 2},
    )
    assert {sku_id: available(sku_id) for sku_id in wanted} == {world["sku"]: 5, other["sku"]: 2}
    kinds = select(StockMovement.kind).where(StockMovement.order_id == order_id)
    assert db.session.scalars(kinds).all() == []


def test_an_empty_row_is_sold_out(world: dict[str, int], order_id: int) -> None:
    commands.reserve({world["sku"]: 5}, {world["sku"]: order_id})
    with pytest.raises(Conflict, match=r"stock\.sold_out"):
        commands.reserve({world["sku"]: 1}, {world["sku"]: order_id})


def test_the_life_of_units_is_what_the_rules_say(world: dict[str, int], order_id: int) -> None:
    row, sku = world["stock_row"], world["sku"]
    commands.reserve({sku: 4}, {sku: order_id})
    commands.release(order_id, [(row, 1)])
    commands.sell(order_id, [(row, 3)])
    commands.restock(order_id, row, 1)
    commands.spoil(order_id, row, 1, "压坏了")
    commands.adjust(row, -1, "盘点少一份", None)
    after = counts(row, sku)
    assert after == Counts(received=5, restocked=2, sold=3, adjusted=-2, available=2, reserved=0)
    assert after.balances
    assert after.taken == 1
    assert [m.kind for m in queries.movements_of(row)][:3] == [
        MovementKind.ADJUST,
        MovementKind.ADJUST,
        MovementKind.RESTOCK,
    ]


@pytest.mark.parametrize("action", ["release", "sell", "restock", "adjust"])
def test_a_row_never_gives_more_than_it_holds(world: dict[str, int], order_id: int, action: str) -> None:
    row = world["stock_row"]
    acts: dict[str, Callable[[], None]] = {
        "release": lambda: commands.release(order_id, [(row, 1)]),
        "sell": lambda: commands.sell(order_id, [(row, 1)]),
        "restock": lambda: commands.restock(order_id, row, 1),
        "adjust": lambda: commands.adjust(row, -6, "盘点", None),
    }
    with pytest.raises(Conflict, match=r"stock\.short"):
        acts[action]()
    assert counts(row, world["sku"]) == Counts(received=5, available=5)


def test_an_unknown_row_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        commands.release(1, [(999_999, 1)])


@pytest.mark.parametrize("units", [0, -1, 1_000_001])
def test_a_receipt_of_nothing_or_of_a_mountain_is_refused(world: dict[str, int], units: int) -> None:
    with pytest.raises(InvalidInput):
        commands.receive(world["sku"], units, None)


def test_units_of_no_lot_join_one_row(world: dict[str, int]) -> None:
    assert commands.receive(world["sku"], 4, None) == commands.receive(world["sku"], 2, None)


def test_booked_income_goes_up_and_down(world: dict[str, int]) -> None:
    commands.book_income(world["stock_row"], 700)
    commands.book_incomes({world["stock_row"]: -200})
    db.session.rollback()
    assert queries.rows_of([world["sku"]])[0].booked_income_fen == 500


def test_the_guard_can_be_switched_off_in_tests_only(settings: Settings, tmp_path: object) -> None:
    with pytest.raises(RuntimeError):
        commands.GUARD.switch_off(settings.model_copy(update={"environment": "demo"}))
    assert commands.GUARD.is_on


def test_without_the_guard_more_is_promised_than_there_is(
    world: dict[str, int], order_id: int, settings: Settings
) -> None:
    commands.GUARD.switch_off(settings)
    try:
        with transaction():
            commands.reserve({world["sku"]: 8}, {world["sku"]: order_id})
    finally:
        commands.GUARD.switch_on()
    assert counts(world["stock_row"], world["sku"]).reserved == 8
