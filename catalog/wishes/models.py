"""Favourites of members, and packings they wait for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime
from marketplace.kernel.db import Base


class Favourite(Base):
    """``price_fen`` is what the listing's cheapest packing cost when it was put there."""

    __tablename__ = "favourites"
    __table_args__ = (Index("ix_favourites_user_at", "user_id", "at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True, index=True)
    price_fen: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class StockWish(Base):
    """A sold-out packing somebody wants to hear of. The row goes with the message: a wish is spent once."""

    __tablename__ = "stock_wishes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
