"""Coupons through the real checkout: what is paid, posted, refunded and given back, and that limits hold."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.commands import refresh_projection
from certification.linkage.rules import LinkageMode
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place, quote_for
from orders.checkout.coupons import choose
from orders.checkout.queries import build_quote
from orders.coupons import commands
from orders.coupons.models import Coupon, CouponHolder, CouponUse
from orders.coupons.queries import coupon_rows, holder_of
from orders.coupons.rules import CouponBearer, Unusable
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderLine
from orders.payments.commands import release_unpaid
from orders.refunds.commands import cancel_order
from tests.factories import builders, order_builders, outlets, sales
from tests.factories.coupons import coupon, orders_of, placed, wish_with

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    """¥29.90 a box, ¥15.001 of it the household's."""
    return builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)


@pytest.fixture
def walnut(app: Flask) -> World:
    return builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=6, price_fen=3280)


def balance(account: str) -> int:
    return db.session.scalar(select(func.sum(Posting.fen)).where(Posting.account == account)) or 0


def used(coupon_id: int) -> tuple[int, int]:
    db.session.expire_all()
    row = db.session.get_one(Coupon, coupon_id)
    return row.used_count, row.used_fen


def test_a_suppliers_coupon_lowers_its_net_and_no_fixed_term(kiwi: World) -> None:
    five = coupon(kiwi["supplier"])
    (order,) = placed({kiwi["sku"]: 2}, five)
    assert (order.goods_fen, order.discount_fen, order.total_fen) == (5_980, 500, 5_480)
    line = db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
    assert (line.net_fen, line.discount_fen, line.subsidy_fen) == (5_480, 500, 0)
    assert line.income_fen == 3_000  # two boxes of a lot of 15,001 fen in ten
    sales.pay_online(order.checkout_id)
    assert balance("funds:sandbox") == 5_480
    assert balance(f"supplier_due:{kiwi['supplier']}") == -(5_480 - 109)
    assert used(five) == (1, 500)
    assert verify() == []


def test_a_shared_coupon_is_paid_by_its_bearer_and_lowers_nobodys_net(kiwi: World, walnut: World) -> None:
    voucher = coupon(bearer=CouponBearer.GOVERNMENT, min_spend_fen=9_000, off_fen=1_000)
    orders = placed({kiwi["sku"]: 2, walnut["sku"]: 1}, voucher)
    assert [order.discount_fen for order in orders] == [646, 354]
    assert {order.subsidy_bearer for order in orders} == {"government"}
    sales.pay_online(orders[0].checkout_id)
    assert balance("subsidy:government") == 1_000
    assert balance("funds:sandbox") == sum(order.total_fen for order in orders) == 5_980 + 3_280 - 1_000
    nets = db.session.scalars(select(OrderLine.net_fen).order_by(OrderLine.id)).all()
    assert list(nets) == [5_980, 3_280]
    assert verify() == []


def test_both_kinds_stack_supplier_first(kiwi: World) -> None:
    five, shared = coupon(kiwi["supplier"]), coupon(min_spend_fen=8_000, off_fen=800)
    (order,) = placed({kiwi["sku"]: 3}, five, shared)
    line = db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
    assert (line.discount_fen, line.subsidy_fen, line.net_fen) == (500, 800, 8_470)
    assert order.total_fen == 8_970 - 1_300
    # 满 85: what the supplier left is 84.70
    dear, again = coupon(min_spend_fen=8_500, off_fen=900), coupon(kiwi["supplier"])
    owner = order_builders.cart_with({kiwi["sku"]: 3})
    with pytest.raises(Conflict) as error:
        quote_for(owner, Wish("k" * 20, "", order_builders.HOME, order.payment_method, coupons=(again, dear)))
    assert error.value.code == "coupons.too_little"


def test_refunds_give_each_party_exactly_its_part(kiwi: World) -> None:
    shared = coupon(min_spend_fen=5_000, off_fen=1_000)
    (order,) = placed({kiwi["sku"]: 3}, shared)
    sales.pay_online(order.checkout_id)
    sales.deliver(order.id)
    sales.refund(order.id, 1)
    assert balance("subsidy:platform") == 1_000 - 333
    assert balance("funds:sandbox") == 7_970 - 2_656
    assert verify() == []
    sales.refund(order.id, 2)
    assert balance("subsidy:platform") == balance("funds:sandbox") == 0
    assert balance(f"supplier_due:{kiwi['supplier']}") == balance("platform_fee") == 0
    assert used(shared) == (1, 1_000)  # goods given back after shipping do not bring the coupon back
    assert verify() == []


@pytest.mark.parametrize("paid", [False, True])
def test_a_cancelled_order_gives_its_coupon_back_once(kiwi: World, paid: bool) -> None:
    five = coupon(kiwi["supplier"])
    (order,) = placed({kiwi["sku"]: 2}, five)
    if paid:
        sales.pay_online(order.checkout_id)
        cancel_order(*sales.buyer_of(order.id), "不要了")
    else:
        release_unpaid(order.id, None, "超过付款时间")
    assert used(five) == (0, 0)
    assert db.session.scalars(select(CouponHolder.used)).all() == [0]
    assert release_unpaid(order.id, None, "又一次") is False
    assert used(five) == (0, 0)
    assert verify() == []
    placed({kiwi["sku"]: 2}, five)
    assert used(five) == (1, 500)


def test_a_shared_coupon_counts_until_the_last_of_its_orders_is_cancelled(kiwi: World, walnut: World) -> None:
    shared = coupon(min_spend_fen=9_000, off_fen=1_000)
    first, second = placed({kiwi["sku"]: 2, walnut["sku"]: 1}, shared)
    release_unpaid(first.id, None, "超过付款时间")
    assert used(shared) == (1, 354)
    release_unpaid(second.id, None, "超过付款时间")
    assert used(shared) == (0, 0)
    assert verify() == []


def test_one_person_uses_it_as_often_as_allowed(kiwi: World) -> None:
    shared = coupon(per_person=1)
    placed({kiwi["sku"]: 2}, shared)
    owner = order_builders.cart_with({kiwi["sku"]: 2})  # another guest cart, the same mobile number
    with pytest.raises(Conflict) as error:
        wish_with(owner, shared)
    assert error.value.code == "coupons.yours_used"
    member = builders.user()
    placed({kiwi["sku"]: 2}, shared, user_id=member.user_id)
    assert used(shared) == (2, 1_000)


@pytest.mark.parametrize(
    "limits", [{"total_count": 3, "per_person": 3}, {"budget_fen": 1_500, "per_person": 9}]
)
def test_twelve_at_once_use_what_there_is_and_no_more(app: Flask, limits: dict[str, int]) -> None:
    kiwi = builders.saleable(units=60, price_fen=2990)
    shared = coupon(**limits)
    members = [builders.user().user_id for _ in range(12)]
    wishes = []
    for member in members:
        owner = order_builders.cart_with({kiwi["sku"]: 2}, member)
        wishes.append((owner, wish_with(owner, shared)))

    def buy(pair: tuple[CartOwner, Wish]) -> str:
        with app.app_context():
            try:
                place(*pair)
            except DomainError as error:
                return error.code
            return "placed"

    db.session.rollback()
    with ThreadPoolExecutor(12) as pool:
        results = sorted(pool.map(buy, wishes))
    assert results.count("placed") == 3
    assert set(results) <= {"placed", "coupons.gone", "coupons.used_up"}
    assert used(shared) == (3, 1_500)
    assert verify() == []


def test_nothing_is_placed_where_the_coupon_went_meanwhile(kiwi: World) -> None:
    shared = coupon(total_count=1)
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    wish = wish_with(owner, shared)
    commands.stop_coupon(builders.admin(), shared)
    with pytest.raises(Conflict) as error:
        place(owner, wish)
    assert error.value.code == "coupons.not_now"
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0
    assert db.session.scalar(select(func.count()).select_from(CouponUse)) == 0


def test_the_page_takes_the_best_by_itself_and_says_why_not(kiwi: World) -> None:
    small, great = coupon(kiwi["supplier"]), coupon(kiwi["supplier"], off_fen=600, min_spend_fen=6_000)
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    quote, choices = choose(build_quote(owner, None), {}, None)
    assert choices.chosen == {kiwi["supplier"]: small, None: 0}
    assert quote.total_fen == 5_480
    shown = {choice.offer.face.coupon_id: choice.why_not for choice in choices.choices[kiwi["supplier"]]}
    assert shown == {small: None, great: Unusable.TOO_LITTLE}
    without, choices = choose(build_quote(owner, None), {kiwi["supplier"]: 0}, None)
    assert (without.total_fen, choices.chosen[kiwi["supplier"]]) == (5_980, 0)
    assert without.digest != quote.digest


def test_a_code_is_found_only_by_who_types_it(kiwi: World) -> None:
    secret = coupon(code="WEJQU2926")
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    assert choose(build_quote(owner, None), {}, None)[1].choices[None] == []
    found = choose(build_quote(owner, None), {}, None, "WEJQU2926")[1]
    assert [choice.offer.face.coupon_id for choice in found.choices[None]] == [secret]
    with pytest.raises(Conflict) as error:
        coupon(code="WEJQU2926")
    assert error.value.field == "code"


@pytest.mark.parametrize(("code", "is_known"), [("WEJQU2926", True), ("", False), ("WEJQU2927", False)])
def test_whoever_knows_only_the_number_of_one_with_a_code_gets_nothing(
    kiwi: World, code: str, is_known: bool
) -> None:
    secret = coupon(code="WEJQU2926")
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    plain = order_builders.wish_for(owner)
    wish = Wish(plain.key, "", plain.deliver_to, plain.method, {}, True, coupons=(secret,), coupon_code=code)
    if is_known:
        assert quote_for(owner, wish).total_fen == 5_480
    else:
        with pytest.raises(Conflict, match="not_now"):
            quote_for(owner, wish)


def test_a_share_of_net_is_a_share_of_less_and_the_page_says_so(app: Flask) -> None:
    supplier = builders.supplier()
    product = builders.product(supplier)
    household = builders.household(supplier_id=supplier)
    builders.agreement(supplier, product, [household], modes={LinkageMode.DIVIDEND: 1_000})
    builders.certificate(product)
    sku = builders.sku(builders.listing(product), price_fen=2990)
    builders.stock(sku, 10)
    refresh_projection(product)
    five = coupon(supplier)
    owner = order_builders.cart_with({sku: 2})
    plain = build_quote(owner, None)
    quote, _ = choose(plain, {}, None)
    assert (plain.income_fen, quote.income_fen) == (598, 548)
    (order,) = placed({sku: 2}, five)
    assert db.session.scalar(select(OrderLine.income_fen).where(OrderLine.order_id == order.id)) == 548


def test_a_coupon_below_the_floor_is_refused_with_the_most_it_may_take(kiwi: World) -> None:
    with pytest.raises(InvalidInput) as error:
        coupon(kiwi["supplier"], min_spend_fen=5_000, off_fen=2_450)
    assert (error.value.code, error.value.field) == ("coupons.below_floor", "off_fen")
    most = int(str(error.value.params["most_fen"]))
    coupon(kiwi["supplier"], min_spend_fen=5_000, off_fen=most)


def test_whose_coupons_one_may_make_and_stop(kiwi: World, walnut: World) -> None:
    mine = coupon(kiwi["supplier"])
    shared = coupon()
    stranger = builders.owner_of(walnut["supplier"])
    for coupon_id in (mine, shared):
        with pytest.raises(NotFound):
            commands.stop_coupon(stranger, coupon_id)
    with pytest.raises(NotFound):
        commands.stop_coupon(builders.admin(), mine)
    commands.stop_coupon(builders.owner_of(kiwi["supplier"]), mine)
    assert [row.word[0] for row in coupon_rows(kiwi["supplier"], 1).items] == ["已停发"]
    assert coupon_rows(walnut["supplier"], 1).items == []


def test_an_outlet_gets_its_commission_out_of_the_fee(kiwi: World) -> None:
    outlet = outlets.outlet()
    owner = order_builders.cart_with({kiwi["sku"]: 2})
    plain = order_builders.wish_for(owner)
    token = place(owner, Wish(plain.key, plain.digest, plain.deliver_to, plain.method, {}, True, outlet))
    (order,) = orders_of(token)
    assert order.commission_outlet_id == outlet
    sales.pay_online(order.checkout_id)
    assert (balance(f"outlet_fee:{outlet}"), balance("platform_fee")) == (-59, -60)
    sales.deliver(order.id)
    sales.refund(order.id, 1)
    assert (balance(f"outlet_fee:{outlet}"), balance("platform_fee")) == (-30, -30)
    assert verify() == []
    kinds = {AccountKind.OUTLET_FEE, AccountKind.PLATFORM_FEE}
    assert {posting.account_kind for posting in db.session.scalars(select(Posting))} >= kinds


@pytest.mark.parametrize(
    "spoil",
    [
        {"used_count": Coupon.used_count + 1},
        {"used_fen": Coupon.used_fen + 1},
    ],
)
def test_the_self_check_names_a_counter_that_is_off(kiwi: World, spoil: dict[str, object]) -> None:
    five = coupon(kiwi["supplier"])
    placed({kiwi["sku"]: 2}, five)
    with transaction() as session:
        session.execute(update(Coupon).where(Coupon.id == five).values(**spoil))
    (finding,) = verify()
    assert (finding.invariant, finding.subject) == ("I8", f"券 {five}")


def test_a_guests_number_is_not_kept(kiwi: World) -> None:
    shared = coupon()
    placed({kiwi["sku"]: 2}, shared)
    (holder,) = db.session.scalars(select(CouponHolder.holder))
    assert holder == holder_of(None, order_builders.HOME.mobile)
    assert order_builders.HOME.mobile not in holder
