"""The four roles of an outlet: it collected the goods, placed the order, hands it over, brought the buyer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.stock.models import StockRow
from catalog.stock.receiving import receive_lot
from certification.linkage.lots import LotDelivery
from certification.linkage.models import SupplyLot
from certification.linkage.rules import LotPayment
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.outlet_desk.collecting.queries import collectable, collectables, collected_between
from marketplace.outlet_desk.month.queries import figures_by_role
from marketplace.outlets.models import Outlet
from marketplace.parties import outlet_links
from marketplace.reporting.dimensions import Dimension
from marketplace.reporting.roll import roll_up
from orders.cart.channel import channel_of_outlet, outlet_of_channel
from orders.cart.commands import add_to_cart
from orders.cart.queries import CartOwner
from orders.checkout.commands import place
from orders.ledger.verification import verify
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from tests.factories import builders, order_builders, outlets, sales

World = dict[str, int]


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=20, price_fen=2990, lot_total_fen=30_000)


@pytest.fixture
def outlet(kiwi: World) -> int:
    return outlets.outlet()


@pytest.fixture
def operator(outlet: int) -> Actor:
    return outlets.operator_of(outlet)


@pytest.fixture
def owner(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


def change(outlet_id: int, **values: bool) -> None:
    with transaction():
        row = db.session.get_one(Outlet, outlet_id)
        for name, value in values.items():
            setattr(row, name, value)


def delivery(total_fen: int = 14_000, payment: LotPayment = LotPayment.CONSIGNED) -> LotDelivery:
    return LotDelivery(payment, 26_000, total_fen, 10, clock.today(), "一级", "示例分拣点", "V-1")


def receive(operator: Actor, kiwi: World, outlet: int, how: LotDelivery | None = None) -> int:
    return receive_lot(operator, kiwi["sku"], kiwi["household"], how or delivery(), outlet_id=outlet)


def test_an_outlet_collects_for_who_lets_it(kiwi: World, outlet: int, operator: Actor, owner: Actor) -> None:
    assert collectables(outlet) == {}
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    [[found]] = collectables(outlet).values()
    assert found.sku.sku_id == kiwi["sku"]
    lot_id = receive(operator, kiwi, outlet)
    lot = db.session.get_one(SupplyLot, lot_id)
    assert (lot.outlet_id, lot.recorded_by, lot.payment) == (outlet, operator.user_id, LotPayment.CONSIGNED)
    assert db.session.scalars(select(StockRow.available).where(StockRow.lot_id == lot_id)).one() == 10
    today = collected_between(outlet, clock.today(), clock.today())
    assert (today.lots, today.grams, today.households, today.agreed_fen) == (1, 26_000, 1, 14_000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"units": 1_000_000}, "lots.too_many_units"),
        ({"grams": 1}, "lots.too_many_units"),
        ({"received_on": date(1, 1, 1)}, "linkage.lot_before_agreement"),
    ],
)
def test_what_nobody_can_have_brought_is_refused(
    kiwi: World, outlet: int, operator: Actor, owner: Actor, changes: dict[str, Any], code: str
) -> None:
    """Goods out of the air, a household's share thinned to nothing, or a lot that jumps the queue of the others'."""
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    with pytest.raises(InvalidInput) as refused:
        receive(operator, kiwi, outlet, replace(delivery(), **changes))
    assert refused.value.code == code
    assert db.session.scalars(select(SupplyLot.id).where(SupplyLot.outlet_id == outlet)).all() == []


def test_collecting_without_a_grant_does_not_exist(
    kiwi: World, outlet: int, operator: Actor, owner: Actor
) -> None:
    with pytest.raises(NotFound):
        receive(operator, kiwi, outlet)
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    with pytest.raises(NotFound):  # somebody else's outlet
        receive(outlets.operator_of(outlets.outlet()), kiwi, outlet)
    with pytest.raises(NotFound):  # the supplier itself is no operator
        receive(owner, kiwi, outlet)
    outlet_links.withdraw_outlet(owner, kiwi["supplier"], outlet)
    with pytest.raises(NotFound):
        receive(operator, kiwi, outlet)
    with pytest.raises(NotFound):
        collectable(outlet, kiwi["sku"])
    assert db.session.scalar(select(func.count()).where(SupplyLot.outlet_id.is_not(None))) == 0


@pytest.mark.parametrize("shut", ["is_open", "collects_produce"])
def test_an_outlet_that_is_shut_or_takes_no_produce_collects_nothing(
    kiwi: World, outlet: int, operator: Actor, owner: Actor, shut: str
) -> None:
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    change(outlet, **{shut: False})
    with pytest.raises(NotFound):
        receive(operator, kiwi, outlet)
    with pytest.raises(InvalidInput, match=r"outlet_links\.does_not_collect"):
        outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)


def test_an_outlet_is_held_to_the_suppliers_rules(
    kiwi: World, outlet: int, operator: Actor, owner: Actor
) -> None:
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    with pytest.raises(InvalidInput, match=r"listing\.lot_above_price"):
        receive(operator, kiwi, outlet, delivery(total_fen=40_000))
    with pytest.raises(InvalidInput, match=r"linkage\.outlet_pays_nobody"):
        receive(operator, kiwi, outlet, delivery(payment=LotPayment.BOUGHT))
    stranger = builders.household(supplier_id=kiwi["supplier"])
    with pytest.raises(InvalidInput, match=r"linkage\.not_a_member"):
        receive_lot(operator, kiwi["sku"], stranger, delivery(), outlet_id=outlet)
    assert db.session.scalar(select(func.count()).where(SupplyLot.outlet_id.is_not(None))) == 0


def test_a_grant_is_the_owners_and_given_once(kiwi: World, outlet: int, owner: Actor) -> None:
    other = builders.owner_of(builders.supplier())
    for act in (outlet_links.grant_outlet, outlet_links.withdraw_outlet):
        with pytest.raises(NotFound):
            act(other, kiwi["supplier"], outlet)
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    with pytest.raises(Conflict, match=r"outlet_links\.granted_already"):
        outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    outlet_links.withdraw_outlet(owner, kiwi["supplier"], outlet)
    outlet_links.grant_outlet(owner, kiwi["supplier"], outlet)
    assert [row.outlet_id for row in outlet_links.outlets_collecting_for(kiwi["supplier"])] == [outlet]


def test_a_pick_up_goes_to_the_outlets_address_and_no_other(kiwi: World, outlet: int) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    there = outlets.destination(outlet)
    elsewhere = DeliverTo("王女士", "19900001234", builders.STREET, "别处", outlet)
    for wrong in (elsewhere, DeliverTo(there.recipient, there.mobile, there.street_code, there.detail, 999)):
        with pytest.raises(InvalidInput, match=r"checkout\.outlet"):
            place(owner, order_builders.wish_for(owner, deliver_to=wrong))
    change(outlet, takes_pickups=False)
    with pytest.raises(InvalidInput, match=r"checkout\.outlet"):
        place(owner, order_builders.wish_for(owner, deliver_to=there))
    change(outlet, takes_pickups=True)
    place(owner, order_builders.wish_for(owner, deliver_to=there))
    order = db.session.scalars(select(Order)).one()
    assert (order.pickup_outlet_id, order.street_code) == (outlet, builders.TOWN)


def test_who_ordered_for_whom_is_on_the_record(kiwi: World, outlet: int, operator: Actor) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(owner, deliver_to=outlets.destination(outlet, "赵大妈", "19900007788"))
    place(owner, replace(wish, placed_outlet_id=outlet, placed_by=operator.user_id))
    order = db.session.scalars(select(Order)).one()
    assert (order.placed_outlet_id, order.user_id) == (outlet, None)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "checkout.place_for_villager")
    ).one()
    assert (entry.actor_id, entry.subject_id, entry.detail) == (
        operator.user_id,
        str(outlet),
        {"orders": [order.id]},
    )


@pytest.mark.parametrize(
    ("code", "outlet"),
    [
        ("outlet:12", 12),
        ("outlet:", None),
        ("outlet:x", None),
        ("outlet:１２", None),
        ("live-3", None),
        ("", None),
    ],
)
def test_a_channel_names_an_outlet_or_none(code: str, outlet: int | None) -> None:
    assert outlet_of_channel(code) == outlet


def test_the_outlet_whose_link_brought_the_buyer_is_kept_with_the_order(kiwi: World, outlet: int) -> None:
    shut = outlets.outlet(is_open=False)
    for channel, wanted in (
        (channel_of_outlet(outlet), outlet),
        (channel_of_outlet(shut), None),
        ("live-3", None),
    ):
        token = add_to_cart(CartOwner(), kiwi["sku"], 1, channel)
        owner = CartOwner(token=token)
        place(owner, order_builders.wish_for(owner))
        newest = db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()
        assert newest.channel_outlet_id == wanted


def test_the_month_tells_each_role_from_the_ledger(
    kiwi: World, outlet: int, operator: Actor, owner: Actor
) -> None:
    other = outlets.outlet()
    order_id = outlets.ordered_for(outlet, kiwi["sku"], 2)
    outlets.ordered_for(other, kiwi["sku"], 1)
    first = clock.today().replace(day=1)
    for _ in range(2):  # from what waits, and from the sums
        roles = figures_by_role(outlet, first)
        assert (roles[Dimension.OUTLET_PICKUP].orders, roles[Dimension.OUTLET_PICKUP].sales_fen) == (1, 5980)
        assert roles[Dimension.OUTLET_PICKUP].income_fen == 3000
        assert roles[Dimension.OUTLET_PLACED].is_empty
        roll_up(1000)
    sales.refund(order_id, 1)
    assert figures_by_role(outlet, first)[Dimension.OUTLET_PICKUP].sales_fen == 2990
