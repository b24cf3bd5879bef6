"""Goods sent back, the platform's word, and freight where the seller answers for the cause."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.stock.models import StockRow
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, IllegalTransition, InvalidInput, NotFound
from orders.fulfilment import commands as fulfilment
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from orders.payments.rules import Buyer, SandboxDispute
from orders.refunds import arbitration, commands, returning, timers
from orders.refunds.arbitration import Ruling
from orders.refunds.models import Refund
from orders.refunds.rules import RefundCause, RefundKind, freight_share
from orders.refunds.workflow import RefundState
from tests.factories import builders, order_builders, sales
from tests.integration.test_disputes import bank

World = dict[str, int]
BACK = RefundKind.RETURN_AND_REFUND
MONEY = RefundKind.REFUND_ONLY
ADDRESS = "王示例 13800000000 马召镇合作社仓库"


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-10 09:00")
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    order_builders.freight_rule(made["supplier"], first_fen=1000, next_fen=0)
    return made


@pytest.fixture
def coop(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


@pytest.fixture
def order(kiwi: World, coop: Actor) -> int:
    """Three boxes, delivered."""
    (order_id,) = sales.paid_orders({kiwi["sku"]: 3})
    sales.deliver(order_id)
    return order_id


def guest(order_id: int) -> tuple[Buyer, str]:
    return sales.buyer_of(order_id)


def line_of(order_id: int) -> int:
    return min(sales.lines_of(order_id))


def ask(
    order_id: int, units: int = 1, kind: RefundKind = BACK, cause: RefundCause = RefundCause.WRONG
) -> int:
    return commands.request_refund(*guest(order_id), kind, {line_of(order_id): units}, "发错了", cause=cause)


def answer(actor: Actor, refund_id: int, *, approve: bool, restock: bool = False) -> None:
    line_id = line_of(refund(refund_id).order_id)
    commands.decide_refund(actor, refund_id, approve=approve, restock={line_id: restock}, note="货不对板")


def refund(refund_id: int) -> Refund:
    return db.session.get_one(Refund, refund_id, populate_existing=True)


def state(refund_id: int) -> RefundState:
    return refund(refund_id).state


def given_back(order_id: int) -> int:
    db.session.expire_all()
    return db.session.scalars(select(Payment.refunded_fen).where(Payment.order_id == order_id)).one()


def test_goods_travel_back_before_the_money(kiwi: World, coop: Actor, order: int) -> None:
    asked = ask(order, 2)
    returning.accept_return(coop, asked, ADDRESS)
    assert (state(asked), refund(asked).return_to, given_back(order)) == (RefundState.RETURNING, ADDRESS, 0)
    returning.send_back(*guest(order), asked, "中国邮政", "TH1")
    assert (state(asked), given_back(order)) == (RefundState.SENT_BACK, 0)
    answer(coop, asked, approve=True, restock=True)
    # the wrong goods were sent: two thirds of the freight goes back with two thirds of the goods
    assert given_back(order) == 2 * 2999 + 666
    assert db.session.get_one(StockRow, kiwi["stock_row"], populate_existing=True).available == 9
    assert state(asked) is RefundState.APPROVED


def test_freight_goes_back_to_the_fen_where_the_seller_answers(coop: Actor, order: int) -> None:
    for _ in range(3):
        answer(coop, ask(order, 1, MONEY, RefundCause.DAMAGED), approve=True)
    assert given_back(order) == 3 * 2999 + 1000


def test_who_merely_does_not_want_it_pays_the_freight(coop: Actor, order: int) -> None:
    answer(coop, ask(order, 3, MONEY, RefundCause.NOT_WANTED), approve=True)
    assert given_back(order) == 3 * 2999


@pytest.mark.parametrize(
    ("goods", "before", "part", "left", "share"),
    [
        (900, 0, 300, 100, 33),
        (900, 300, 300, 67, 33),
        (900, 600, 300, 34, 34),
        (0, 0, 0, 100, 0),
        (900, 0, 900, 40, 40),
    ],
)
def test_shares_of_freight(goods: int, before: int, part: int, left: int, share: int) -> None:
    assert freight_share(100, goods, before, part, left) == share


def test_goods_never_sent_end_the_claim_and_the_order_goes_on(
    coop: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    asked = ask(order)
    returning.accept_return(coop, asked, ADDRESS)
    freeze("2026-09-17 08:59")
    assert timers.act_on_overdue() == 0
    freeze("2026-09-17 09:01")
    assert (timers.act_on_overdue(), state(asked)) == (1, RefundState.WITHDRAWN)
    assert fulfilment.complete_due() == 1
    assert db.session.get_one(Order, order, populate_existing=True).state is OrderState.COMPLETED


def test_goods_nobody_looked_at_are_paid_back(
    coop: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    asked = ask(order)
    returning.accept_return(coop, asked, ADDRESS)
    returning.send_back(*guest(order), asked, "中国邮政", "TH1")
    freeze("2026-09-20 08:59")
    assert (timers.act_on_overdue(), fulfilment.complete_due()) == (0, 0)
    freeze("2026-09-20 09:01")
    assert (timers.act_on_overdue(), given_back(order)) == (1, 2999 + 333)


def test_silence_on_a_return_without_a_known_address_pays_at_once(
    order: int, freeze: Callable[[str], object]
) -> None:
    first = ask(order)
    freeze("2026-09-12 09:01")
    assert timers.act_on_overdue() == 1
    assert (state(first), given_back(order)) == (RefundState.APPROVED, 2999 + 333)


def test_silence_on_a_return_sends_it_to_the_last_address(
    coop: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    first = ask(order)
    returning.accept_return(coop, first, ADDRESS)
    returning.withdraw(*guest(order), first)
    second = ask(order)
    freeze("2026-09-12 09:01")
    assert (timers.act_on_overdue(), state(second)) == (1, RefundState.RETURNING)
    assert refund(second).return_to == ADDRESS


def test_an_open_claim_holds_its_units_and_the_timers(
    coop: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    asked = ask(order, 2)
    returning.accept_return(coop, asked, ADDRESS)
    with pytest.raises(InvalidInput, match="too_many"):
        ask(order, 2)
    returning.send_back(*guest(order), asked, "中国邮政", "TH1")
    freeze("2026-09-18 09:00")
    assert fulfilment.complete_due() == 0
    with pytest.raises(IllegalTransition):
        returning.withdraw(*guest(order), asked)


def test_only_what_came_whole_can_be_sent_back(kiwi: World, coop: Actor) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 3})
    with pytest.raises(InvalidInput, match="nothing_to_return"):
        ask(order_id)
    fulfilment.ship(coop, order_id, "顺丰速运", "SF1", {line_of(order_id): 2})
    with pytest.raises(InvalidInput, match="still_coming"):
        ask(order_id)


def test_fresh_goods_nobody_wants_need_the_suppliers_consent(
    coop: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    line = db.session.get_one(OrderLine, line_of(order))
    line.is_fresh = True
    db.session.commit()
    asked = ask(order, 1, MONEY, RefundCause.NOT_WANTED)
    other = ask(order, 1, MONEY, RefundCause.OTHER)
    damaged = ask(order, 1, MONEY, RefundCause.DAMAGED)
    freeze("2026-09-12 09:01")
    assert timers.act_on_overdue() == 1
    assert {state(asked), state(other)} == {RefundState.REQUESTED}
    assert state(damaged) is RefundState.APPROVED


@pytest.fixture
def refused(coop: Actor, order: int) -> int:
    asked = ask(order, 1, MONEY, RefundCause.DAMAGED)
    answer(coop, asked, approve=False)
    return asked


def boss() -> Actor:
    return builders.admin()


def test_the_platform_decides_for_the_buyer(order: int, refused: int) -> None:
    arbitration.appeal(*guest(order), refused, "签收时就坏了")
    arbitration.rule(boss(), refused, Ruling.REFUND, "照片里看得清楚")
    assert given_back(order) == 2999 + 333
    assert refund(refused).decision_note == "货不对板"


def test_the_platform_upholds_and_that_is_the_end(order: int, refused: int) -> None:
    arbitration.appeal(*guest(order), refused, "签收时就坏了")
    arbitration.rule(boss(), refused, Ruling.UPHOLD, "看不出坏在哪儿")
    assert (state(refused), given_back(order)) == (RefundState.REJECTED, 0)
    with pytest.raises(Conflict, match="no_appeal"):
        arbitration.appeal(*guest(order), refused, "再看一次吧")


def test_goods_refused_after_the_platforms_word_may_be_looked_at_again(
    coop: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    asked = ask(order)
    answer(coop, asked, approve=False)
    arbitration.appeal(*guest(order), asked, "真的发错了")
    arbitration.rule(boss(), asked, Ruling.RETURN_FIRST, "先寄回去看看", return_to=ADDRESS)
    returning.send_back(*guest(order), asked, "中国邮政", "TH1")
    freeze("2026-09-11 09:00")
    answer(coop, asked, approve=False)
    arbitration.appeal(*guest(order), asked, "寄回去的就是收到的")
    with pytest.raises(InvalidInput, match="sent_back_already"):
        arbitration.rule(boss(), asked, Ruling.RETURN_FIRST, "再寄一次看看", return_to=ADDRESS)
    arbitration.rule(boss(), asked, Ruling.REFUND, "开箱录像里是错的")
    assert given_back(order) == 2999 + 333


def test_what_lies_before_the_platform_is_not_the_suppliers(coop: Actor, order: int, refused: int) -> None:
    arbitration.appeal(*guest(order), refused, "签收时就坏了")
    acts: tuple[Callable[[], object], ...] = (
        lambda: answer(coop, refused, approve=False),
        lambda: answer(coop, refused, approve=True),
        lambda: returning.accept_return(coop, refused, ADDRESS),
    )
    for act in acts:
        with pytest.raises(Conflict, match="not_your_turn"):
            act()
    assert (state(refused), given_back(order)) == (RefundState.ARBITRATION, 0)


@pytest.mark.parametrize("reason", ["", "  ", " 坏 "])
def test_a_claim_says_why(order: int, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        commands.request_refund(*guest(order), MONEY, {line_of(order): 1}, reason)
    assert caught.value.field == "reason"


def test_an_appeal_has_its_days_and_its_units(
    coop: Actor, order: int, refused: int, freeze: Callable[[str], object]
) -> None:
    ask(order, 3, MONEY)
    with pytest.raises(InvalidInput, match="asked_already"):
        arbitration.appeal(*guest(order), refused, "签收时就坏了")
    freeze("2026-09-17 09:01")
    with pytest.raises(Conflict, match="no_appeal"):
        arbitration.appeal(*guest(order), refused, "签收时就坏了")


def test_nobody_rules_on_a_case_of_their_own(order: int, refused: int, coop: Actor) -> None:
    arbitration.appeal(*guest(order), refused, "签收时就坏了")
    supplier_id = db.session.scalars(select(Order.supplier_id).where(Order.id == order)).one()
    both = builders.user(
        "both", (Role.ADMIN, ScopeKind.PLATFORM, ""), (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id)
    )
    with pytest.raises(Conflict, match="own_case"):
        arbitration.rule(both, refused, Ruling.UPHOLD, "我说不退就不退")
    with pytest.raises(NotFound):
        arbitration.rule(coop, refused, Ruling.UPHOLD, "我说不退就不退")
    assert state(refused) is RefundState.ARBITRATION


def test_a_bank_that_gives_the_money_back_ends_the_claim(coop: Actor, order: int) -> None:
    asked = ask(order)
    returning.accept_return(coop, asked, ADDRESS)
    returning.send_back(*guest(order), asked, "中国邮政", "TH1")
    bank(order, SandboxDispute.DISPUTE)
    with pytest.raises(Conflict, match="disputed_order"):
        ask(order)
    bank(order, SandboxDispute.LOST)
    assert (state(asked), given_back(order)) == (RefundState.WITHDRAWN, 0)


def test_goods_asked_back_are_not_sent_after_it(kiwi: World, coop: Actor) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 3})
    asked = ask(order_id, 2, MONEY, RefundCause.NOT_WANTED)
    line_id = line_of(order_id)
    with pytest.raises(InvalidInput, match="claimed"):
        fulfilment.ship(coop, order_id, "顺丰速运", "SF1", {line_id: 2})
    fulfilment.ship(coop, order_id, "顺丰速运", "SF1", {line_id: 1})
    answer(coop, asked, approve=False)
    fulfilment.ship(coop, order_id, "顺丰速运", "SF2", {line_id: 2})


def test_others_cannot_act_on_a_claim(kiwi: World, coop: Actor, order: int) -> None:
    asked = ask(order)
    other = sales.paid_orders({kiwi["sku"]: 1})[0]
    stranger = builders.owner_of(builders.saleable(units=1)["supplier"])
    acts: tuple[Callable[[], object], ...] = (
        lambda: returning.accept_return(stranger, asked, ADDRESS),
        lambda: returning.withdraw(*guest(other), asked),
        lambda: returning.send_back(*guest(other), asked, "中国邮政", "TH1"),
        lambda: arbitration.appeal(*guest(other), asked, "签收时就坏了"),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert state(asked) is RefundState.REQUESTED


@pytest.mark.parametrize("to", ["", "  ", "太短"])
def test_a_return_needs_an_address(coop: Actor, order: int, to: str) -> None:
    asked = ask(order)
    with pytest.raises(InvalidInput) as caught:
        returning.accept_return(coop, asked, to)
    assert caught.value.field == "return_to"


def test_a_cancelled_order_ends_its_open_claims(kiwi: World) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    asked = ask(order_id, 1, MONEY, RefundCause.NOT_WANTED)
    commands.cancel_order(*guest(order_id), "")
    assert state(asked) is RefundState.WITHDRAWN
    assert given_back(order_id) == 2 * 2999 + 1000


def test_a_money_only_claim_is_not_sent_back(coop: Actor, order: int) -> None:
    asked = ask(order, 1, MONEY)
    with pytest.raises(DomainError, match="no_return_asked"):
        returning.accept_return(coop, asked, ADDRESS)
