"""Outlets. Who operates one is told by role assignments."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.outlets.rules import OutletTier


class Outlet(Base):
    """``region_code`` is the county, town or village it serves; ``phone`` is the outlet's public number."""

    __tablename__ = "outlets"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``WD-610124-0001``, numbered within its county, unique; names it in files
    code: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    tier: Mapped[OutletTier] = mapped_column(enum_type(OutletTier))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    #: The town-level region of its address: where parcels for it are sent.
    street_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    address: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20), default="")
    opening_hours: Mapped[str] = mapped_column(String(60), default="")
    takes_pickups: Mapped[bool] = mapped_column(default=True)
    collects_produce: Mapped[bool] = mapped_column(default=True)
    is_open: Mapped[bool] = mapped_column(default=True)
    opened_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
