"""What after-sales is called: ways, causes, and states as either side reads them, each (word, tone)."""

from orders.refunds.rules import RefundCause, RefundKind
from orders.refunds.workflow import RefundState

KINDS = {
    RefundKind.REFUND_ONLY: "只退款",
    RefundKind.RETURN_AND_REFUND: "退货退款",
    RefundKind.CANCELLATION: "整单取消",
}
CAUSES = {
    RefundCause.DAMAGED: "坏了、破损",
    RefundCause.SHORT: "少发、漏发",
    RefundCause.WRONG: "发错了",
    RefundCause.NOT_AS_DESCRIBED: "和描述不一样",
    RefundCause.NOT_ARRIVED: "没收到",
    RefundCause.NOT_WANTED: "不想要了、买错了",
    RefundCause.OTHER: "其他",
}
BUYERS = {
    RefundState.REQUESTED: ("等供应商答复", "warn"),
    RefundState.RETURNING: ("等您寄回", "warn"),
    RefundState.SENT_BACK: ("已寄回，等验收", "info"),
    RefundState.ARBITRATION: ("等平台裁定", "info"),
    RefundState.APPROVED: ("同意了，退款在路上", "info"),
    RefundState.REJECTED: ("没有同意", "danger"),
    RefundState.SENT: ("退款在路上", "info"),
    RefundState.DONE: ("已退款", "done"),
    RefundState.WITHDRAWN: ("已结束", ""),
}
SUPPLIERS = {
    RefundState.REQUESTED: ("等您答复", "warn"),
    RefundState.SENT_BACK: ("等您验收", "warn"),
    RefundState.RETURNING: ("等买家寄回", "info"),
    RefundState.ARBITRATION: ("平台裁定中", "info"),
    RefundState.APPROVED: ("已同意，退款中", "info"),
    RefundState.SENT: ("退款中", "info"),
    RefundState.DONE: ("已退款", "done"),
    RefundState.REJECTED: ("没同意", ""),
    RefundState.WITHDRAWN: ("已结束", ""),
}
