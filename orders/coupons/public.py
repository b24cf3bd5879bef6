"""What everybody may be told of coupons: those without a code, that are running and have something left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from marketplace.kernel import clock
from marketplace.kernel.db import read
from orders.coupons.models import Coupon
from orders.coupons.queries import IS_LEFT
from orders.coupons.rules import CouponBearer
from orders.coupons.workflow import CouponState

#: more are not kept in memory
MOST = 5_000
#: what begins within it is read too, so that it is told from its first second
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PublicOffer:
    """满 ``min_spend_fen`` 减 ``off_fen``, in force from the first moment up to the second."""

    bearer: CouponBearer
    min_spend_fen: int
    off_fen: int
    starts_at: datetime
    ends_at: datetime

    def runs_at(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


_OFFERS = (
    select(
        Coupon.supplier_id,
        Coupon.bearer,
        Coupon.min_spend_fen,
        Coupon.off_fen,
        Coupon.starts_at,
        Coupon.ends_at,
    )
    .where(
        Coupon.code.is_(None),
        Coupon.state == CouponState.OPEN,
        Coupon.starts_at <= bindparam("ahead"),
        Coupon.ends_at > bindparam("moment"),
        IS_LEFT,
    )
    .order_by(Coupon.min_spend_fen, Coupon.off_fen.desc(), Coupon.id)
    .limit(MOST)
)


def public_offers() -> Mapping[int | None, Sequence[PublicOffer]]:
    """By supplier, None: of all together; what is reached first comes first. One statement."""
    moment = clock.now()
    found: dict[int | None, list[PublicOffer]] = {}
    for row in read(_OFFERS, {"moment": moment, "ahead": moment + AHEAD}):
        found.setdefault(row.supplier_id, []).append(PublicOffer(*row[1:]))
    return found
