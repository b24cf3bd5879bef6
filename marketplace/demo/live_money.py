"""What the desks of money have before them today, through the real commands: coupons by bearer and orders that used them,
corrections, closed months."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select

from catalog.products.queries import SkuForSale
from marketplace.accounts.addresses import addresses_of
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, pay_online, skus_for_sale
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.numbering import new_token
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place, quote_for
from orders.coupons.commands import make_coupon, stop_coupon
from orders.coupons.rules import CouponBearer, NewCoupon
from orders.ledger import corrections, months
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.settlement import bill_queries, bills

#: what the government's coupon is found by
CODE = "WEJQU2926"


def load_money() -> None:
    coupons = _coupons()
    _used(coupons)
    _corrections()
    _closed_months()
    _bills(clock.today())


def _corrections() -> None:
    """One posted by two people, one that waits for the second."""
    asker, other = actor_of("finance"), actor_of("finance2")
    rows = db.session.execute(
        select(Order.number, Posting.order_id)
        .join(Posting, Posting.order_id == Order.id)
        .where(Posting.account_kind == AccountKind.PLATFORM_FEE, Order.state == OrderState.COMPLETED)
        .group_by(Order.number, Posting.order_id)
        .having(func.sum(Posting.fen) < -100)
        .order_by(Posting.order_id.desc())
        .limit(2)
    ).all()
    reasons = ("开业月免服务费，见平台会议纪要（示例）3 号", "多收了 1 元服务费，供应商来电核对属实（示例）")
    fee, due = AccountKind.PLATFORM_FEE, AccountKind.SUPPLIER_DUE
    asked = [
        corrections.propose_correction(asker, number, fee, due, 100, reason)
        for (number, _), reason in zip(rows, reasons, strict=False)
    ]
    if asked:
        corrections.decide_correction(other, asked[0], post=True)


def _bills(today: date) -> None:
    """All that is due: the oldest settled, the next checked, the newest to be checked by the supplier; one disputed."""
    bills.issue_due()
    coop, finance = actor_of("coop"), actor_of("finance")
    own = sorted(bill_queries.bills(coop.supplier_ids[0], None, 1).items, key=lambda bill: bill.first_day)
    for position, bill in enumerate(own[:-1]):
        bills.check_bill(coop, bill.id)
        if position < len(own) - 2:
            bills.settle_bill(finance, bill.id, today, f"示例回单 {position + 1:03d}")
    other = actor_of("coop2")
    for bill in bill_queries.bills(other.supplier_ids[0], None, 1).items[:1]:
        bills.object_to_bill(other, bill.id, "有一单的运费好像没算进来，请核对（示例）")


def _closed_months() -> None:
    """All but the month that ended last, so that there is one to be closed."""
    finance, this_month = actor_of("finance").user_id, months.month_of(clock.now())
    while (month := months.first_open_month()) is not None:
        if months.next_month(month) >= this_month:
            break
        months.close(month, finance)


def _coupons() -> list[int]:
    """The supplier's, the platform's, the government's; one that begins next week and one that was stopped."""
    coop, admin = actor_of("coop"), actor_of("admin")
    supplier_id = coop.supplier_ids[0]
    own = _made(coop, "猕猴桃季满减", CouponBearer.SUPPLIER, supplier_id, 8_000, 300)
    shared = _made(admin, "帮农立减", CouponBearer.PLATFORM, None, 10_000, 800)
    voucher = _made(admin, "西安消费帮扶券（示例）", CouponBearer.GOVERNMENT, None, 20_000, 3_000, CODE)
    old = _made(coop, "开店见面礼", CouponBearer.SUPPLIER, supplier_id, 12_000, 300)
    stop_coupon(coop, old)
    _made(admin, "年货节满减", CouponBearer.PLATFORM, None, 15_000, 1_500, begins=timedelta(days=7))
    return [own, shared, voucher]


def _made(
    actor: Actor,
    name: str,
    bearer: CouponBearer,
    supplier_id: int | None,
    least: int,
    off: int,
    code: str = "",
    begins: timedelta = timedelta(0),
) -> int:
    first = clock.today() + begins
    return make_coupon(
        actor,
        NewCoupon(
            name=name,
            bearer=bearer,
            supplier_id=supplier_id,
            min_spend_fen=least,
            off_fen=off,
            total_count=500,
            per_person=2,
            budget_fen=off * 500,
            starts_on=first,
            ends_on=first + timedelta(days=45),
            code=code,
        ),
    )


def _used(coupons: Sequence[int]) -> None:
    """A paid order with each of them for which there are goods enough today."""
    buyer = actor_of("buyer")
    goods = skus_for_sale(4)
    for coupon in coupons:
        any(_bought(buyer, each, coupon) for each in goods)


def _bought(buyer: Actor, goods: SkuForSale, coupon: int) -> bool:
    owner = CartOwner(user_id=buyer.user_id)
    home = addresses_of(buyer.user_id)[0]
    there = DeliverTo(home.recipient, home.mobile, home.street_code, home.detail)
    units = {goods.sku_id: min(goods.available, -(-20_000 // goods.price_fen))}
    wish = Wish(
        new_token(),
        "",
        there,
        PaymentMethod.ONLINE,
        {},
        True,
        units=units,
        coupons=(coupon,),
        coupon_code=CODE,
    )
    try:
        token = place(owner, replace(wish, digest=quote_for(owner, wish).digest))
    except DomainError:
        return False
    pay_online(token)
    return True
