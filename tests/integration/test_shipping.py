"""Parcels: many at once, where they were seen, the slip, another address before they leave."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidFields, InvalidInput, NotFound
from orders.fulfilment import bulk_shipping, desk, tracking
from orders.fulfilment import commands as fulfilment
from orders.fulfilment.carriers import carriers
from orders.fulfilment.models import Delivery
from orders.fulfilment.readdressing import change_address
from orders.fulfilment.rules import TrackingSource
from orders.fulfilment.slips import slip_pdf
from orders.fulfilment.tracking import Seen
from orders.ledger.verification import verify
from orders.my_orders.story import _WORDS
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from supplier_portal.fulfilment.views import EVENT_WORDS
from tests.factories import builders, sales

World = dict[str, int]


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=20, price_fen=2999, lot_total_fen=15_001)


@pytest.fixture
def coop(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


def order_of(order_id: int) -> Order:
    return db.session.get_one(Order, order_id, populate_existing=True)


def paid(world: World, units: int = 1) -> int:
    return sales.paid_orders({world["sku"]: units})[0]


def table(*rows: tuple[Any, ...], heads: tuple[str, ...] = bulk_shipping.HEADER) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((heads, *rows)):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def filled(
    number: str, carrier: str = "顺丰速运", tracking_number: str = "SF1234567890123"
) -> tuple[str, ...]:
    return (number, "", "", "", "", "", carrier, tracking_number)


def test_the_table_goes_out_and_comes_back(kiwi: World, coop: Actor) -> None:
    first, second = paid(kiwi, 2), paid(kiwi)
    rows = list(bulk_shipping.to_ship_rows(kiwi["supplier"]))
    assert [row[0] for row in rows] == [order_of(first).number, order_of(second).number]
    assert str(rows[0][4]).endswith("× 2")
    done = bulk_shipping.ship_table(
        coop, kiwi["supplier"], table(filled(str(rows[0][0])), filled(str(rows[1][0]), "", ""))
    )
    assert (done.parcels, done.sheet.errors) == (1, [])
    assert (order_of(first).state, order_of(second).state) == (OrderState.SHIPPED, OrderState.RELEASED)


def test_wrong_rows_are_named_and_the_others_ship(kiwi: World, coop: Actor) -> None:
    good, again, cancelled = paid(kiwi), paid(kiwi), paid(kiwi)
    fulfilment.ship(coop, again, "顺丰速运", "SF1", {min(sales.lines_of(again)): 1})
    other = builders.saleable(units=1)
    foreign = paid(other)
    done = bulk_shipping.ship_table(
        coop,
        kiwi["supplier"],
        table(
            filled(order_of(good).number),
            filled(order_of(good).number),
            filled(order_of(again).number),
            filled(order_of(foreign).number),
            filled(order_of(cancelled).number, carrier=""),
            filled(order_of(cancelled).number, carrier="自己人"),
        ),
    )
    assert done.parcels == 1
    assert [error.row for error in done.sheet.errors] == [3, 4, 5, 6, 7]
    assert order_of(good).state is OrderState.SHIPPED
    assert {order_of(each).state for each in (foreign, cancelled)} == {OrderState.RELEASED}


def test_a_number_on_two_orders_is_told(kiwi: World, coop: Actor) -> None:
    """One parcel for one buyer, or a cell that was copied down: who packed them knows."""
    first, second, third = (order_of(paid(kiwi)).number for _ in range(3))
    rows = table(filled(first), filled(second), filled(third, tracking_number="SF9999999999999"))
    done = bulk_shipping.ship_table(coop, kiwi["supplier"], rows)
    assert (done.parcels, done.sheet.errors, done.shared) == (3, [], ("SF1234567890123",))


def test_what_was_sent_in_part_ships_its_rest(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi, 3)
    fulfilment.ship(coop, order_id, "顺丰速运", "SF1", {min(sales.lines_of(order_id)): 1})
    done = bulk_shipping.ship_table(coop, kiwi["supplier"], table(filled(order_of(order_id).number)))
    assert (done.parcels, order_of(order_id).state) == (1, OrderState.SHIPPED)


def parcel(world: World, coop: Actor, number: str = "SF1234567890123") -> int:
    order_id = paid(world)
    return fulfilment.ship(coop, order_id, "顺丰速运", number, {min(sales.lines_of(order_id)): 1})


def test_where_a_parcel_was_seen_shows_newest_first(kiwi: World, coop: Actor) -> None:
    delivery_id = parcel(kiwi, coop)
    now = clock.now()
    tracking.note_seen(coop, delivery_id, now - timedelta(minutes=2), "揽收")
    assert tracking.tell_seen(coop, [Seen("SF1234567890123", now, "到达西安")], TrackingSource.PROGRAM) == 1
    assert tracking.tell_seen(coop, [Seen("SF1234567890123", now, "到达西安")], TrackingSource.TABLE) == 0
    order_id = db.session.scalars(select(Delivery.order_id).where(Delivery.id == delivery_id)).one()
    (shown,) = desk.parcels_of(order_id, with_entries=True)
    assert ([entry.text for entry in shown.entries], shown.hotline) == (["到达西安", "揽收"], "95338")


@pytest.mark.parametrize(
    ("hours", "text", "field"), [(-30, "揽收", "at"), (1, "揽收", "at"), (0, " ", "text"), (0, "到", "text")]
)
def test_a_wrong_sighting_is_told(kiwi: World, coop: Actor, hours: int, text: str, field: str) -> None:
    delivery_id = parcel(kiwi, coop)
    with pytest.raises(InvalidInput) as caught:
        tracking.note_seen(coop, delivery_id, clock.now() + timedelta(hours=hours), text)
    assert caught.value.field == field


def test_foreign_parcels_are_not_found(kiwi: World, coop: Actor) -> None:
    delivery_id = parcel(kiwi, coop)
    stranger = builders.owner_of(builders.saleable(units=1)["supplier"])
    with pytest.raises(NotFound):
        tracking.note_seen(stranger, delivery_id, clock.now(), "揽收")
    with pytest.raises(InvalidFields) as caught:
        tracking.tell_seen(stranger, [Seen("SF1234567890123", clock.now(), "揽收")], TrackingSource.PROGRAM)
    assert caught.value.errors == {"0.tracking_number": [tracking.WORDS_OF["tracking_number"]]}


def test_a_table_of_sightings_is_taken_whole_or_not_at_all(kiwi: World, coop: Actor) -> None:
    parcel(kiwi, coop)
    moment = clock.now().astimezone(clock.BUSINESS_ZONE)
    heads = tuple(column.label for column in tracking.COLUMNS)
    good = ("SF1234567890123", f"{moment:%Y-%m-%d %H:%M}", "到达西安转运中心")
    bad = ("SF0000000000000", f"{moment:%Y-%m-%d %H:%M}", "到达西安转运中心")
    odd = ("SF1234567890123", "昨天", "到达西安转运中心")
    sheet, new = tracking.read_table(coop, table(good, bad, odd, heads=heads))
    assert ([error.row for error in sheet.errors], new) == ([3, 4], 0)
    assert tracking.read_table(coop, table(good, heads=heads))[1] == 1
    assert tracking.read_table(coop, table(good, heads=heads))[1] == 0


def test_a_slip_is_a_pdf_and_needs_an_address(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi)
    shown = desk.supplier_order(coop, kiwi["supplier"], order_of(order_id).number)
    at = datetime(2026, 11, 27, tzinfo=clock.BUSINESS_ZONE)
    content = slip_pdf(shown, "示例合作社", "陕西省西安市", at)
    assert content.startswith(b"%PDF-")
    assert slip_pdf(shown, "示例合作社", "陕西省西安市", at) == content


def test_carriers_are_data() -> None:
    assert carriers()["顺丰速运"].looks_right("SF1234567890123")
    assert not carriers()["顺丰速运"].looks_right("12")
    assert carriers()["自送"].looks_right("随便")


def move(order_id: int, street: str, detail: str = "新小区 2 号楼") -> None:
    change_address(*sales.buyer_of(order_id), DeliverTo("新收件人", "13800000001", street, detail))


def test_another_address_within_the_province_before_it_leaves(kiwi: World, coop: Actor) -> None:
    order_id = paid(kiwi)
    street = order_of(order_id).street_code
    move(order_id, street)
    assert (order_of(order_id).recipient, order_of(order_id).address_detail) == ("新收件人", "新小区 2 号楼")
    with pytest.raises(InvalidInput) as caught:
        move(order_id, "110101001000")
    assert caught.value.field == "region"
    fulfilment.ship(coop, order_id, "顺丰速运", "SF1", {min(sales.lines_of(order_id)): 1})
    with pytest.raises(Conflict, match="address_fixed"):
        move(order_id, street)


VISITS_ONLY = {"redeem", "lapse", "visit_moved"}


def test_everything_that_happens_has_words_for_both_sides(freeze: Callable[[str], object]) -> None:
    from marketplace.unit_desk.purchases.order_page import WORDS

    assert set(_WORDS) - set(EVENT_WORDS) == set()
    assert set(_WORDS) - set(WORDS) == VISITS_ONLY, "a unit buys no visits"
