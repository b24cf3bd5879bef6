"""A unit buys in bulk: drawn up, approved by another person, placed once, at the price that was agreed to."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products import commands as products
from catalog.products.models import Sku
from catalog.products.rules import Tier
from catalog.products.tiers import kept_tiers, save_tiers, tier_prices
from catalog.stock.models import StockRow
from certification.linkage.rules import LinkageMode
from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, IllegalTransition, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import PartnerUnit
from marketplace.parties.workflow import UnitState
from orders.bulk import commands as bulk
from orders.bulk.commands import NOWHERE
from orders.bulk.models import PurchaseOrder, PurchaseStep
from orders.bulk.rules import PaymentTerm
from orders.bulk.workflow import PurchaseState
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, LineIncome, Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments import inbox
from orders.payments.models import Payment
from orders.payments.workflow import PaymentState
from tests.factories import builders, order_builders, purchases
from tests.factories.order_builders import HOME

World = dict[str, int]


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    """Whatever a test did, the invariants hold at its end."""
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask) -> World:
    """100 boxes at ¥29.99, ¥27.00 from 10 boxes on; a household gets ¥15.00 a box."""
    made = builders.saleable(units=100, price_fen=2_999, lot_total_fen=150_000)
    purchases.tiers(made["supplier"], made["sku"], (10, 2_700), (50, 2_500))
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=0)
    return made


@pytest.fixture
def school(app: Flask) -> purchases.Unit:
    return purchases.unit("示例中学")


def state_of(purchase_id: int) -> PurchaseState:
    db.session.rollback()
    return db.session.get_one(PurchaseOrder, purchase_id).state


def test_one_order_per_supplier_at_the_tier_price(kiwi: World, school: purchases.Unit) -> None:
    honey = builders.saleable(units=20, price_fen=5_000)
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 12, honey["sku"]: 2})

    order_ids = bulk.approve_purchase(school.approver, purchase_id).order_ids

    orders = [db.session.get_one(Order, order_id) for order_id in order_ids]
    assert [order.supplier_id for order in orders] == [kiwi["supplier"], honey["supplier"]]
    assert [order.total_fen for order in orders] == [12 * 2_700 + 800, 2 * 5_000]
    purchase = db.session.get_one(PurchaseOrder, purchase_id)
    assert purchase.state is PurchaseState.PLACED
    assert purchase.total_fen == sum(order.total_fen for order in orders)
    for order in orders:
        assert (order.unit_id, order.purchase_order_id) == (school.id, purchase_id)
        assert (order.state, order.pays_later) == (OrderState.PLACED, False)
        assert clock.local_date(order.reserved_until) == purchase.deliver_on + timedelta(days=1)
    references = set(db.session.scalars(select(Payment.reference).where(Payment.order_id.in_(order_ids))))
    assert len(references) == 2
    line = db.session.scalars(select(OrderLine).where(OrderLine.order_id == order_ids[0])).one()
    # a lot's part stays what was agreed, whatever the unit saves
    assert (line.unit_price_fen, line.net_fen, line.income_fen) == (2_700, 32_400, 12 * 1_500)


def test_a_share_of_net_follows_the_tier_price(app: Flask, school: purchases.Unit) -> None:
    supplier_id = builders.supplier()
    household_id = builders.household(supplier_id=supplier_id)
    product_id = builders.product(supplier_id)
    builders.agreement(supplier_id, product_id, [household_id], modes={LinkageMode.DIVIDEND: 1_000})
    builders.certificate(product_id)
    sku_id = builders.sku(builders.listing(product_id), price_fen=10_000)
    builders.stock(sku_id, 50)
    purchases.tiers(supplier_id, sku_id, (20, 8_000))

    order_ids = purchases.placed(school, {sku_id: 20})

    fen = db.session.scalar(
        select(func.sum(LineIncome.fen))
        .join(OrderLine, OrderLine.id == LineIncome.line_id)
        .where(OrderLine.order_id == order_ids[0])
    )
    assert fen == 20 * 8_000 // 10


def test_tiers_below_the_floor_are_refused_and_the_floor_is_told(kiwi: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        purchases.tiers(kiwi["supplier"], kiwi["sku"], (10, 1_500))
    floor = refused.value.params["floor_fen"]
    assert (refused.value.code, refused.value.field) == ("listing.price_below_floor", "price_fen_0")
    assert isinstance(floor, int)
    purchases.tiers(kiwi["supplier"], kiwi["sku"], (10, floor))
    assert tier_prices([kiwi["sku"]]) == {kiwi["sku"]: [Tier(10, floor)]}


def test_a_dearer_lot_silences_a_tier_until_the_price_carries_it(kiwi: World) -> None:
    builders.lot(kiwi["agreement"], kiwi["household"], kiwi["sku"], units=10, total_fen=26_000)
    assert tier_prices([kiwi["sku"]]) == {kiwi["sku"]: [Tier(10, 2_700)]}
    assert kept_tiers(kiwi["sku"]) == [Tier(10, 2_700), Tier(50, 2_500)]


def test_only_the_supplier_sets_its_tiers(kiwi: World) -> None:
    with pytest.raises(NotFound):
        save_tiers(builders.owner_of(builders.supplier()), kiwi["sku"], [Tier(10, 2_600)])
    with pytest.raises(NotFound):
        save_tiers(builders.owner_of(kiwi["supplier"]), 2**31 - 1, [])


def test_nobody_approves_what_they_drew_up_or_submitted(kiwi: World, school: purchases.Unit) -> None:
    both = purchases.member(school.id, Role.UNIT_BUYER, Role.UNIT_APPROVER)
    other = replace(school, buyer=both)
    own = purchases.submitted(other, {kiwi["sku"]: 1})
    drawn_by_both = purchases.drawn_up(other, {kiwi["sku"]: 1})
    bulk.submit_purchase(school.buyer, drawn_by_both, agrees_fresh=True)
    submitted_by_both = purchases.drawn_up(school, {kiwi["sku"]: 1})
    bulk.submit_purchase(both, submitted_by_both, agrees_fresh=True)

    for purchase_id in (own, drawn_by_both, submitted_by_both):
        with pytest.raises(Conflict, match=r"bulk\.own_purchase"):
            bulk.approve_purchase(both, purchase_id)
        assert bulk.approve_purchase(school.approver, purchase_id).changes == []


def test_who_may_do_what(kiwi: World, school: purchases.Unit) -> None:
    stranger = purchases.unit()
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 1})
    for actor in (school.buyer, school.finance, school.manager, stranger.approver):
        with pytest.raises(NotFound):
            bulk.approve_purchase(actor, purchase_id)
        with pytest.raises(NotFound):
            bulk.return_purchase(actor, purchase_id, "不要了")
    for actor in (school.approver, school.finance, stranger.buyer, stranger.manager):
        with pytest.raises(NotFound):
            bulk.cancel_purchase(actor, purchase_id)
        with pytest.raises(NotFound):
            bulk.start_purchase(actor, school.id, purchases.facts(school.id))
    assert state_of(purchase_id) is PurchaseState.SUBMITTED


def test_twenty_approvals_at_once_place_once(app: Flask, kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 10})
    approvers = [purchases.member(school.id, Role.UNIT_APPROVER) for _ in range(20)]
    outcomes: list[object] = []

    def approve(number: int) -> None:
        with app.app_context():
            try:
                outcomes.append(tuple(bulk.approve_purchase(approvers[number], purchase_id).order_ids))
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=approve, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(outcomes)) == 1
    assert len(outcomes) == 20
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Order)) == 1
    assert db.session.scalar(select(func.count()).select_from(Checkout)) == 1
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.available, row.reserved) == (90, 10)
    steps = db.session.scalars(
        select(PurchaseStep.action)
        .where(PurchaseStep.purchase_order_id == purchase_id)
        .order_by(PurchaseStep.id)
    ).all()
    assert steps == ["draw_up", "submit", "place"]


def sells_out(kiwi: World) -> None:
    order_builders.placed_orders({kiwi["sku"]: 95})


def gets_dearer(kiwi: World) -> None:
    purchases.tiers(kiwi["supplier"], kiwi["sku"], (10, 2_800))


def loses_its_certificate(kiwi: World) -> None:
    with transaction() as session:
        from certification.certificates.models import Certificate

        certificate = session.get_one(Certificate, kiwi["certificate"])
        certificate.valid_until = clock.today() - timedelta(days=1)


def is_taken_off_sale(kiwi: World) -> None:
    products.take_off_sale(builders.owner_of(kiwi["supplier"]), kiwi["listing"])


def asks_for_more_freight(kiwi: World) -> None:
    with transaction() as session:
        from orders.fulfilment.models import FreightRule

        session.execute(update(FreightRule).values(first_fen=900))


def delivers_there_no_more(kiwi: World) -> None:
    with transaction() as session:
        from orders.fulfilment.models import FreightRule

        session.execute(update(FreightRule).values(is_excluded=True))


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (sells_out, "库存不够，只剩 5 份"),
        (gets_dearer, "单价从 ¥27.00 变成 ¥28.00"),
        (loses_its_certificate, "已经下架"),
        (is_taken_off_sale, "已经下架"),
        (asks_for_more_freight, "运费变了，合计从 ¥332.00 变成 ¥333.00"),
        (delivers_there_no_more, "不再送到这个地区"),
    ],
)
def test_what_changed_meanwhile_goes_back_and_places_nothing(
    kiwi: World, school: purchases.Unit, happens: object, said: str
) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 12})
    assert callable(happens)
    happens(kiwi)
    before = db.session.scalar(select(func.count()).select_from(Order))

    approval = bulk.approve_purchase(school.approver, purchase_id)

    assert approval.order_ids == []
    assert any(said in change for change in approval.changes), approval.changes
    assert state_of(purchase_id) is PurchaseState.RETURNED
    assert db.session.scalar(select(func.count()).select_from(Order)) == before
    note = db.session.scalars(select(PurchaseStep.note).order_by(PurchaseStep.id.desc()).limit(1)).one()
    assert said in note
    with pytest.raises(IllegalTransition):
        bulk.approve_purchase(school.approver, purchase_id)


def test_after_resubmission_the_new_price_is_agreed_to(kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 12})
    gets_dearer(kiwi)
    bulk.approve_purchase(school.approver, purchase_id)
    bulk.submit_purchase(school.buyer, purchase_id, "按新价", agrees_fresh=True)
    order_ids = bulk.approve_purchase(school.approver, purchase_id).order_ids
    assert db.session.get_one(Order, order_ids[0]).goods_fen == 12 * 2_800


def test_the_approver_agrees_to_what_stood_on_the_page(kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 12})
    seen = db.session.scalar(select(func.max(PurchaseStep.id)))
    bulk.return_purchase(school.approver, purchase_id, "改成 11 份")
    bulk.set_lines(school.buyer, purchase_id, {kiwi["sku"]: 11})
    bulk.submit_purchase(school.buyer, purchase_id, agrees_fresh=True)
    with pytest.raises(Conflict, match=r"bulk\.seen_other"):
        bulk.approve_purchase(school.approver, purchase_id, seen_step=seen)
    newest = db.session.scalar(select(func.max(PurchaseStep.id)))
    assert bulk.approve_purchase(school.approver, purchase_id, seen_step=newest).order_ids


def test_submitted_is_not_edited(kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 1})
    attempts: list[Callable[[], None]] = [
        lambda: bulk.add_line(school.buyer, purchase_id, kiwi["sku"], 1),
        lambda: bulk.set_lines(school.buyer, purchase_id, {kiwi["sku"]: 2}),
        lambda: bulk.edit_purchase(school.buyer, purchase_id, purchases.facts(school.id)),
    ]
    for attempt in attempts:
        with pytest.raises(Conflict, match=r"bulk\.not_editable"):
            attempt()
    bulk.cancel_purchase(school.buyer, purchase_id, "不买了")
    with pytest.raises(IllegalTransition):
        bulk.submit_purchase(school.buyer, purchase_id, agrees_fresh=True)


@pytest.mark.parametrize(
    ("units", "code"), [(0, "cart.units"), (-1, "cart.units"), (10**9, "cart.units"), (101, "stock.too_few")]
)
def test_quantities_that_are_none(kiwi: World, school: purchases.Unit, units: int, code: str) -> None:
    purchase_id = purchases.drawn_up(school, {})
    with pytest.raises(DomainError) as refused:
        bulk.add_line(school.buyer, purchase_id, kiwi["sku"], units)
    assert refused.value.code == code


def test_lines_add_up_and_go(kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.drawn_up(school, {kiwi["sku"]: 6})
    bulk.add_line(school.buyer, purchase_id, kiwi["sku"], 6)
    honey = builders.saleable(units=3)
    with pytest.raises(NotFound):
        bulk.set_lines(school.buyer, purchase_id, {honey["sku"]: 1})
    bulk.set_lines(school.buyer, purchase_id, {kiwi["sku"]: 0})
    with pytest.raises(Conflict, match=r"bulk\.empty"):
        bulk.submit_purchase(school.buyer, purchase_id, agrees_fresh=True)


def test_what_stands_in_the_way_of_submitting(kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.drawn_up(school, {kiwi["sku"]: 1})
    right = purchases.facts(school.id)
    for change, field in (
        ({"deliver_to": NOWHERE}, "recipient"),
        ({"deliver_to": replace(HOME, street_code="")}, "region"),
        ({"deliver_to": replace(HOME, detail="")}, "detail"),
        ({"deliver_on": clock.today()}, "deliver_on"),
        ({"deliver_on": clock.today() + timedelta(days=400)}, "deliver_on"),
    ):
        bulk.edit_purchase(school.buyer, purchase_id, replace(right, **change))
        with pytest.raises(InvalidInput) as refused:
            bulk.submit_purchase(school.buyer, purchase_id, agrees_fresh=True)
        assert refused.value.field == field
    bulk.edit_purchase(school.buyer, purchase_id, right)
    with pytest.raises(InvalidInput, match=r"checkout\.agree_fresh"):
        bulk.submit_purchase(school.buyer, purchase_id)
    bulk.submit_purchase(school.buyer, purchase_id, agrees_fresh=True)


def test_the_budget_is_one_s_own_or_that_of_another_unit_one_belongs_to(
    kiwi: World, school: purchases.Unit
) -> None:
    union = purchases.unit("示例工会")
    with pytest.raises(InvalidInput, match=r"bulk\.budget_unit"):
        bulk.start_purchase(school.buyer, school.id, purchases.facts(union.id))
    of_both = builders.user(
        None,
        (Role.UNIT_BUYER, ScopeKind.UNIT, school.id),
        (Role.UNIT_FINANCE, ScopeKind.UNIT, union.id),
    )
    purchase_id = bulk.start_purchase(of_both, school.id, purchases.facts(union.id))
    bulk.add_line(of_both, purchase_id, kiwi["sku"], 1)
    bulk.submit_purchase(of_both, purchase_id, agrees_fresh=True)
    order_ids = bulk.approve_purchase(school.approver, purchase_id).order_ids
    assert db.session.get_one(Order, order_ids[0]).unit_id == union.id


def test_a_suspended_unit_places_nothing(kiwi: World, school: purchases.Unit) -> None:
    purchase_id = purchases.submitted(school, {kiwi["sku"]: 1})
    with transaction() as session:
        session.get_one(PartnerUnit, school.id).state = UnitState.SUSPENDED
    with pytest.raises(Conflict, match=r"units\.not_admitted"):
        bulk.approve_purchase(school.approver, purchase_id)
    with pytest.raises(Conflict, match=r"units\.not_admitted"):
        bulk.start_purchase(school.buyer, school.id, purchases.facts(school.id))


def test_unpaid_stock_is_kept_until_the_delivery_day_and_then_freed(
    kiwi: World, school: purchases.Unit
) -> None:
    order_ids = purchases.placed(school, {kiwi["sku"]: 10})
    assert inbox.expire_overdue() == 0
    with transaction() as session:
        session.get_one(Order, order_ids[0]).reserved_until = clock.now()
    assert inbox.expire_overdue() == 1
    order = db.session.get_one(Order, order_ids[0])
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    payment = db.session.scalars(select(Payment).where(Payment.order_id == order.id)).one()
    assert (order.state, payment.state) == (OrderState.CANCELLED, PaymentState.EXPIRED)
    assert (row.available, row.reserved, row.booked_income_fen) == (100, 0, 0)


def test_a_price_of_everybody_is_no_tier(kiwi: World) -> None:
    with transaction() as session:
        session.get_one(Sku, kiwi["sku"]).price_fen = 2_600
    assert tier_prices([kiwi["sku"]]) == {kiwi["sku"]: [Tier(50, 2_500)]}


def test_pays_later_is_decided_by_the_purchase_order(kiwi: World, school: purchases.Unit) -> None:
    order_ids = purchases.placed(school, {kiwi["sku"]: 1}, term=PaymentTerm.AFTER)
    order = db.session.get_one(Order, order_ids[0])
    assert (order.pays_later, order.state, order.paid_at) == (True, OrderState.RELEASED, None)
