"""The timeline of one refund, as both sides and the platform read it."""

from collections.abc import Sequence
from dataclasses import replace

from marketplace.presentation import TimelineItem, datetime_cn
from orders.ordering.queries import EventFacts
from orders.refunds.queries import RefundFacts
from orders.refunds.words import CAUSES
from orders.refunds.workflow import GRANTED, RefundState


def of_refund(refund: RefundFacts) -> list[TimelineItem]:
    """Newest first; the newest carries the mark of now."""
    steps = [(refund.requested_at, "买家申请", CAUSES[refund.cause], refund.reason)]
    if refund.appealed_at:
        steps.append((refund.appealed_at, "买家申请平台介入", "", refund.appeal))
    if refund.ruled_at:
        upheld = refund.state is RefundState.REJECTED and not _answered_after_ruling(refund)
        steps.append(
            (refund.ruled_at, "平台维持供应商的答复" if upheld else "平台支持买家", "", refund.ruling)
        )
    if refund.return_accepted_at:
        steps.append((refund.return_accepted_at, "可以寄回了", "", ""))
    if refund.sent_back_at:
        parcel = f"{refund.return_carrier} · 运单 {refund.return_tracking}"
        steps.append((refund.sent_back_at, "买家寄回", parcel, ""))
    if refund.decided_at:
        granted = refund.state in GRANTED and (refund.ruled_at is None or _answered_after_ruling(refund))
        steps.append(
            (refund.decided_at, "供应商同意" if granted else "供应商不同意", "", refund.decision_note)
        )
    if refund.done_at:
        steps.append((refund.done_at, "退款完成", "", ""))
    steps.sort(key=lambda step: step[0])
    items = [TimelineItem(title, datetime_cn(at), text, said) for at, title, text, said in steps]
    if refund.state is RefundState.WITHDRAWN:
        items.append(TimelineItem("申请已结束", "", "撤回了，或者没有按时寄回。"))
    items.reverse()
    return [replace(items[0], tone="now"), *items[1:]]


#: after-sales in an order's events
_EVENTS = {
    "refund_requested": "买家申请售后",
    "refund_approved": "同意退款",
    "refund_rejected": "不同意",
    "return_accepted": "同意退货",
    "return_sent": "买家寄回",
    "refund_appealed": "买家申请平台介入",
    "refund_withdrawn": "申请结束",
    "refund_done": "退款完成",
}


def of_order(events: Sequence[EventFacts]) -> list[TimelineItem]:
    """Every word that was said in an order's after-sales, newest first: events are only ever added."""
    return [
        TimelineItem(_EVENTS[event.action], datetime_cn(event.at), "", event.note)
        for event in events
        if event.action in _EVENTS
    ]


def _answered_after_ruling(refund: RefundFacts) -> bool:
    return bool(refund.ruled_at and refund.decided_at and refund.decided_at > refund.ruled_at)
