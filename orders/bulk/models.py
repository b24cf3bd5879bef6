"""Purchase orders, their lines, and every step they took."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.bulk.rules import PaymentTerm, Purpose
from orders.bulk.workflow import PurchaseState


class PurchaseOrder(Base):
    """``unit_id`` draws it up, ``budget_unit_id`` is whose plan it counts to. Once placed, its orders name it."""

    __tablename__ = "purchase_orders"
    __table_args__ = (Index("ix_purchase_orders_unit", "unit_id", "state", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("partner_units.id"))
    budget_unit_id: Mapped[int] = mapped_column(ForeignKey("partner_units.id"))
    state: Mapped[PurchaseState] = mapped_column(enum_type(PurchaseState))
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    payment_term: Mapped[PaymentTerm] = mapped_column(enum_type(PaymentTerm))
    #: The day the goods are wanted; stock is kept until then.
    deliver_on: Mapped[date]
    recipient: Mapped[str] = mapped_column(EncryptedText)
    mobile: Mapped[str] = mapped_column(EncryptedText)
    street_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    address_detail: Mapped[str] = mapped_column(EncryptedText)
    #: Who pays, where it is not the unit itself; shown to finance beside the proof.
    payer: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    #: Σ of goods and freight as submitted, fen; the approver agrees to this sum and no other.
    total_fen: Mapped[int] = mapped_column(default=0)
    checkout_id: Mapped[int | None] = mapped_column(ForeignKey("checkouts.id"), unique=True)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PurchaseLine(Base):
    """``unit_price_fen`` and ``certificate_id`` are what held when last submitted: the approver agrees to these."""

    __tablename__ = "purchase_lines"
    __table_args__ = (
        CheckConstraint("units > 0 AND unit_price_fen > 0", name="amounts"),
        UniqueConstraint("purchase_order_id", "sku_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[int] = mapped_column(ForeignKey("purchase_orders.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), index=True)
    units: Mapped[int]
    unit_price_fen: Mapped[int]
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificates.id"))


class PurchaseStep(Base):
    """One edge of the state table: who, when, with which words. Append-only."""

    __tablename__ = "purchase_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[int] = mapped_column(ForeignKey("purchase_orders.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[PurchaseState | None] = mapped_column(enum_type(PurchaseState, "_from"))
    to_state: Mapped[PurchaseState] = mapped_column(enum_type(PurchaseState, "_to"))
    note: Mapped[str] = mapped_column(Text, default="")
