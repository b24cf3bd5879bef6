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
from orders.invoices.models import InvoiceRequest
from orders.my_orders.queries import is_own
from orders.ordering.models import Order
from orders.ordering.queries import lines_of
from orders.ordering.workflow import OrderState
from orders.refunds.models import Refund
from orders.refunds.words import BUYERS
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
    """Every order as its buyer gave it and as it went, newest first. Six statements."""
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
    claims = _claims_of(list(lines))
    return [
        {
            "订单号": order.number,
            "下单时间": clock.local_stamp(order.placed_at),
            "供应商": supplier,
            "收货人": order.recipient,
            "手机号": order.mobile,
            "地址": f"{places.get(order.street_code, '')} {order.address_detail}",
            "留言": order.remark,
            "商品": lines[order.id],
            "售后": claims[order.id],
            "运费": format_yuan(order.freight_fen),
            "合计": format_yuan(order.total_fen),
            "发票抬头": title or "",
            "税号": tax_number or "",
        }
        for order, supplier, title, tax_number in rows
    ]


def _claims_of(order_ids: list[int]) -> dict[int, list[dict[str, str]]]:
    """By order, the newest first."""
    claims: dict[int, list[dict[str, str]]] = {order_id: [] for order_id in order_ids}
    for claim in db.session.scalars(
        select(Refund).where(Refund.order_id.in_(order_ids)).order_by(Refund.id.desc())
    ):
        claims[claim.order_id].append(
            {
                "申请时间": clock.local_stamp(claim.requested_at),
                "原因": claim.reason,
                "金额": format_yuan(claim.amount_fen),
                "到了哪一步": BUYERS[claim.state][0],
                "寄回单号": f"{claim.return_carrier} {claim.return_tracking}".strip(),
                "请平台裁定": claim.appeal,
            }
        )
    return claims
