"""Coupons and their uses. The counters on the coupon and on its holder are what limits are held by (I8)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.coupons.rules import CouponBearer
from orders.coupons.workflow import CouponState


class Coupon(Base):
    """满减. ``used_count`` counts checkouts that use it now, ``used_fen`` what it took off in them; both fall when an
    order is cancelled. Terms are never changed: a coupon that should be otherwise is stopped and made anew."""

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("(bearer = 'supplier') = (supplier_id IS NOT NULL)", name="bearer"),
        CheckConstraint("off_fen > 0 AND min_spend_fen > off_fen", name="face"),
        CheckConstraint("used_count BETWEEN 0 AND total_count", name="count"),
        CheckConstraint("used_fen BETWEEN 0 AND budget_fen", name="budget"),
        CheckConstraint("starts_at < ends_at", name="term"),
        Index("ix_coupons_supplier", "supplier_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    bearer: Mapped[CouponBearer] = mapped_column(enum_type(CouponBearer))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    state: Mapped[CouponState] = mapped_column(enum_type(CouponState))
    code: Mapped[str | None] = mapped_column(String(16), unique=True)
    min_spend_fen: Mapped[int]
    off_fen: Mapped[int]
    total_count: Mapped[int]
    per_person: Mapped[int]
    budget_fen: Mapped[int]
    used_count: Mapped[int] = mapped_column(default=0)
    used_fen: Mapped[int] = mapped_column(default=0)
    #: in force from the first moment up to the second
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CouponHolder(Base):
    """How often one buyer uses a coupon: a member by id, a guest by the digest of the mobile number."""

    __tablename__ = "coupon_holders"
    __table_args__ = (CheckConstraint("used >= 0", name="used"),)

    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(String(70), primary_key=True)
    used: Mapped[int] = mapped_column(default=0)


class CouponUse(Base):
    """What a coupon took off one order; a shared coupon has a row per order of the checkout. Freed once, when the order
    is cancelled."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        UniqueConstraint("coupon_id", "order_id"),
        CheckConstraint("fen >= 0", name="fen"),
        Index("ix_coupon_uses_holder", "holder", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id"))
    checkout_id: Mapped[int] = mapped_column(ForeignKey("checkouts.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    holder: Mapped[str] = mapped_column(String(70))
    fen: Mapped[int]
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    freed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
