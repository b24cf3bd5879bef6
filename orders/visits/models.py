"""Bookings: the code a paid visit is redeemed by."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime
from marketplace.kernel.db import Base


class Booking(Base):
    """Made when the order is paid: eight digits, known to the buyer alone and found again by their digest. One order is
    one booking; whether it still holds is the order's state, the day it is for the order's ``visit_on``."""

    __tablename__ = "bookings"
    __table_args__ = (UniqueConstraint("supplier_id", "code_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    code: Mapped[str] = mapped_column(EncryptedText)
    code_digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    redeemed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
