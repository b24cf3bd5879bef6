"""One sentence made of the three machines, and what may be done now. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import ORDER, OrderState
from orders.payments.workflow import PaymentState
from orders.refunds.workflow import RefundState


class Tab(StrEnum):
    """The filters of 我的订单."""

    ALL = ""
    TO_PAY = "pay"
    TO_SHIP = "ship"
    TO_VISIT = "visit"
    TO_RECEIVE = "receive"
    DONE = "done"
    CANCELLED = "cancelled"


STATES_OF_TAB: dict[Tab, tuple[OrderState, ...]] = {
    Tab.TO_PAY: (OrderState.PLACED,),
    Tab.TO_SHIP: (OrderState.RELEASED,),
    Tab.TO_VISIT: (OrderState.RELEASED,),
    Tab.TO_RECEIVE: (OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED),
    Tab.DONE: (OrderState.RECEIVED, OrderState.COMPLETED),
    Tab.CANCELLED: (OrderState.CANCELLED,),
}
TAB_WORDS = {
    Tab.ALL: "全部",
    Tab.TO_PAY: "待付款",
    Tab.TO_SHIP: "待发货",
    Tab.TO_VISIT: "待到店",
    Tab.TO_RECEIVE: "待收货",
    Tab.DONE: "已收货",
    Tab.CANCELLED: "已取消",
}
#: filters that hold only what is sent, or only visits
IS_VISIT_IN_TAB = {Tab.TO_SHIP: False, Tab.TO_VISIT: True}
_MONEY_ON_ITS_WAY = frozenset({RefundState.APPROVED, RefundState.SENT})
#: a claim that waits for somebody: (what is said beside where the order stands, what comes next)
_CLAIM = {
    RefundState.RETURNING: ("请把货寄回去", "地址在售后单里，寄出后填上运单号。"),
    RefundState.REQUESTED: ("售后申请等供应商答复", "48 小时内没答复就自动同意。"),
    RefundState.SENT_BACK: ("退货在路上，等供应商验收", "验收好就退款；到期没验收，自动退款。"),
    RefundState.ARBITRATION: ("售后等平台裁定", "平台看过双方的说法后决定。"),
}


class PickupStage(StrEnum):
    """How far an order is that is fetched at an outlet."""

    COMING = "coming"
    WAITING = "waiting"
    HANDED_OVER = "handed_over"


def pickup_stage(is_pickup: bool, arrived: bool, handed_over: bool) -> PickupStage | None:
    """None for an order that is sent home."""
    if not is_pickup:
        return None
    if handed_over:
        return PickupStage.HANDED_OVER
    return PickupStage.WAITING if arrived else PickupStage.COMING


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an order stands: one short word with its tone, one sentence, one line of what comes next."""

    word: str
    tone: str
    sentence: str
    hint: str = ""


def situation(
    order: OrderState,
    payment: PaymentState,
    refunds: Collection[RefundState],
    method: PaymentMethod,
    *,
    is_part_refunded: bool = False,
    pickup: PickupStage | None = None,
    is_visit: bool = False,
) -> Situation:
    """What a person reads instead of three states. "Part refunded" is derived from the lines, never stored."""
    if order is OrderState.CANCELLED:
        return _cancelled(payment, refunds)
    if order is OrderState.PLACED:
        return _unpaid(payment, method)
    found = _FETCHED.get((order, pickup), _PAID[order]) if pickup else _PAID[order]
    if is_visit:
        found = _VISITED.get(order, found)
    if claim := next((said for state, said in _CLAIM.items() if state in refunds), None):
        return Situation("售后处理中", "warn", f"{found.sentence}，{claim[0]}", claim[1])
    if _MONEY_ON_ITS_WAY & set(refunds):
        return Situation(
            "退款中", "warn", f"{found.sentence}，退款在路上", "原路退回，一般 1 到 3 个工作日到账。"
        )
    if is_part_refunded:
        return Situation(found.word, found.tone, f"{found.sentence}，其中一部分已退款", found.hint)
    return found


def _unpaid(payment: PaymentState, method: PaymentMethod) -> Situation:
    if method is PaymentMethod.TRANSFER:
        if payment is PaymentState.PENDING:
            return Situation("核对中", "info", "转账凭证收到了，财务正在核对", "核对好就通知供应商发货。")
        return Situation("待转账", "warn", "等您转账", "转到供应商账户，附言写上参考号，再传凭证。")
    if payment is PaymentState.FAILED:
        return Situation("付款没成", "danger", "付款没有成功，可以再试一次", "货还给您留着。")
    if payment is PaymentState.PENDING:
        return Situation("待付款", "warn", "还没收到付款", "付过了就不用再付，消息一会儿就到；还没付的，")
    return Situation("待付款", "warn", "还没付款", "过了时间会自动取消，货会让给别人。")


def _cancelled(payment: PaymentState, refunds: Collection[RefundState]) -> Situation:
    if payment is PaymentState.EXPIRED:
        return Situation("已取消", "", "没有付款，订单已取消", "还想要的话，再下一单就好。")
    if payment is PaymentState.PAID:
        done = not _MONEY_ON_ITS_WAY & set(refunds)
        said = "款已退回" if done else "退款在路上"
        return Situation(
            "已取消", "", f"订单已取消，{said}", "" if done else "原路退回，一般 1 到 3 个工作日到账。"
        )
    return Situation("已取消", "", "订单已取消", "没有扣款。")


_PAID = {
    OrderState.RELEASED: Situation("待发货", "info", "付好了，供应商在备货", "发货前可以整单取消。"),
    OrderState.PARTIALLY_SHIPPED: Situation("部分发货", "info", "一部分已经发出", "其余的随后就到。"),
    OrderState.SHIPPED: Situation("待收货", "info", "已经全部发出，在路上", "收到后请点一下确认收货。"),
    OrderState.RECEIVED: Situation(
        "已收货", "done", "收到了，售后期内还能申请退款", "过了售后期，农户收入就确认。"
    ),
    OrderState.COMPLETED: Situation("已完成", "done", "已完成，农户收入已确认", ""),
}


_FETCHED = {
    (OrderState.SHIPPED, PickupStage.COMING): Situation(
        "送往网点", "info", "已经全部发出，正在送到网点", "到了网点，这里会有取件码。"
    ),
    (OrderState.SHIPPED, PickupStage.WAITING): Situation(
        "待取件", "warn", "货到网点了，等您去取", "到网点报取件码就能拿；请别人代取，把码告诉他就行。"
    ),
    (OrderState.RECEIVED, PickupStage.WAITING): Situation(
        "待取件", "warn", "您点过收货了，货还在网点", "到网点报取件码就能拿。"
    ),
}


_VISITED = {
    OrderState.RELEASED: Situation("待到店", "info", "订好了，到店出示核销码", "码在下面，不要提前给别人。"),
    OrderState.RECEIVED: Situation(
        "已到店", "done", "已到店，售后期内还能申请退款", "过了售后期，农户收入就确认。"
    ),
}


@dataclass(frozen=True, slots=True)
class Actions:
    """Buttons a buyer has now; the commands behind them check again."""

    pay: bool
    cancel: bool
    receive: bool
    refund: bool


def actions_of(order: OrderState, payment: PaymentState, pickup: PickupStage | None = None) -> Actions:
    """Who fetches an order at an outlet receives it there, by its code."""
    return Actions(
        pay=order is OrderState.PLACED and payment is not PaymentState.EXPIRED,
        cancel=ORDER.allows(order, "cancel"),
        receive=pickup is None and ORDER.allows(order, "receive"),
        refund=order in (OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED, OrderState.RECEIVED),
    )
