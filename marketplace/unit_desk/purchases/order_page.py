"""One order of a unit: where it stands, its batches, its money, and what may be done now."""

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.presentation import TimelineItem, date_cn, datetime_cn
from marketplace.regions.queries import full_name
from marketplace.unit_desk.guards import choose_unit, current_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.purchases.figures import desk_counts, pay_by
from marketplace.unit_desk.purchases.order_views import PAID, STATES
from orders.bulk.order_queries import UnitOrderRow, order_row
from orders.fulfilment.desk import parcels_of
from orders.ledger.queries import order_parts, order_rows
from orders.ordering.queries import EventFacts, events_of, lines_of
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.queries import require_buyers_order, unit_of_purchase
from orders.payments.rules import Buyer
from orders.payments.workflow import PaymentState
from orders.refunds.queries import refunds_of
from orders.refunds.rules import REFUNDABLE
from orders.refunds.words import BUYERS, KINDS

WORDS = {
    "place": "采购单批准，下单",
    "release": "供应商开始备货",
    "paid": "货款核对到账，农户收入记账",
    "cancel": "订单取消",
    "ship_part": "发出一批",
    "ship_all": "最后一批发出",
    "batch_accepted": "验收",
    "receive": "全部验收",
    "complete": "完成，农户收入确认",
    "part_received": "货款到了一部分",
    "proof_submitted": "交了转账回单",
    "proof_refused": "回单没对上",
    "refund_requested": "申请退款",
    "refund_approved": "供应商同意退款",
    "refund_rejected": "供应商没有同意退款",
    "refund_done": "退款到账",
    "refund_withdrawn": "退款申请结束",
    "refund_appealed": "申请平台介入",
    "return_accepted": "供应商同意退货",
    "return_sent": "退货寄出",
    "invoice_blue": "发票开好了",
    "invoice_red": "退掉的部分开了红字发票",
    "invoice_removed": "发票登记错了，供应商收回重传",
    "address_changed": "改了收货地址",
    "arrive": "到了网点",
    "dispute_opened": "向银行提出拒付",
    "dispute_won": "银行判给了商家",
    "dispute_lost": "银行把钱退回来了",
}


ON_ITS_WAY = {
    OrderState.PARTIALLY_SHIPPED: ("部分发货", "到一批验一批。"),
    OrderState.SHIPPED: ("全部发出，等验收", "逐批验收完才算收到。"),
    OrderState.COMPLETED: ("已完成，农户收入已确认", ""),
    OrderState.CANCELLED: ("订单已取消", ""),
}


def situation(order: UnitOrderRow) -> tuple[str, str]:
    """(where it stands, what comes next) in words."""
    owes = order.is_open_to_pay
    if order.state is OrderState.PLACED:
        if order.payment_state is PaymentState.PENDING:
            return "回单收到了，财务正在核对", "核对好就通知供应商发货。"
        return "等本单位转账", f"货留到 {datetime_cn(order.reserved_until)}。"
    if order.state is OrderState.RELEASED:
        return ("先货后款，供应商在备货" if owes else "付好了，供应商在备货"), "发货前可以整单取消。"
    if order.state is OrderState.RECEIVED:
        return _received(order, owes=owes)
    return ON_ITS_WAY[order.state]


def _received(order: UnitOrderRow, *, owes: bool) -> tuple[str, str]:
    if not owes or order.pay_due_on is None:
        return "验收完了，等退款申请答复", "答复以后订单完成，农户收入确认。"
    late = "已经过了应付日，请尽快付清" if order.is_overdue else f"请在 {date_cn(order.pay_due_on)}前付清"
    return "验收完了，等付款", f"{late}；付清以后农户收入才确认。"


def show(number: str) -> ResponseReturnValue:
    """For members of the unit that bought, in any role."""
    actor = require_actor()
    found = require_buyers_order(Buyer(actor.user_id, unit_ids=frozenset(actor.unit_ids)), number)
    unit_id = unit_of_purchase(found.purchase_order_id) if found.purchase_order_id else None
    if unit_id is None:
        return redirect(url_for("my_orders.show", number=number))
    choose_unit(unit_id)
    current_unit_id()
    order = order_row(found.id)
    buys = may(Permission.UNIT_BUYER, unit_id)
    parts = order_parts(order.id, order_rows(order.id))
    context: dict[str, Any] = {
        "order": order,
        "situation": situation(order),
        "lines": lines_of(order.id),
        "parcels": parcels_of(order.id),
        "refunds": refunds_of(order.id),
        "refund_kinds": KINDS,
        "refund_states": BUYERS,
        "parts": parts,
        "kept_fen": sum(part.fen for part in parts),
        "place": full_name(found.street_code),
        "person": found,
        "timeline": [_item(event, index) for index, event in enumerate(events_of(order.id))],
        "states": STATES,
        "paid": PAID,
        "pay_by": pay_by,
        "can_cancel": buys and ORDER.allows(order.state, "cancel"),
        "can_claim": buys and order.state in REFUNDABLE and order.state is not OrderState.RELEASED,
        "buys": buys,
    }
    return render_desk("unit_desk/purchases/order.html", counts=desk_counts(), **context)


def _item(event: EventFacts, index: int) -> TimelineItem:
    said = "" if event.action in ("place", "release", "complete", "paid", "receive") else event.note
    tone = "income" if event.action in ("complete", "paid") else "" if index else "now"
    return TimelineItem(WORDS.get(event.action, event.action), datetime_cn(event.at), "", said, tone)
