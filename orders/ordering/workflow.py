"""The order machine. Whether it is paid is the payment machine's question, what was refunded the refund machine's."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class OrderState(StrEnum):
    PLACED = "placed"
    RELEASED = "released"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


ORDER: Workflow[OrderState] = Workflow(
    OrderState.PLACED,
    {
        (OrderState.PLACED, "release"): OrderState.RELEASED,
        (OrderState.PLACED, "cancel"): OrderState.CANCELLED,
        (OrderState.RELEASED, "cancel"): OrderState.CANCELLED,
        (OrderState.RELEASED, "ship_part"): OrderState.PARTIALLY_SHIPPED,
        (OrderState.RELEASED, "ship_all"): OrderState.SHIPPED,
        (OrderState.PARTIALLY_SHIPPED, "ship_part"): OrderState.PARTIALLY_SHIPPED,
        (OrderState.PARTIALLY_SHIPPED, "ship_all"): OrderState.SHIPPED,
        (OrderState.SHIPPED, "receive"): OrderState.RECEIVED,
        # a visit: its code was taken on site, or nobody came
        (OrderState.RELEASED, "redeem"): OrderState.RECEIVED,
        (OrderState.RELEASED, "lapse"): OrderState.RECEIVED,
        (OrderState.RECEIVED, "complete"): OrderState.COMPLETED,
    },
)
