"""A cart that is placed while something else changes it: each waits for the other and reads what that one left.

On SQLite there is one writer anyway; on PostgreSQL placing has to hold the cart, and to read after it holds it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog.products.models import Sku
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.transaction import transaction
from orders.cart.commands import add_to_cart, update_cart
from orders.cart.models import CartLine
from orders.cart.queries import CartOwner
from orders.checkout.commands import place
from orders.ordering.models import Order
from tests.factories import builders, order_builders
from tests.support.held import SECONDS, held_at_its_commit, meanwhile, waits_or_is_done

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990)


@pytest.fixture
def owner(kiwi: World) -> CartOwner:
    return order_builders.cart_with({kiwi["sku"]: 1}, user_id=builders.user().user_id)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda owner, sku: add_to_cart(owner, sku, 2), [2]),
        (lambda owner, sku: update_cart(owner, {sku: 3}, {sku}), []),
    ],
    ids=["add", "update"],
)
def test_a_cart_is_changed_after_it_was_placed(
    app: Flask, kiwi: World, owner: CartOwner, change: Callable[[CartOwner, int], object], left: list[int]
) -> None:
    wish = order_builders.wish_for(owner)
    db.session.rollback()
    with ThreadPoolExecutor(1) as pool:
        with held_at_its_commit(app, lambda: place(owner, wish), select(Order.id)):
            changing = meanwhile(app, pool, lambda: change(owner, kiwi["sku"]))
            assert waits_or_is_done(changing)
        changing.result(SECONDS)
    db.session.rollback()
    assert db.session.scalars(select(CartLine.units)).all() == left
    assert len(db.session.scalars(select(Order.id)).all()) == 1


def test_what_changed_while_placing_waited_is_confirmed_first(
    app: Flask, kiwi: World, owner: CartOwner
) -> None:
    wish = order_builders.wish_for(owner)
    db.session.rollback()

    def change() -> None:
        with transaction():
            update_cart(owner, {kiwi["sku"]: 1}, {kiwi["sku"]})
            db.session.execute(update(Sku).where(Sku.id == kiwi["sku"]).values(price_fen=3990))

    with ThreadPoolExecutor(1) as pool:
        with held_at_its_commit(app, change, select(Sku.id).where(Sku.price_fen == 3990)):
            placing = meanwhile(app, pool, lambda: place(owner, wish))
            assert waits_or_is_done(placing)
        with pytest.raises(Conflict, match=r"checkout\.changed"):
            placing.result(SECONDS)
    db.session.rollback()
    assert db.session.scalars(select(Order.id)).all() == []
