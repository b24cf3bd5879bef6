"""What a hostile buyer or a careless clerk tried, and what must come of it: nothing."""

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.commands import save_sku
from catalog.stock.models import StockRow
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from orders.ledger.verification import verify
from orders.ordering.models import LineIncome
from supplier_portal.listings.commands import adjust_stock
from tests.factories import builders, order_builders, sales

pytestmark = pytest.mark.usefixtures("app")


def test_a_lot_never_holds_more_units_than_its_total_was_agreed_for(app: Flask) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    clerk = builders.owner_of(world["supplier"])
    adjust_stock(clerk, world["stock_row"], -2, "坏了两份")
    adjust_stock(clerk, world["stock_row"], 2, "数错了，都在")
    with pytest.raises(InvalidInput, match=r"stock\.above_lot"):
        adjust_stock(clerk, world["stock_row"], 1, "多出一份")
    sales.paid_orders({world["sku"]: 10})
    with pytest.raises(InvalidInput, match=r"stock\.above_lot"):
        adjust_stock(clerk, world["stock_row"], 1, "又多一份")
    assert sum(db.session.scalars(select(LineIncome.fen))) == 15_000
    assert not verify()


def test_a_price_stays_above_what_goods_held_by_an_unpaid_order_promise(app: Flask) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    order_builders.placed_orders({world["sku"]: 10})
    assert db.session.get_one(StockRow, world["stock_row"]).available == 0
    with pytest.raises(InvalidInput, match=r"listing\.price_below_floor"):
        save_sku(
            builders.owner_of(world["supplier"]),
            world["listing"],
            world["sku"],
            name="5斤",
            grams=2500,
            price_fen=1000,
        )


def test_counting_adds_no_units_beside_the_lots_households_are_paid_for(app: Flask) -> None:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    plain = builders.stock(world["sku"], 5)  # from before the terms that buy from households
    clerk = builders.owner_of(world["supplier"])
    adjust_stock(clerk, plain, -1, "坏了一份")
    with pytest.raises(InvalidInput, match=r"stock\.above_lot"):
        adjust_stock(clerk, plain, 2, "别处进的货")
    assert db.session.get_one(StockRow, plain).available == 4
