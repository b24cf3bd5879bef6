"""Why a coupon takes nothing off, for the buyer who looks at it."""

from collections.abc import Mapping

from orders.coupons.rules import Unusable

WHY_NOT: Mapping[Unusable, str] = {
    Unusable.TOO_LITTLE: "没买够",
    Unusable.BELOW_FLOOR: "这几样已经很实在，减不下去：要先够付给农户的钱",
    Unusable.OTHER_SUPPLIER: "不是这一家的",
    Unusable.USED_UP: "发完了",
    Unusable.YOURS_USED: "您已经用过了",
    Unusable.NOT_NOW: "不在使用时间内",
}
