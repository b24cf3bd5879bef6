"""Reading coupons: what a buyer may use now, what a desk has made and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select

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


_OFFER = (
    Coupon.id,
    Coupon.bearer,
    Coupon.supplier_id,
    Coupon.min_spend_fen,
    Coupon.off_fen,
    Coupon.name,
    Coupon.code,
    Coupon.ends_at,
    Coupon.per_person,
    Coupon.state,
    Coupon.starts_at,
    (Coupon.used_count >= Coupon.total_count).label("is_out"),
    (Coupon.used_fen + Coupon.off_fen > Coupon.budget_fen).label("is_spent"),
)


_OFFERS = (
    select(*_OFFER, func.coalesce(CouponHolder.used, 0).label("used"))
    .outerjoin(
        CouponHolder, and_(CouponHolder.coupon_id == Coupon.id, CouponHolder.holder == bindparam("holder"))
    )
    .order_by(Coupon.off_fen.desc(), Coupon.id)
)
_IS_PUBLIC = and_(
    Coupon.code.is_(None),
    Coupon.state == CouponState.OPEN,
    Coupon.starts_at <= bindparam("moment"),
    Coupon.ends_at > bindparam("moment"),
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
    moment = clock.now()
    found = []
    for row in read(statement, {"holder": holder or "", **values}):
        why: Unusable | None = None
        if row.state is not CouponState.OPEN or not row.starts_at <= moment < row.ends_at:
            why = Unusable.NOT_NOW
        elif row.used >= row.per_person:
            why = Unusable.YOURS_USED
        elif row.is_out or row.is_spent:
            why = Unusable.USED_UP
        found.append(Offer(Face(*row[:5]), row.name, row.code, row.ends_at, why))
    return found


def offers(supplier_ids: Collection[int], holder: str | None, code: str = "") -> list[Offer]:
    """What these suppliers and the platform offer everybody now, and the one this code names; dearest first.
    One query."""
    values = {"moment": clock.now(), "suppliers": sorted(supplier_ids)}
    return (
        _offers(_PUBLIC_OR_NAMED, holder, code=code, **values) if code else _offers(_PUBLIC, holder, **values)
    )


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
