"""What the shop holds of a member's purchases (个人信息保护法 第四十五条), and what stands against leaving."""

from typing import Any

from sqlalchemy import func, or_, select

from marketplace.accounts.events import AccountClosing
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import format_yuan
from marketplace.parties.models import Supplier
from marketplace.regions.queries import full_names_of
from orders.cart.queries import CartOwner, cart_lines
from orders.coupons.models import Coupon, CouponUse
from orders.coupons.queries import holder_of
from orders.invoices.models import InvoiceRequest
from orders.my_orders.queries import is_own
from orders.ordering.models import Order
from orders.ordering.queries import lines_of
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment, TransferProof
from orders.refunds.models import Refund
from orders.refunds.words import BUYERS, CAUSES, KINDS
from orders.refunds.workflow import OPEN, RefundState

_OVER = (OrderState.COMPLETED, OrderState.CANCELLED)
#: the money of a granted claim is on its way
_UNDER_WAY = (*OPEN, RefundState.APPROVED, RefundState.SENT)


def open_orders(user_id: int) -> int:
    """How many orders of a member are not over: neither completed nor cancelled, or with a claim under way."""
    claimed = select(Refund.order_id).where(Refund.state.in_(_UNDER_WAY))
    counted = select(func.count()).where(
        Order.user_id == user_id, or_(Order.state.not_in(_OVER), Order.id.in_(claimed))
    )
    return db.session.scalar(counted) or 0


def refuse_open(event: AccountClosing) -> None:
    """Subscriber: who still waits for goods or money stays, else nobody could be told."""
    count = open_orders(event.user_id)
    if count:
        raise Conflict("accounts.close_orders", count=count)


def orders_to_take(user_id: int) -> list[dict[str, Any]]:
    """Every order as its buyer gave it and as it went, newest first. Five statements."""
    rows = db.session.execute(
        select(Order, Supplier.name, InvoiceRequest.title, InvoiceRequest.tax_number)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .outerjoin(InvoiceRequest, InvoiceRequest.order_id == Order.id)
        .where(is_own(user_id))
        .order_by(Order.id.desc())
    ).all()
    places = full_names_of({order.street_code for order, *_ in rows})
    lines: dict[int, list[dict[str, Any]]] = {order.id: [] for order, *_ in rows}
    for line in lines_of(list(lines)):
        lines[line.order_id].append(
            {
                "商品": line.title,
                "规格": line.sku_name,
                "数量": line.units,
                "小计": format_yuan(line.net_fen),
                "给农户": format_yuan(line.income_fen),
            }
        )
    return [
        {
            "订单号": order.number,
            "下单时间": clock.written(order.placed_at),
            "供应商": supplier,
            "收货人": order.recipient,
            "手机号": order.mobile,
            "地址": f"{places.get(order.street_code, '')} {order.address_detail}",
            "留言": order.remark,
            "到访日期": order.visit_on.isoformat() if order.visit_on else "",
            "商品": lines[order.id],
            "运费": format_yuan(order.freight_fen),
            "合计": format_yuan(order.total_fen),
            "发票抬头": title or "",
            "税号": tax_number or "",
        }
        for order, supplier, title, tax_number in rows
    ]


def cart_to_take(user_id: int) -> list[dict[str, Any]]:
    """What lies in a member's cart."""
    return [
        {"商品": line.sku.title, "规格": line.sku.sku_name, "数量": line.units}
        for line in cart_lines(CartOwner(user_id))
    ]


def refunds_to_take(user_id: int) -> list[dict[str, str]]:
    """Every claim on a member's orders, newest first, with what was said on both sides."""
    rows = db.session.execute(
        select(Refund, Order.number)
        .join(Order, Order.id == Refund.order_id)
        .where(is_own(user_id))
        .order_by(Refund.id.desc())
    )
    return [
        {
            "时间": clock.written(refund.requested_at),
            "订单号": number,
            "方式": KINDS[refund.kind],
            "原因": CAUSES[refund.cause],
            "说明": refund.reason,
            "金额": format_yuan(refund.amount_fen),
            "状态": BUYERS[refund.state][0],
            "答复": refund.decision_note,
            "申请平台介入": refund.appeal,
        }
        for refund, number in rows
    ]


def proofs_to_take(user_id: int) -> list[dict[str, str]]:
    """The transfers a member said to have made, newest first."""
    rows = db.session.execute(
        select(TransferProof, Order.number)
        .join(Payment, Payment.id == TransferProof.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(is_own(user_id))
        .order_by(TransferProof.id.desc())
    )
    return [
        {
            "订单号": number,
            "付款户名": proof.payer,
            "付款日期": proof.paid_on.isoformat(),
            "金额": format_yuan(proof.amount_fen),
        }
        for proof, number in rows
    ]


def coupons_to_take(user_id: int) -> list[dict[str, str]]:
    """What coupons took off a member's orders, newest first; one that came back with a cancelled order says so."""
    rows = db.session.execute(
        select(CouponUse, Coupon.name, Order.number)
        .join(Coupon, Coupon.id == CouponUse.coupon_id)
        .join(Order, Order.id == CouponUse.order_id)
        .where(CouponUse.holder == holder_of(user_id, ""))
        .order_by(CouponUse.id.desc())
    )
    return [
        {
            "时间": clock.written(use.used_at),
            "券": name,
            "订单号": number,
            "减了": format_yuan(use.fen),
            "退回时间": clock.written(use.freed_at) if use.freed_at else "",
        }
        for use, name, number in rows
    ]
