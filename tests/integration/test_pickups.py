"""Orders fetched at an outlet: arriving, codes, handing over, and what goes wrong with them."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput, NotFound
from orders.fulfilment import commands as fulfilment
from orders.fulfilment import pickup_queries as queries
from orders.fulfilment import pickups
from orders.fulfilment.models import Pickup
from orders.fulfilment.parameters import PICKUP_DAYS, PICKUP_TRIES
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from tests.factories import builders, outlets, sales

World = dict[str, int]
Freeze = Callable[[str], object]


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=50, price_fen=2990, lot_total_fen=15_000)


@pytest.fixture
def outlet(kiwi: World) -> int:
    return outlets.outlet()


@pytest.fixture
def operator(outlet: int) -> Actor:
    return outlets.operator_of(outlet)


def state(order_id: int) -> OrderState:
    return db.session.get_one(Order, order_id).state


def test_an_order_arrives_waits_and_goes_to_whoever_says_its_code(
    kiwi: World, outlet: int, operator: Actor
) -> None:
    order_id = outlets.sent_to(outlet, kiwi["sku"], 2)
    assert queries.pickup_of(order_id) is None
    assert [row.order_id for row in queries.expected_page(outlet, "", 1).items] == [order_id]

    pickups.arrive(operator, outlet, outlets.number_of(order_id), " A-03\n")
    facts = queries.pickup_of(order_id)
    assert facts is not None
    assert (len(facts.code), facts.shelf, facts.waits) == (6, "A-03", True)
    [row] = queries.waiting_page(outlet, "", 1).items
    assert (row.name, row.tail, row.units_left) == ("王**", "1234", 2)
    assert facts.code not in repr(row)
    assert queries.count_pickups(outlet) == queries.PickupCounts(0, 0, 1, 0, 0)

    assert pickups.hand_over(operator, outlet, f" {facts.code[:3]} {facts.code[3:]} ") == order_id
    assert state(order_id) is OrderState.RECEIVED
    pickup = db.session.scalars(select(Pickup)).one()
    assert pickup.handed_over_by == operator.user_id
    assert pickup.handed_over_at is not None
    assert queries.waiting_page(outlet, "", 1).total == 0
    assert [row.order_id for row in queries.handed_page(outlet, "", 1).items] == [order_id]
    actions = db.session.scalars(
        select(audit.AuditEntry.action).where(
            audit.AuditEntry.subject_id == str(order_id), audit.AuditEntry.action.startswith("pickup.")
        )
    ).all()
    assert actions == ["pickup.arrive", "pickup.hand_over"]


def test_handing_over_starts_the_after_sales_window(kiwi: World, outlet: int, operator: Actor) -> None:
    order_id = outlets.arrived_at(outlet, kiwi["sku"])
    assert db.session.get_one(Order, order_id).complete_at is None
    pickups.hand_over(operator, outlet, outlets.code_of(order_id))
    sales.complete(order_id)
    assert state(order_id) is OrderState.COMPLETED


def test_what_has_not_all_been_sent_does_not_arrive(kiwi: World, outlet: int, operator: Actor) -> None:
    order_id = outlets.ordered_for(outlet, kiwi["sku"], 2)
    number = outlets.number_of(order_id)
    with pytest.raises(Conflict, match=r"pickups\.not_on_its_way"):
        pickups.arrive(operator, outlet, number)
    [line] = sales.lines_of(order_id)
    fulfilment.ship(builders.owner_of(kiwi["supplier"]), order_id, "顺丰速运", "SF1", {line: 1})
    with pytest.raises(Conflict, match=r"pickups\.not_on_its_way"):
        pickups.arrive(operator, outlet, number)
    assert db.session.scalar(select(func.count()).select_from(Pickup)) == 0


def test_nothing_arrives_twice(kiwi: World, outlet: int, operator: Actor) -> None:
    order_id = outlets.arrived_at(outlet, kiwi["sku"])
    code = outlets.code_of(order_id)
    with pytest.raises(Conflict, match=r"pickups\.arrived_already"):
        pickups.arrive(operator, outlet, outlets.number_of(order_id))
    assert outlets.code_of(order_id) == code


def test_an_order_for_elsewhere_does_not_exist_here(kiwi: World, outlet: int, operator: Actor) -> None:
    other = outlets.outlet()
    home = sales.paid_orders({kiwi["sku"]: 1})[0]
    there = outlets.sent_to(other, kiwi["sku"])
    for order_id in (home, there):
        with pytest.raises(NotFound):
            pickups.arrive(operator, outlet, outlets.number_of(order_id))
    with pytest.raises(NotFound):
        pickups.arrive(operator, other, outlets.number_of(there))
    waits = outlets.arrived_at(other, kiwi["sku"])
    with pytest.raises(NotFound):
        pickups.hand_over(operator, other, outlets.code_of(waits))
    with pytest.raises(InvalidInput, match=r"pickups\.wrong_code"):
        pickups.hand_over(operator, outlet, outlets.code_of(waits))
    assert state(waits) is OrderState.SHIPPED


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345x"])
def test_what_can_be_no_code_is_said_and_not_counted(outlet: int, operator: Actor, text: str) -> None:
    for _ in range(PICKUP_TRIES.default + 1):
        with pytest.raises(InvalidInput, match=r"pickups\.code_form"):
            pickups.find_by_code(operator, outlet, text)


def test_wrong_codes_make_one_wait_and_the_right_one_too(
    kiwi: World, outlet: int, operator: Actor, freeze: Freeze
) -> None:
    freeze("2026-11-24 10:00")
    order_id = outlets.arrived_at(outlet, kiwi["sku"])
    code = outlets.code_of(order_id)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(PICKUP_TRIES.default):
        with pytest.raises(InvalidInput, match=r"pickups\.wrong_code"):
            pickups.find_by_code(operator, outlet, wrong)
    with pytest.raises(Conflict, match=r"pickups\.wait"):
        pickups.hand_over(operator, outlet, code)
    assert pickups.find_by_code(outlets.operator_of(outlet), outlet, code).order_id == order_id
    freeze("2026-11-24 10:16")
    assert pickups.hand_over(operator, outlet, code) == order_id


def test_guessing_in_parallel_is_no_faster(app: Flask, outlet: int, operator: Actor) -> None:
    """Six digits hold because there are few tries: those made at once must wait for each other."""
    extra = 6
    barrier, outcomes = threading.Barrier(PICKUP_TRIES.default + extra), list[str]()

    def guess(code: str) -> None:
        with app.app_context():
            barrier.wait()
            try:
                pickups.find_by_code(operator, outlet, code)
            except DomainError as error:
                outcomes.append(error.code)

    threads = [
        threading.Thread(target=guess, args=(f"{number:06d}",))
        for number in range(PICKUP_TRIES.default + extra)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["pickups.wait"] * extra + ["pickups.wrong_code"] * PICKUP_TRIES.default


def test_codes_differ_among_what_waits_at_one_outlet(
    kiwi: World, outlet: int, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([7, 7, 8, 7])
    orders = [outlets.sent_to(outlet, kiwi["sku"]) for _ in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr("secrets.randbelow", lambda _: next(draws))
        pickups.arrive(operator, outlet, outlets.number_of(orders[0]))
        pickups.arrive(operator, outlet, outlets.number_of(orders[1]))
        assert [outlets.code_of(each) for each in orders[:2]] == ["000007", "000008"]
        pickups.hand_over(operator, outlet, "000007")
        pickups.arrive(operator, outlet, outlets.number_of(orders[2]))
    assert outlets.code_of(orders[2]) == "000007"
    assert pickups.hand_over(operator, outlet, "000007") == orders[2]


def test_two_operators_hand_over_the_same_parcel_once(app: Flask, kiwi: World, outlet: int) -> None:
    order_id = outlets.arrived_at(outlet, kiwi["sku"])
    code = outlets.code_of(order_id)
    people = [outlets.operator_of(outlet) for _ in range(2)]
    db.session.rollback()
    barrier, said = threading.Barrier(2), list[str]()

    def hand(actor: Actor) -> None:
        with app.app_context():
            barrier.wait()
            try:
                pickups.hand_over(actor, outlet, code)
                said.append("done")
            except DomainError as error:
                said.append(error.code)

    threads = [threading.Thread(target=hand, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("done") == 1
    assert set(said) <= {"done", "pickups.handed_over", "pickups.wrong_code"}
    given = select(func.count()).where(audit.AuditEntry.action == "pickup.hand_over")
    assert db.session.scalar(given) == 1


def test_what_was_refunded_is_not_handed_over(kiwi: World, outlet: int, operator: Actor) -> None:
    part = outlets.arrived_at(outlet, kiwi["sku"], 2)
    sales.refund(part, 1)
    assert queries.parcel(outlet, part).units_left == 1
    whole = outlets.arrived_at(outlet, kiwi["sku"], 2)
    sales.refund(whole, 2)
    pickups.hand_over(operator, outlet, outlets.code_of(part))
    with pytest.raises(Conflict, match=r"pickups\.refunded"):
        pickups.hand_over(operator, outlet, outlets.code_of(whole))
    assert db.session.scalars(select(Pickup.handed_over_at).where(Pickup.order_id == whole)).one() is None


def test_a_buyer_who_called_it_received_still_fetches_it(kiwi: World, outlet: int, operator: Actor) -> None:
    order_id = outlets.arrived_at(outlet, kiwi["sku"])
    fulfilment.receive(*sales.buyer_of(order_id))
    assert pickups.hand_over(operator, outlet, outlets.code_of(order_id)) == order_id
    assert state(order_id) is OrderState.RECEIVED


def test_the_timer_waits_for_who_may_still_fetch_it(kiwi: World, outlet: int, freeze: Freeze) -> None:
    freeze("2026-11-01 10:00")
    order_id = outlets.sent_to(outlet, kiwi["sku"])
    freeze("2026-11-10 10:00")
    pickups.arrive(outlets.operator_of(outlet), outlet, outlets.number_of(order_id))
    freeze("2026-11-17 09:00")
    assert fulfilment.auto_receive() == 0
    assert not queries.waiting_page(outlet, "", 1).items[0].is_overdue
    freeze("2026-11-17 10:00")
    assert queries.waiting_page(outlet, "", 1, overdue=True).items[0].is_overdue
    assert queries.count_pickups(outlet).overdue == 1
    freeze("2026-11-28 10:00")
    assert fulfilment.auto_receive() == 1


def test_what_lies_there_is_found_by_phone_number_order_and_shelf(kiwi: World, outlet: int) -> None:
    first = outlets.arrived_at(outlet, kiwi["sku"], shelf="A-03")
    outlets.arrived_at(outlet, kiwi["sku"], shelf="B-01")
    for text in ("a-03", outlets.number_of(first), outlets.number_of(first)[-6:]):
        assert [row.order_id for row in queries.waiting_page(outlet, text, 1).items] == [first]
    assert queries.waiting_page(outlet, "1234", 1).total == 2
    assert queries.waiting_page(outlet, "0000", 1).total == 0


def test_the_last_day_to_fetch_is_told(kiwi: World, outlet: int, freeze: Freeze) -> None:
    freeze("2026-11-24 10:00")
    order_id = outlets.arrived_at(outlet, kiwi["sku"])
    facts = queries.pickup_of(order_id)
    assert facts is not None
    assert facts.keep_until == clock.now() + timedelta(days=PICKUP_DAYS.default)
    freeze("2026-12-01 08:00")
    assert queries.count_pickups(outlet).due_today == 1
