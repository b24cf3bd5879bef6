"""What is late or about to be, told once by the worker: after-sales to answer, a claim the platform owes its word,
households to pay, a unit's payment."""

from datetime import timedelta

from sqlalchemy import func, not_, or_, select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders, sellers_of
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import format_yuan
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.presentation import datetime_cn
from orders.fulfilment.deadlines import due_until, ship_due
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.ledger.models import IncomeDue
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.refunds.cases import is_late
from orders.refunds.models import Refund
from orders.refunds.workflow import RefundState

#: how long before a refund is granted by itself its supplier is told again
ANSWER_AHEAD = timedelta(hours=12)
#: how long before a parcel is late its supplier is told; what is later than this is old news
PARCEL_AHEAD, STALE = timedelta(hours=12), timedelta(days=14)
#: days before a unit's payment is due
PAY_AHEAD = 3


def remind() -> int:
    """The job; every reminder has a key, so that it comes once. Returns how many messages were left."""
    return (
        remind_of_answers()
        + remind_of_rulings()
        + remind_of_parcels()
        + remind_of_households()
        + remind_of_payments()
    )


@transactional
def remind_of_answers() -> int:
    """Refunds that will be granted by themselves within hours."""
    due = db.session.execute(
        select(Refund.id, Order.supplier_id, Order.number)
        .join(Order, Order.id == Refund.order_id)
        .where(
            Refund.state == RefundState.REQUESTED,
            Refund.needs_consent.is_(False),
            Refund.answer_due_at > clock.now(),
            Refund.answer_due_at <= clock.now() + ANSWER_AHEAD,
            or_(Order.pays_later.is_(False), Order.paid_at.is_not(None)),
        )
    ).all()
    return sum(
        tell(
            Topic.AFTER_SALES,
            sellers_of(supplier_id),
            "售后快到答复期限",
            f"订单 {number} 的售后还没答复，到期会自动同意退款。",
            endpoint="supplier.refund",
            params={"refund_id": refund_id},
            key=f"refund-due-{refund_id}",
        )
        for refund_id, supplier_id, number in due
    )


@transactional
def remind_of_rulings() -> int:
    """Claims that lie before the platform past its last day, to the admins, who decide; once for each appeal. Nothing
    is decided by itself."""
    late = db.session.execute(
        select(Refund.id, Refund.number, Refund.appealed_at).where(is_late()).order_by(Refund.id)
    ).all()
    return sum(
        tell(
            Topic.AFTER_SALES,
            holders([Role.ADMIN], ScopeKind.PLATFORM, [""]),
            "有售后裁定过了答复期限",
            f"售后 {number}，{datetime_cn(appealed_at)} 申请平台介入，买家和供应商都在等答复。",
            endpoint="backoffice.arbitration",
            params={"refund_id": refund_id},
            key=f"ruling-late-{refund_id}-{appealed_at:%Y%m%d%H%M%S}",
        )
        for refund_id, number, appealed_at in late
        if appealed_at is not None
    )


@transactional
def remind_of_parcels() -> int:
    """Paid orders whose parcel is nearly late, to the supplier; late ones also to the buyer, who may cancel them."""
    within = timedelta(hours=SHIP_WITHIN_HOURS.get())
    rows = db.session.execute(
        select(Order.id, Order.number, Order.supplier_id, Order.user_id, Order.paid_at, Order.ship_by)
        .where(
            Order.state == OrderState.RELEASED,
            Order.purchase_order_id.is_(None),
            Order.paid_at.is_not(None),
            due_until(clock.now() + PARCEL_AHEAD, within),
            not_(due_until(clock.now() - STALE, within)),
            Order.visit_on.is_(None),
        )
        .order_by(Order.paid_at)
    ).all()
    told = 0
    for order_id, number, supplier_id, user_id, paid_at, ship_by in rows:
        if paid_at is None:
            continue
        due = ship_due(paid_at, ship_by, within)
        is_late = due <= clock.now()
        told += tell(
            Topic.ORDER,
            sellers_of(supplier_id),
            "有订单发晚了" if is_late else "有订单快到发货期限",
            f"订单 {number}，应在 {datetime_cn(due)} 前发出。",
            endpoint="supplier.order",
            params={"number": number},
            key=f"parcel-{order_id}-{'late' if is_late else 'soon'}",
        )
        if is_late and user_id is not None:
            told += tell(
                Topic.ORDER,
                [user_id],
                "供应商还没有发货",
                f"订单 {number} 过了发货期限，已经催了供应商；不想等了可以整单取消，全额退回。",
                endpoint="my_orders.show",
                params={"number": number},
                key=f"parcel-{order_id}-buyer",
            )
    return told


@transactional
def remind_of_households() -> int:
    """Suppliers with confirmed income they have not paid their households, once a week. One query for all of them."""
    due = db.session.execute(
        select(IncomeDue.supplier_id, func.sum(IncomeDue.fen), func.count(IncomeDue.household_id.distinct()))
        .group_by(IncomeDue.supplier_id)
        .order_by(IncomeDue.supplier_id)
    ).all()
    week = "{}-{:02d}".format(*clock.today().isocalendar()[:2])
    return sum(
        tell(
            Topic.PAYOUT,
            holders([Role.SUPPLIER_OWNER], ScopeKind.SUPPLIER, [supplier_id]),
            f"{households} 户的钱到期待打",
            f"共 {format_yuan(int(fen))}，售后期已过。打款后记得登记回单。",
            endpoint="supplier.disbursements",
            key=f"payout-due-{supplier_id}-{week}",
        )
        for supplier_id, fen, households in due
    )


@transactional
def remind_of_payments() -> int:
    """Units that accepted goods on credit and have to pay soon, or should have."""
    due = db.session.execute(
        select(Order.id, Order.unit_id, Order.number, Order.total_fen, Order.pay_due_on)
        .where(
            Order.pays_later,
            Order.paid_at.is_(None),
            Order.state != OrderState.CANCELLED,
            Order.pay_due_on <= clock.today() + timedelta(days=PAY_AHEAD),
        )
        .order_by(Order.id)
    ).all()
    return sum(
        tell(
            Topic.PURCHASE,
            holders([Role.UNIT_FINANCE, Role.UNIT_MANAGER], ScopeKind.UNIT, [unit_id]),
            "采购款逾期未付" if pay_due_on < clock.today() else "采购款快到期",
            f"订单 {number}，{format_yuan(total_fen)}，应在 {pay_due_on:%Y年%m月%d日} 前转给供应商。",
            endpoint="unit.transfers",
            key=f"pay-due-{order_id}-{'late' if pay_due_on < clock.today() else 'soon'}",
        )
        for order_id, unit_id, number, total_fen, pay_due_on in due
        if pay_due_on is not None and unit_id is not None
    )
