"""What goes on and into a parcel: the label, and the slip that says what should be in it. One A4 page."""

from datetime import datetime

from marketplace.kernel.pdf import BRONZE, MUTED, RED, Paper
from orders.fulfilment.desk import SupplierOrder
from orders.refunds.rules import left_to_ship


def slip_pdf(order: SupplierOrder, sender: str, place: str, made_at: datetime) -> bytes:
    """``place`` is the full name of the street's region; needs an order whose address may be seen. What is left to ship
    is on it, all of it when everything was shipped."""
    if order.deliver_to is None:
        raise ValueError("no address to print")
    paper = Paper(f"订单 {order.facts.number}", made_at)
    paper.frame(16, 16, paper.width - 32, 74)
    paper.text("收", size=26, colour=RED, x=20, y=22)
    to = order.deliver_to
    paper.text(f"{to.recipient}    {to.mobile}", size=18, x=36, y=22, width=110)
    paper.text(f"{place} {to.detail}", size=14, x=36, width=110)
    paper.text(f"寄：{sender}", size=10, colour=MUTED, x=36, y=74, width=110)
    paper.qr(order.facts.number, paper.width - 52, 24, 32)
    paper.text(order.facts.number, size=9, x=paper.width - 62, y=58, width=46, align="C")
    paper.text("装箱单", size=14, colour=BRONZE, y=98)
    left = [(line, left_to_ship(line.units, line.shipped_units, line.refunded_units)) for line in order.lines]
    if not any(units for _, units in left):
        left = [(line, line.units - line.refunded_units) for line in order.lines]
    rows = [[line.title, line.sku_name, str(units), ""] for line, units in left if units]
    paper.table(("货", "规格", "数量", "装好打勾"), rows, (46, 34, 10, 10))
    if order.facts.remark:
        paper.text(f"买家留言：{order.facts.remark}", size=10)
    paper.text("有坏的、少的，请在签收后按订单页的售后时间拍照申请。", size=9, colour=MUTED)
    return paper.bytes()
