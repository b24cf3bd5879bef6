"""What a listing of visits says of itself, and its dates."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base


class VisitOffer(Base):
    """One row beside a listing of a category of visits; see ``rules.OfferFacts``."""

    __tablename__ = "visit_offers"
    __table_args__ = (
        CheckConstraint(
            "begins_hour BETWEEN 0 AND 23 AND free_hours >= 0 AND most_units > 0", name="numbers"
        ),
    )

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True, autoincrement=False)
    unit: Mapped[str] = mapped_column(String(4))
    address: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20))
    hours: Mapped[str] = mapped_column(String(40))
    begins_hour: Mapped[int]
    free_hours: Mapped[int]
    most_units: Mapped[int]


class VisitDate(Base):
    """A date of a listing: price and whether it is open are its SKU's, places its stock row's."""

    __tablename__ = "visit_dates"
    __table_args__ = (UniqueConstraint("listing_id", "on_date"),)

    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True, autoincrement=False)
    listing_id: Mapped[int] = mapped_column(ForeignKey("visit_offers.listing_id"))
    on_date: Mapped[date]
