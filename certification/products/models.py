"""Declared products and their categories."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base


class Category(Base):
    """``after_sales_hours``: how long a buyer may return after receipt; fresh goods 48, others 168 (消法 25).
    ``is_visit``: what is sold is a place on a date (采摘, 农家乐, 民宿), not goods that are sent."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    picture: Mapped[str | None] = mapped_column(String(60))
    is_fresh: Mapped[bool] = mapped_column(default=False)
    after_sales_hours: Mapped[int] = mapped_column(default=168)
    is_visit: Mapped[bool] = mapped_column(default=False, server_default=false())


class DeclaredProduct(Base):
    """The thing that is certified: what it is and where it grows, not how it is packed or priced."""

    __tablename__ = "declared_products"
    __table_args__ = (CheckConstraint("length(name) > 0", name="named"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    category_code: Mapped[str] = mapped_column(ForeignKey("categories.code"), index=True)
    origin_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    variety: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[str] = mapped_column(String(40), default="")
    unit: Mapped[str] = mapped_column(String(10))
    standard: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
