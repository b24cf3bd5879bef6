"""Deliveries, orders waiting at an outlet, and what a supplier asks for freight."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.fulfilment.rules import FreightBasis, TrackingSource


class Delivery(Base):
    """One parcel on its way."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_tracking_number", "tracking_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    carrier: Mapped[str] = mapped_column(String(30))
    tracking_number: Mapped[str] = mapped_column(String(40))
    shipped_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shipped_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: 验收: a unit accepts batch by batch.
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    acceptance_note: Mapped[str] = mapped_column(String(200), default="", server_default="")


class TrackingEntry(Base):
    """Where a parcel was seen, told by the supplier, a table of the carrier's or a program. ``source`` says which."""

    __tablename__ = "tracking_entries"
    __table_args__ = (UniqueConstraint("delivery_id", "at", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(String(100))
    source: Mapped[TrackingSource] = mapped_column(enum_type(TrackingSource))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DeliveryLine(Base):
    __tablename__ = "delivery_lines"
    __table_args__ = (CheckConstraint("units > 0", name="units"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    units: Mapped[int]


class Pickup(Base):
    """An order that lies at an outlet for whoever has its code: six digits, known to the buyer alone, found again by
    their digest. The row is made when the goods arrive; a code may come back once its order was handed over."""

    __tablename__ = "pickups"
    __table_args__ = (
        Index(
            "uq_pickups_waiting_code",
            "outlet_id",
            "code_digest",
            unique=True,
            sqlite_where=text("handed_over_at IS NULL"),
            postgresql_where=text("handed_over_at IS NULL"),
        ),
        Index("ix_pickups_outlet", "outlet_id", "handed_over_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    code: Mapped[str] = mapped_column(EncryptedText)
    code_digest: Mapped[str] = mapped_column(String(64))
    shelf: Mapped[str] = mapped_column(String(20), default="")
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrived_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handed_over_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class FreightRule(Base):
    """A supplier's freight to one province (``province_code`` NULL: everywhere else).

    Sizes are grams or pieces, as ``basis`` says. The first ``first_size`` cost ``first_fen``, every begun ``next_size``
    after them ``next_fen``; from
    ``free_over_fen`` of goods on it is free (NULL: never). ``is_excluded``: not delivered there.
    """

    __tablename__ = "freight_rules"
    __table_args__ = (
        CheckConstraint(
            "first_size > 0 AND next_size > 0 AND first_fen >= 0 AND next_fen >= 0", name="amounts"
        ),
        Index("uq_freight_rules_supplier_province", "supplier_id", "province_code", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    province_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    basis: Mapped[FreightBasis] = mapped_column(enum_type(FreightBasis), default=FreightBasis.WEIGHT)
    first_size: Mapped[int] = mapped_column(default=1000)
    first_fen: Mapped[int]
    next_size: Mapped[int] = mapped_column(default=1000)
    next_fen: Mapped[int]
    free_over_fen: Mapped[int | None]
    is_excluded: Mapped[bool] = mapped_column(default=False)
