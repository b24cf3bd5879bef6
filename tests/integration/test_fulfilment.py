"""Parcels and receipt."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from orders.fulfilment import commands, desk
from orders.fulfilment.models import FreightRule
from orders.fulfilment.queries import freight_rules
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.my_orders.queries import orders_of_checkout
from orders.my_orders.story import happened
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.queries import events_of, get_order_facts, lines_of
from orders.ordering.workflow import OrderState
from orders.payments.capture import capture
from orders.payments.commands import release_unpaid
from orders.payments.rules import Buyer
from tests.factories import builders, order_builders, sales

World = dict[str, int]


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    """Whatever a test did, the invariants hold at its end."""
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_000)


@pytest.fixture
def coop(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


@pytest.fixture
def order_id(kiwi: World) -> int:
    [made] = order_builders.placed_orders({kiwi["sku"]: 3})
    with transaction():
        assert capture(made, None)
    return made


def state(order_id: int) -> OrderState:
    return db.session.get_one(Order, order_id).state


def line(order_id: int) -> int:
    return db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)).one()


def guest(order_id: int) -> tuple[Buyer, str]:
    order = db.session.get_one(Order, order_id)
    return Buyer(None, db.session.get_one(Checkout, order.checkout_id).token), order.number


def test_shipped_in_parts_and_received(order_id: int, coop: Actor, kiwi: World, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    commands.ship(coop, order_id, "顺丰速运", "SF1", {line(order_id): 1})
    assert state(order_id) is OrderState.PARTIALLY_SHIPPED
    with pytest.raises(IllegalTransition):
        commands.receive(*guest(order_id))
    commands.ship(coop, order_id, "中通快递", "ZT2", {line(order_id): 2})
    assert state(order_id) is OrderState.SHIPPED
    assert [(p.tracking_number, p.lines[0][2]) for p in desk.parcels_of(order_id)] == [("SF1", 1), ("ZT2", 2)]
    commands.receive(*guest(order_id))
    moment.shift(48 * 3600 - 1)
    assert commands.complete_due() == 0
    moment.shift(1)
    assert (commands.complete_due(), commands.complete_due()) == (1, 0)
    assert state(order_id) is OrderState.COMPLETED
    confirmed = select(func.sum(Posting.fen)).where(
        Posting.account == f"household_income:{kiwi['household']}:confirmed"
    )
    assert db.session.scalar(confirmed) == -4500


@pytest.mark.parametrize("again", ["SF1024", " sf 1024 "])
def test_a_parcel_is_written_down_once(order_id: int, coop: Actor, again: str) -> None:
    """The form was sent twice, or stood in two tabs: one unit left the house."""
    commands.ship(coop, order_id, "顺丰速运", "SF1024", {line(order_id): 1})
    with pytest.raises(Conflict, match="same_parcel") as refused:
        commands.ship(coop, order_id, "顺丰速运", again, {line(order_id): 1})
    assert refused.value.field == "tracking_number"
    assert [parcel.lines[0][2] for parcel in desk.parcels_of(order_id)] == [1]
    commands.ship(coop, order_id, "顺丰速运", "SF1025", {line(order_id): 1})
    assert state(order_id) is OrderState.PARTIALLY_SHIPPED


def test_each_step_of_the_buyers_story_names_its_own_parcel(order_id: int, coop: Actor, freeze: Any) -> None:
    freeze("2026-11-24 15:30")
    commands.ship(coop, order_id, "顺丰速运", "SF1", {line(order_id): 1})
    commands.ship(coop, order_id, "中通快递", "ZT2", {line(order_id): 2})
    story = happened(get_order_facts(order_id), events_of(order_id), desk.parcels_of(order_id), 0)
    assert [item.text for item in story[:2]] == ["中通快递 · 运单 ZT2", "顺丰速运 · 运单 SF1"]


def test_a_list_says_what_an_order_still_brings(kiwi: World) -> None:
    """By the ledger once it is paid: the supplier's list, the buyer's and the entries say the same."""
    kept, unpaid, gone = (order_builders.placed_orders({kiwi["sku"]: 2})[0] for _ in range(3))
    with transaction():
        assert capture(kept, None)
    frozen = sum(each.income_fen for each in lines_of([kept]))
    assert release_unpaid(gone, None, "没付")

    def said() -> dict[int, int]:
        return {row.id: row.income_fen for row in desk.supplier_orders(kiwi["supplier"], desk.DeskFilter.ALL)}

    assert said() == {kept: frozen, unpaid: frozen, gone: 0}
    sales.refund(kept, 1)
    posted = select(func.sum(Posting.fen)).where(Posting.account_kind == AccountKind.HOUSEHOLD_INCOME)
    left = -(db.session.scalar(posted) or 0)
    assert said() == {kept: left, unpaid: frozen, gone: 0}
    assert 0 < left < frozen
    (row,) = orders_of_checkout(db.session.get_one(Order, kept).checkout_id)
    assert row.income_fen == left


def test_the_timer_receives_for_a_buyer_who_says_nothing(order_id: int, coop: Actor, freeze: Any) -> None:
    moment = freeze("2026-11-24 15:30")
    commands.ship(coop, order_id, "顺丰速运", "SF1", {line(order_id): 3})
    moment.shift(10 * 86400 - 1)
    assert commands.auto_receive() == 0
    moment.shift(1)
    assert (commands.auto_receive(), commands.auto_receive()) == (1, 0)
    assert state(order_id) is OrderState.RECEIVED


@pytest.mark.parametrize("units", [0, -1, 4])
def test_a_parcel_holds_what_is_left(order_id: int, coop: Actor, units: int) -> None:
    with pytest.raises(InvalidInput):
        commands.ship(coop, order_id, "顺丰速运", "SF1", {line(order_id): units})
    with pytest.raises(InvalidInput):
        commands.ship(coop, order_id, "顺丰速运", " ", {line(order_id): 1})
    with pytest.raises(InvalidInput):
        commands.ship(coop, order_id, "顺丰速运", "SF1", {10**6: 1})
    assert state(order_id) is OrderState.RELEASED


def test_an_unpaid_order_is_not_shipped(kiwi: World, coop: Actor) -> None:
    [unpaid] = order_builders.placed_orders({kiwi["sku"]: 1})
    with pytest.raises(Conflict):
        commands.ship(coop, unpaid, "顺丰速运", "SF1", {line(unpaid): 1})


def test_strangers_neither_ship_nor_receive_nor_read(order_id: int, coop: Actor, kiwi: World) -> None:
    _, number = guest(order_id)
    other = builders.owner_of(builders.supplier())
    with pytest.raises(NotFound):
        commands.ship(other, order_id, "顺丰速运", "SF1", {line(order_id): 1})
    with pytest.raises(NotFound):
        desk.supplier_order(other, kiwi["supplier"], number)
    commands.ship(coop, order_id, "顺丰速运", "SF1", {line(order_id): 3})
    for buyer in (Buyer(None, "guess"), Buyer(builders.user().user_id, None)):
        with pytest.raises(NotFound):
            commands.receive(buyer, number)
    assert state(order_id) is OrderState.SHIPPED


def test_an_address_is_shown_while_it_is_needed(order_id: int, coop: Actor, kiwi: World) -> None:
    _, number = guest(order_id)
    found = desk.supplier_order(coop, kiwi["supplier"], number)
    assert found.deliver_to is not None
    assert found.deliver_to.recipient == "王女士"
    [unpaid] = order_builders.placed_orders({kiwi["sku"]: 1})
    assert desk.supplier_order(coop, kiwi["supplier"], guest(unpaid)[1]).deliver_to is None


def test_a_freight_rule_is_one_per_province(kiwi: World, coop: Actor) -> None:
    for code, fen in ((None, 800), (None, 900), ("610000000000", 500)):
        commands.save_freight_rule(
            coop,
            kiwi["supplier"],
            code,
            first_size=1000,
            first_fen=fen,
            next_size=1000,
            next_fen=200,
            free_over_fen=None,
            is_excluded=False,
        )
    rules = {
        each.province_code: each.first_fen for each in freight_rules([kiwi["supplier"]])[kiwi["supplier"]]
    }
    assert rules == {None: 900, "610000000000": 500}
    with pytest.raises(NotFound):
        commands.remove_freight_rule(builders.user(), kiwi["supplier"], None)
    commands.remove_freight_rule(coop, kiwi["supplier"], None)
    assert db.session.scalar(select(func.count()).select_from(FreightRule)) == 1
