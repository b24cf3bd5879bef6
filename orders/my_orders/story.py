"""The timeline of an order: what happened, and what comes next, in words."""

from collections.abc import Sequence

from marketplace.presentation import TimelineItem, date_cn, datetime_cn
from orders.fulfilment.desk import Parcel
from orders.my_orders.rules import PickupStage
from orders.ordering.queries import EventFacts, LineFacts, OrderFacts
from orders.ordering.workflow import OrderState

_WORDS = {
    "place": ("下单", "为您留好了货。"),
    "release": ("付款成功", "供应商收到订单，开始备货。"),
    "cancel": ("订单取消", ""),
    "ship_part": ("发出一部分", ""),
    "ship_all": ("全部发出", ""),
    "arrive": ("到网点了", "凭取件码去取。"),
    "receive": ("收货", ""),
    "redeem": ("到店核销", ""),
    "lapse": ("过了日子没有核销", "位子一直留着，按预订时的约定视为已到店。没能接待的，可以申请售后。"),
    "visit_moved": ("改期", ""),
    "complete": ("完成，农户收入确认", "由供应商打到农户账上，凭证可查。"),
    "part_received": ("收到一部分货款", "差的补上就放行。"),
    "proof_submitted": ("转账凭证已交", "财务和供应商的银行流水核对。"),
    "proof_refused": ("转账凭证没对上", ""),
    "refund_requested": ("申请售后", ""),
    "refund_approved": ("售后同意了", "钱原路退回。"),
    "refund_rejected": ("售后没有同意", ""),
    "refund_done": ("退款完成", ""),
    "refund_withdrawn": ("售后申请结束了", ""),
    "refund_appealed": ("申请平台介入", ""),
    "return_accepted": ("同意退货", "请按售后单里的地址寄回，填上运单号。"),
    "return_sent": ("退货寄出", ""),
    "address_changed": ("改了收货地址", "供应商按新地址发。"),
    "invoice_blue": ("发票开好了", ""),
    "invoice_red": ("退掉的部分开了红字发票", ""),
    "invoice_removed": ("发票登记错了，供应商收回重传", ""),
    "dispute_opened": ("您向银行提出了拒付", "银行在查，查清前这笔钱不能在这里退。"),
    "dispute_won": ("银行判给了商家", ""),
    "dispute_lost": ("银行把钱退给了您", ""),
}


_VISIT_WORDS = {
    "place": ("预订", "为您留好了位子。"),
    "release": ("付款成功", "核销码有了，到店出示。"),
    "cancel": ("预订取消", ""),
}


def happened(
    order: OrderFacts, events: Sequence[EventFacts], parcels: Sequence[Parcel], income_fen: int
) -> list[TimelineItem]:
    """Newest first; the newest carries the mark of now."""
    items: list[TimelineItem] = []
    for event in events:
        title, text = _WORDS.get(event.action, (event.action, ""))
        if order.visit_on is not None:
            title, text = _VISIT_WORDS.get(event.action, (title, text))
        when = datetime_cn(event.at)
        said = event.note if event.action not in ("place", "release", "complete", "redeem", "lapse") else ""
        if event.action in ("ship_part", "ship_all"):
            near = [each for each in parcels if event.note == f"{each.carrier} {each.tracking_number}"]
            text = (
                "；".join(f"{parcel.carrier} · 运单 {parcel.tracking_number}" for parcel in near)
                or event.note
            )
            said = ""
        tone = "now" if not items else ""
        if event.action == "complete":
            tone = "income"
        items.append(TimelineItem(title, when, text, said, tone))
        if event.action == "release" and income_fen:
            words = (
                "订单取消，这笔收入已经原样冲回。"
                if order.state is OrderState.CANCELLED
                else f"付款时就锁定；您{'到店' if order.visit_on else '收货'}过了售后期后确认，由供应商打到农户账上。"
            )
            amount = f"¥{income_fen / 100:,.2f}"
            items.insert(
                len(items) - 1, TimelineItem(f"农户应得收入记下了 {amount}", when, words, "", "income")
            )
    return items


def to_come(
    order: OrderFacts, lines: Sequence[LineFacts], pickup: PickupStage | None = None
) -> list[TimelineItem]:
    """What comes next, with its day where it is known."""
    if order.state in (OrderState.CANCELLED, OrderState.COMPLETED):
        return []
    coming: list[TimelineItem] = []
    if order.state is OrderState.PLACED:
        coming.append(
            TimelineItem(
                "您付款", f"{datetime_cn(order.reserved_until)} 前", "到时没付会自动取消。", "", "next"
            )
        )
    if order.visit_on is not None:
        if order.received_at is None:
            text = "出示核销码。没去也没退的，过后按已到店算。"
            coming.append(TimelineItem("您到店", date_cn(order.visit_on), text, "", "next"))
        return [*coming, *_income_to_come(order, lines)]
    if order.state in (OrderState.PLACED, OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED):
        promised = f"最晚 {date_cn(order.ship_by)}" if order.ship_by else ""
        coming.append(TimelineItem("供应商发货", promised, "发出后这里会有运单号。", "", "next"))
    if pickup is PickupStage.COMING and order.received_at is None:
        coming.append(TimelineItem("到网点", "", "到了会发取件码。", "", "next"))
    if order.received_at is None and pickup is not None:
        coming.append(TimelineItem("您去网点取", "", "报取件码就能拿。", "", "next"))
    elif order.received_at is None:
        due = f"{datetime_cn(order.auto_receive_at)} 前" if order.auto_receive_at else ""
        text = "到时没点收货，会自动确认。" if due else ""
        coming.append(TimelineItem("您收货", due, text, "", "next"))
    return [*coming, *_income_to_come(order, lines)]


def _income_to_come(order: OrderFacts, lines: Sequence[LineFacts]) -> list[TimelineItem]:
    hours = max((line.after_sales_hours for line in lines), default=0)
    window = f"{hours} 小时" if hours < 72 else f"{hours // 24} 天"
    due = datetime_cn(order.complete_at) if order.complete_at else ""
    got = "到店" if order.visit_on is not None else "收货"
    return [
        TimelineItem("确认农户收入", due, f"{got}满 {window}、没有售后，收入就确认。", "", "next"),
        TimelineItem("打款到户，上传凭证", "", "供应商付给农户，农户或村干部签收。", "", "next"),
    ]
