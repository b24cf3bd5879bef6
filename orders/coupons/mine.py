"""A member's coupons: what may be used now, what begins soon, what was used, what is over.

Which is which is asked of ``queries.WHY_NOT``, as the checkout does. One with a code is told only to who has used it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.kernel import clock
from marketplace.kernel.db import read
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier
from marketplace.parties.queries import admitted_clause
from orders.coupons.models import Coupon, CouponHolder, CouponUse
from orders.coupons.queries import IS_HOLDERS, USED, WHY_NOT, holder_of
from orders.coupons.rules import CouponBearer, Unusable
from orders.coupons.workflow import CouponState
from orders.ordering.models import Order

#: how long a coupon that ended is still told of
TOLD = timedelta(days=90)


class Shelf(StrEnum):
    """Where a coupon lies for a member. ``USED`` holds uses, the others coupons, each of which lies on one of them."""

    NOW = "now"
    SOON = "soon"
    USED = "used"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class MyCoupon:
    """A coupon as a member sees it, in fen. ``supplier_name`` None: of all suppliers together. ``used`` by this member
    now, ``why`` it can't be used now."""

    id: int
    name: str
    bearer: CouponBearer
    supplier_id: int | None
    supplier_name: str | None
    state: CouponState
    code: str | None
    min_spend_fen: int
    off_fen: int
    starts_at: datetime
    ends_at: datetime
    per_person: int
    total_count: int
    used_count: int
    budget_fen: int
    used_fen: int
    used: int
    why: str | None

    @property
    def last_day(self) -> date:
        return clock.local_date(self.ends_at) - timedelta(days=1)

    @property
    def left(self) -> int:
        """How often this member may still use it: as often as allowed, while there are any and money for them."""
        return min(
            self.per_person - self.used,
            self.total_count - self.used_count,
            (self.budget_fen - self.used_fen) // self.off_fen,
        )

    @property
    def end(self) -> str:
        """In a word, why it is over."""
        if self.state is CouponState.STOPPED:
            return "已停发"
        if self.why == Unusable.NOT_NOW:
            return "已到期"
        return "您用过了" if self.why == Unusable.YOURS_USED else "发完了"


@dataclass(frozen=True, slots=True)
class MyUse:
    """What a coupon took off one order, in fen. ``is_kept``: the order was cancelled, and another one of the same
    checkout still uses the coupon, so that it has not come back."""

    name: str
    min_spend_fen: int
    off_fen: int
    order_number: str
    fen: int
    used_at: datetime
    freed_at: datetime | None
    is_kept: bool

    @property
    def word(self) -> tuple[str, str]:
        """(what became of it in a word, its tone)."""
        if self.freed_at is None:
            return "用了", "done"
        return ("同时下的另一单还在用", "info") if self.is_kept else ("订单取消，券退回了", "")


_shelf = case(
    (WHY_NOT.is_(None), Shelf.NOW.value),
    (
        and_(Coupon.state == CouponState.OPEN, Coupon.starts_at > bindparam("moment")),
        Shelf.SOON.value,
    ),
    else_=Shelf.OVER.value,
)
_MINE = (
    select(_shelf.label("shelf"), func.count().label("count"))
    .select_from(Coupon)
    .outerjoin(CouponHolder, IS_HOLDERS)
    .where(
        Coupon.ends_at > bindparam("since"),
        or_(Coupon.code.is_(None), CouponHolder.coupon_id.is_not(None)),
        or_(Coupon.supplier_id.is_(None), admitted_clause(Coupon.supplier_id)),
    )
)
_COUNTED = _MINE.group_by("shelf")
_LISTED: dict[Shelf, Select[*tuple[Any, ...]]] = {
    shelf: _MINE.with_only_columns(
        Coupon.id,
        Coupon.name,
        Coupon.bearer,
        Coupon.supplier_id,
        Supplier.name,
        Coupon.state,
        Coupon.code,
        Coupon.min_spend_fen,
        Coupon.off_fen,
        Coupon.starts_at,
        Coupon.ends_at,
        Coupon.per_person,
        Coupon.total_count,
        Coupon.used_count,
        Coupon.budget_fen,
        Coupon.used_fen,
        USED,
        WHY_NOT,
    )
    .outerjoin(Supplier, Supplier.id == Coupon.supplier_id)
    .where(_shelf == shelf.value)
    .order_by(*order, Coupon.id)
    .offset(bindparam("offset"))
    .limit(PAGE_SIZE)
    for shelf, order in (
        (Shelf.NOW, (Coupon.ends_at, Coupon.off_fen.desc())),
        (Shelf.SOON, (Coupon.starts_at, Coupon.off_fen.desc())),
        (Shelf.OVER, (Coupon.ends_at.desc(),)),
    )
}
_OTHER = aliased(CouponUse)
_USES = (
    select(
        Coupon.name,
        Coupon.min_spend_fen,
        Coupon.off_fen,
        Order.number,
        CouponUse.fen,
        CouponUse.used_at,
        CouponUse.freed_at,
        exists()
        .where(
            _OTHER.coupon_id == CouponUse.coupon_id,
            _OTHER.checkout_id == CouponUse.checkout_id,
            _OTHER.freed_at.is_(None),
        )
        .correlate(CouponUse),
    )
    .join(Coupon, Coupon.id == CouponUse.coupon_id)
    .join(Order, Order.id == CouponUse.order_id)
    .where(CouponUse.holder == bindparam("holder"))
    .order_by(CouponUse.id.desc())
    .offset(bindparam("offset"))
    .limit(PAGE_SIZE)
)
_USES_COUNTED = select(func.count()).select_from(CouponUse).where(CouponUse.holder == bindparam("holder"))
_NOW_COUNTED = _MINE.with_only_columns(func.count()).where(_shelf == Shelf.NOW.value)


def _values(user_id: int) -> dict[str, Any]:
    moment = clock.now()
    return {"holder": holder_of(user_id, ""), "moment": moment, "since": moment - TOLD}


def count_usable(user_id: int) -> int:
    """How many coupons a member may use now. One statement."""
    values = _values(user_id)
    return read(_NOW_COUNTED, values | {"since": values["moment"]}).scalar_one()


def count_by_shelf(user_id: int) -> dict[Shelf, int]:
    """Two statements."""
    values = _values(user_id)
    counts = {Shelf(shelf): count for shelf, count in read(_COUNTED, values)}
    uses = read(_USES_COUNTED, {"holder": values["holder"]}).scalar_one()
    return {shelf: uses if shelf is Shelf.USED else counts.get(shelf, 0) for shelf in Shelf}


def coupons_on(shelf: Shelf, user_id: int, page: int, total: int) -> Page[MyCoupon]:
    """What ends or begins first comes first, of what is over the newest. One statement."""
    rows = read(_LISTED[shelf], _values(user_id) | {"offset": offset_of(page)})
    return Page([MyCoupon(*row) for row in rows], page, total)


def uses_of(user_id: int, page: int, total: int) -> Page[MyUse]:
    """By order, newest first. One statement."""
    rows = read(_USES, {"holder": holder_of(user_id, ""), "offset": offset_of(page)})
    return Page([MyUse(*row) for row in rows], page, total)
