"""A coupon is open until somebody stops it; stopped, it is never opened again, so that its terms stay what was said."""

from enum import StrEnum

from marketplace.kernel.workflow import Workflow


class CouponState(StrEnum):
    OPEN = "open"
    STOPPED = "stopped"


COUPON: Workflow[CouponState] = Workflow(CouponState.OPEN, {(CouponState.OPEN, "stop"): CouponState.STOPPED})
