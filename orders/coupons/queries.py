"""Reading coupons: what a buyer may use now, what a desk has made and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, not_, or_, select

from marketplace.kernel import clock
from marketplace.kernel.columns import columns_of
from marketplace.kernel.crypto import lookup_digest
from marketplace.kernel.db import db, read
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from orders.coupons.models import Coupon, CouponHolder
from orders.coupons.rules import CouponBearer, Face, Unusable
from orders.coupons.workflow import CouponState


def holder_of(user_id: int | None, mobile: str) -> str:
    """Whose uses are counted together: a member's by account, a guest's by mobile number, which is not kept."""
    return f"u{user_id}" if user_id is not None else f"m{lookup_digest('coupon_holder', mobile)}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A coupon a buyer could use now. ``why_not``: what stands in the way whatever is bought."""

    face: Face
    name: str
    code: str | None
    ends_at: datetime
    why_not: Unusable | None


#: at ``moment``
RUNS = and_(
    Coupon.state == CouponState.OPEN,
    Coupon.starts_at <= bindparam("moment"),
    Coupon.ends_at > bindparam("moment"),
)
IS_LEFT = and_(Coupon.used_count < Coupon.total_count, Coupon.used_fen + Coupon.off_fen <= Coupon.budget_fen)
#: how often ``holder`` uses it now
USED = func.coalesce(CouponHolder.used, 0)
IS_HOLDERS = and_(CouponHolder.coupon_id == Coupon.id, CouponHolder.holder == bindparam("holder"))
#: What stands in ``holder``'s way at ``moment`` whatever is bought (an ``Unusable``); NULL: nothing. The one rule that
#: the checkout and a member's page of coupons ask, with ``IS_HOLDERS`` joined.
WHY_NOT = case(
    (not_(RUNS), Unusable.NOT_NOW.value),
    (Coupon.per_person <= USED, Unusable.YOURS_USED.value),
    (not_(IS_LEFT), Unusable.USED_UP.value),
)

_OFFERS = (
    select(
        Coupon.id,
        Coupon.bearer,
        Coupon.supplier_id,
        Coupon.min_spend_fen,
        Coupon.off_fen,
        Coupon.name,
        Coupon.code,
        Coupon.ends_at,
        WHY_NOT.label("why"),
    )
    .outerjoin(CouponHolder, IS_HOLDERS)
    .order_by(Coupon.off_fen.desc(), Coupon.id)
)
_IS_PUBLIC = and_(
    Coupon.code.is_(None),
    RUNS,
    Coupon.used_count < Coupon.total_count,
    or_(Coupon.supplier_id.is_(None), Coupon.supplier_id.in_(bindparam("suppliers", expanding=True))),
)
_HAS_CODE = Coupon.code == bindparam("code")
_PUBLIC = _OFFERS.where(_IS_PUBLIC)
_PUBLIC_OR_NAMED = _OFFERS.where(or_(_IS_PUBLIC, _HAS_CODE))
_CHOSEN = _OFFERS.where(
    Coupon.id.in_(bindparam("ids", expanding=True)), or_(Coupon.code.is_(None), _HAS_CODE)
)


def _offers(statement: Select[*tuple[Any, ...]], holder: str | None, **values: Any) -> list[Offer]:
    given = {"holder": holder or "", "moment": clock.now(), **values}
    return [
        Offer(Face(*row[:5]), row.name, row.code, row.ends_at, Unusable(row.why) if row.why else None)
        for row in read(statement, given)
    ]


def offers(supplier_ids: Collection[int], holder: str | None, code: str = "") -> list[Offer]:
    """What these suppliers and the platform offer everybody now, and the one this code names; dearest first.
    One query."""
    suppliers = sorted(supplier_ids)
    if code:
        return _offers(_PUBLIC_OR_NAMED, holder, code=code, suppliers=suppliers)
    return _offers(_PUBLIC, holder, suppliers=suppliers)


def chosen_offers(coupon_ids: Collection[int], holder: str | None, code: str = "") -> list[Offer]:
    """The coupons a buyer chose, whatever has become of them; one with a code only for who knows it. One query, none
    without a choice."""
    if not coupon_ids:
        return []
    return _offers(_CHOSEN, holder, ids=sorted(coupon_ids), code=code)


@dataclass(frozen=True, slots=True)
class CouponRow:
    """A coupon as its maker sees it, in fen."""

    id: int
    name: str
    bearer: CouponBearer
    state: CouponState
    code: str | None
    min_spend_fen: int
    off_fen: int
    total_count: int
    per_person: int
    budget_fen: int
    used_count: int
    used_fen: int
    starts_at: datetime
    ends_at: datetime

    @property
    def last_day(self) -> date:
        return clock.local_date(self.ends_at) - timedelta(days=1)

    @property
    def word(self) -> tuple[str, str]:
        """(state in a word, its tone)."""
        moment = clock.now()
        if self.state is CouponState.STOPPED:
            return "已停发", ""
        if moment >= self.ends_at:
            return "已到期", ""
        if self.used_count >= self.total_count or self.used_fen + self.off_fen > self.budget_fen:
            return "用完了", "warn"
        return ("未开始", "info") if moment < self.starts_at else ("进行中", "done")


_ROW = columns_of(Coupon, CouponRow)


def coupon_rows(supplier_id: int | None, page: int) -> Page[CouponRow]:
    """A supplier's coupons, newest first; None: those of platform and governments."""
    mine = Coupon.supplier_id.is_(None) if supplier_id is None else Coupon.supplier_id == supplier_id
    total = db.session.scalar(select(func.count()).select_from(Coupon).where(mine)) or 0
    rows = db.session.execute(
        select(*_ROW).where(mine).order_by(Coupon.id.desc()).offset(offset_of(page)).limit(PAGE_SIZE)
    )
    return Page([CouponRow(*row) for row in rows], page, total)
