"""Who hears of what happened to an order: the worker's part, after the commit. No name, address or number of a person
is in it."""

from typing import Any

from sqlalchemy import select

from marketplace.accounts.queries import sellers_of
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.presentation import date_cn
from orders.fulfilment.parameters import SHIP_WITHIN_HOURS
from orders.ordering.models import Order, OrderLine
from orders.refunds.parameters import ANSWER_HOURS, APPEAL_DAYS

#: action → (title, text) for who bought; ``{title}`` is the first of the goods
TO_BUYER = {
    "ship_part": ("发出了一部分：{title}", "余下的发出时再告诉您，快递单号在订单里。"),
    "ship_all": ("已发货：{title}", "快递单号在订单里，收到后请点“确认收货”。"),
    "cancel": ("订单已取消：{title}", "没按时付款的会自动取消；付过的，钱原路退回。原因在订单里。"),
    "part_received": ("转账到了一部分：{title}", "还差多少写在订单里，补上就通知供应商发货。"),
    "refund_approved": ("售后已同意：{title}", "钱会原路退回，到账后再告诉您。"),
    "refund_rejected": (
        "售后没有通过：{title}",
        "理由在售后单里，不认可的话，{appeal_days} 天内可以申请平台介入。",
    ),
    "return_accepted": ("同意退货：{title}", "请按售后单里的地址寄回，寄出后填上运单号。"),
    "refund_done": ("退款已退回：{title}", "请留意付款时用的账户。"),
}
#: the same for who sold
TO_SUPPLIER = {
    "release": ("新订单待发货：{title}", "订单 {number}，请在 {ship_when}发货。"),
    "cancel": ("订单已取消：{title}", "订单 {number} 不用发货了。"),
    "address_changed": ("收货地址改了：{title}", "订单 {number}，发货前请看新地址。"),
    "refund_requested": (
        "有人申请售后：{title}",
        "订单 {number}，请在 {answer_hours} 小时内答复，过期自动同意。",
    ),
    "return_sent": ("退货寄出了：{title}", "订单 {number}，收到后请验收，过期没验收会自动退款。"),
    "refund_appealed": ("买家申请平台介入：{title}", "订单 {number}，平台会看双方的说法再定。"),
}
#: of a visit other things are said
VISIT_TO_BUYER = {
    "lapse": ("过了日子没有核销：{title}", "按预订时的约定视为已到店；没能接待的，可以在订单里申请售后。")
}
VISIT_TO_SUPPLIER = {
    "release": ("新预订：{title}", "订单 {number}，{day}到店，来了扫码核销。"),
    "cancel": ("预订取消了：{title}", "订单 {number}，{day}的位子放出来了。"),
}
_AFTER_SALES = frozenset(
    {
        *("refund_requested", "refund_approved", "refund_rejected", "refund_done"),
        *("return_accepted", "return_sent", "refund_appealed"),
    }
)


@transactional
def tell_what_happened(payload: dict[str, Any]) -> None:
    """The outbox handler. Twice is once: the moment of what happened is in the key. Who did it is not told of it."""
    order = db.session.get(Order, payload["order_id"])
    if order is None:
        return
    action, actor_id = payload["action"], payload["actor_id"]
    said = {
        "title": _title(order.id),
        "number": order.number,
        "ship_when": f"{date_cn(order.ship_by)}前" if order.ship_by else f"{SHIP_WITHIN_HOURS.get()} 小时内",
        "answer_hours": ANSWER_HOURS.get(),
        "appeal_days": APPEAL_DAYS.get(),
        "day": date_cn(order.visit_on) if order.visit_on else "",
    }
    is_visit = order.visit_on is not None
    to_buyer = TO_BUYER | VISIT_TO_BUYER if is_visit else TO_BUYER
    to_supplier = TO_SUPPLIER | VISIT_TO_SUPPLIER if is_visit else TO_SUPPLIER
    topic = Topic.AFTER_SALES if action in _AFTER_SALES else Topic.ORDER
    key = f"order-{order.id}-{action}-{payload['at']}"[:80]
    if action in to_buyer and order.user_id is not None and order.user_id != actor_id:
        title, text = (each.format(**said) for each in to_buyer[action])
        endpoint, params = _buyers_page(order)
        tell(topic, [order.user_id], title, text, endpoint=endpoint, params=params, key=key)
    if action in to_supplier:
        title, text = (each.format(**said) for each in to_supplier[action])
        people = sellers_of(order.supplier_id)
        if action in _AFTER_SALES:
            endpoint, params = "supplier.refunds", {}
        else:
            endpoint, params = "supplier.order", {"number": order.number}
        tell(topic, people - {actor_id}, title, text, endpoint=endpoint, params=params, key=key)


def _title(order_id: int) -> str:
    titles = db.session.scalars(
        select(OrderLine.title).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    ).all()
    return f"{titles[0]} 等 {len(titles)} 种" if len(titles) > 1 else titles[0] if titles else "订单"


def _buyers_page(order: Order) -> tuple[str, dict[str, Any]]:
    """A unit's order is seen at the unit's desk, by whoever of it submitted the purchase."""
    if order.purchase_order_id is not None:
        return "unit.purchase", {"purchase_id": order.purchase_order_id}
    return "my_orders.show", {"number": order.number}
