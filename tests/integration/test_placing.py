"""Placing: all or nothing, what was confirmed or nothing, once."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.models import Listing, Sku
from catalog.products.workflow import ListingState
from catalog.stock import queries as stock
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.linkage.rules import LinkageMode
from marketplace.kernel.db import Base, db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput
from marketplace.kernel.transaction import transaction
from orders.cart.commands import add_to_cart
from orders.cart.queries import CartOwner, count_lines
from orders.checkout.commands import Wish, place
from orders.ordering import queries as ordering
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from tests.factories import builders, order_builders
from tests.support.counting import statements

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)


@pytest.fixture
def walnut(app: Flask) -> World:
    made = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=4, price_fen=3280)
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=200)
    return made


def number_of(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def orders_of(token: str) -> list[ordering.OrderFacts]:
    found = ordering.find_checkout(token)
    assert found is not None
    return ordering.orders_of_checkout(found.id)


def test_two_suppliers_make_two_orders_that_add_up(kiwi: World, walnut: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 2, walnut["sku"]: 1})
    wish = order_builders.wish_for(owner, remarks={walnut["supplier"]: "放门口"})
    token = place(owner, wish)
    first, second = orders_of(token)
    checkout = ordering.find_checkout(token)
    assert checkout is not None
    assert (first.goods_fen, first.freight_fen, first.total_fen) == (5980, 0, 5980)
    # 2.5 kg: the first kilogram 8 yuan, two begun ones 2 each
    assert (second.goods_fen, second.freight_fen, second.total_fen) == (3280, 1200, 4480)
    assert checkout.total_fen == first.total_fen + second.total_fen
    assert (second.remark, first.remark) == ("放门口", "")
    assert {first.state, second.state} == {OrderState.PLACED}
    amounts = db.session.execute(select(Payment.order_id, Payment.amount_fen))
    assert sorted(tuple(row) for row in amounts) == [(first.id, 5980), (second.id, 4480)]
    assert count_lines(owner) == 0
    assert [e.action for e in ordering.events_of(first.id)] == ["place"]


def test_a_line_freezes_certificate_terms_lot_and_income(kiwi: World) -> None:
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 3})
    [line] = ordering.lines_of(order_id)
    assert (line.certificate_id, line.agreement_id) == (kiwi["certificate"], kiwi["agreement"])
    assert (line.net_fen, line.fee_fen, line.income_fen) == (8970, 179, 15_001 * 3 // 10)
    [allocation] = ordering.allocations_of(order_id)
    assert (allocation.stock_row_id, allocation.lot_id, allocation.units) == (
        kiwi["stock_row"],
        kiwi["lot"],
        3,
    )
    [income] = ordering.incomes_of(order_id)
    assert (income.household_id, income.fen, income.lot_units) == (kiwi["household"], 4500, 3)
    row = stock.rows_of([kiwi["sku"]])[0]
    assert (row.counts.available, row.counts.reserved, row.booked_income_fen) == (7, 3, 4500)


def test_the_last_unit_brings_the_last_fen_of_the_lot(kiwi: World) -> None:
    orders = [order_builders.placed_orders({kiwi["sku"]: units})[0] for units in (3, 3, 3, 1)]
    total = sum(income.fen for order_id in orders for income in ordering.incomes_of(order_id))
    assert total == 15_001


def test_own_produce_and_dividends_share_the_net(app: Flask) -> None:
    supplier = builders.supplier()
    households = [builders.household(supplier_id=supplier) for _ in range(3)]
    product = builders.product(supplier)
    builders.agreement(supplier, product, households, modes={LinkageMode.DIVIDEND: 1000}, shares=[1, 1, 2])
    builders.certificate(product)
    sku = builders.sku(builders.listing(product), price_fen=1001)
    builders.stock(sku, 5)
    [order_id] = order_builders.placed_orders({sku: 1})
    incomes = ordering.incomes_of(order_id)
    assert [income.fen for income in incomes] == [25, 25, 50]
    assert {income.village_code for income in incomes} == {builders.VILLAGE}


@pytest.mark.parametrize("change", ["price", "certificate", "off_sale", "stock", "units", "digest"])
def test_what_changed_since_it_was_shown_must_be_confirmed_again(kiwi: World, change: str) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    wish = order_builders.wish_for(owner)
    with transaction() as session:
        if change == "price":
            session.execute(update(Sku).values(price_fen=2000))
        elif change == "certificate":
            session.execute(update(Certificate).values(state=CertificateState.SUSPENDED))
        elif change == "off_sale":
            session.execute(update(Listing).values(state=ListingState.OFF_SALE))
        elif change == "stock":
            order_builders.placed_orders({kiwi["sku"]: 9})
        elif change == "units":
            add_to_cart(owner, kiwi["sku"], 1)
        else:
            wish = dataclasses.replace(wish, digest="")
    before = number_of(Order)
    with pytest.raises(Conflict):
        place(owner, wish)
    assert number_of(Order) == before
    assert count_lines(owner) == 1


def test_excluded_areas_are_said_at_the_address(kiwi: World) -> None:
    order_builders.freight_rule(kiwi["supplier"], province_code="650000000000", is_excluded=True)
    order_builders.freight_rule(kiwi["supplier"])
    far = dataclasses.replace(order_builders.HOME, street_code="650102002000")
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    with pytest.raises(InvalidInput) as refused:
        place(owner, order_builders.wish_for(owner, deliver_to=far))
    assert (refused.value.code, refused.value.field) == ("checkout.excluded", "region")


def test_fresh_goods_need_the_buyers_word(kiwi: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    with pytest.raises(InvalidInput) as refused:
        place(owner, order_builders.wish_for(owner, agrees_fresh=False))
    assert refused.value.field == "agree_fresh"


def test_only_what_was_chosen_is_bought(kiwi: World, walnut: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    add_to_cart(owner, walnut["sku"], 2, only=True)
    token = place(owner, order_builders.wish_for(owner))
    assert [order.supplier_id for order in orders_of(token)] == [walnut["supplier"]]
    assert count_lines(owner) == 1


def test_the_same_form_sent_again_gives_the_same_checkout(kiwi: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(owner)
    token = place(owner, wish)
    assert place(owner, wish) == token
    add_to_cart(owner, kiwi["sku"], 1)
    assert place(owner, wish) == token
    assert number_of(Checkout) == 1


def test_a_stranger_with_the_key_gets_nothing(kiwi: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 1})
    wish = order_builders.wish_for(owner)
    place(owner, wish)
    with pytest.raises(Conflict):
        place(CartOwner(user_id=builders.user().user_id), wish)


@pytest.mark.parametrize("keys", ["one", "many"])
def test_twenty_submits_at_once_place_once(app: Flask, kiwi: World, keys: str) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    wish = order_builders.wish_for(owner)

    def submit(number: int) -> str:
        with app.app_context():
            mine = wish if keys == "one" else dataclasses.replace(wish, key=f"{wish.key}{number:02d}")
            try:
                return place(owner, mine)
            except DomainError as error:
                return error.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(submit, range(20)))
    db.session.rollback()
    assert (number_of(Checkout), number_of(Order), number_of(OrderLine)) == (1, 1, 1)
    assert stock.rows_of([kiwi["sku"]])[0].counts.reserved == 2
    if keys == "one":
        assert len(set(results)) == 1
    else:
        assert sorted(set(results) - {"checkout.empty"}) == [r for r in results if r != "checkout.empty"]


def test_transfer_keeps_the_goods_five_working_days(kiwi: World, freeze: object) -> None:
    freeze("2026-11-24 15:30")  # type: ignore[operator]
    [order_id] = order_builders.placed_orders({kiwi["sku"]: 1}, method=PaymentMethod.TRANSFER)
    # a Tuesday: until the end of the Tuesday after
    assert ordering.get_order_facts(order_id).reserved_until.isoformat() == "2026-12-01T16:00:00+00:00"
    assert db.session.scalar(select(Payment.provider)) == "bank_transfer"


def test_placing_needs_few_statements(kiwi: World, walnut: World) -> None:
    owner = order_builders.cart_with({kiwi["sku"]: 2, walnut["sku"]: 1})
    wish: Wish = order_builders.wish_for(owner)
    with statements() as sent:
        place(owner, wish)
    assert len(sent) <= 20, "\n".join(f"{n}: {s[:90]}" for n, s in enumerate(sent, 1))
