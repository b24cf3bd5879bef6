"""Who wants an invoice for an order, at which rate goods are taxed, and the papers a supplier issued."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.invoices.rules import InvoiceColor, InvoiceKind


class TaxRate(Base):
    """What a supplier charges for one of its products, in basis points, and the rule it rests on."""

    __tablename__ = "tax_rates"
    __table_args__ = (UniqueConstraint("supplier_id", "product_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("declared_products.id"), index=True)
    rate_bp: Mapped[int]
    basis: Mapped[str] = mapped_column(String(100), default="")
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


class InvoiceRequest(Base):
    """A buyer's title for one order; changed while nothing is on paper, also after a whole red one."""

    __tablename__ = "invoice_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    kind: Mapped[InvoiceKind] = mapped_column(enum_type(InvoiceKind))
    title: Mapped[str] = mapped_column(EncryptedText)
    tax_number: Mapped[str | None] = mapped_column(String(18))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class InvoicePaper(Base):
    """What was issued. ``items`` are its rows as they were: [{"key", "name", "fen", "rate_bp", "basis"}]."""

    __tablename__ = "invoice_papers"
    __table_args__ = (
        CheckConstraint("(color = 'blue') = (amount_fen > 0) AND amount_fen <> 0", name="color"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("invoice_requests.id"), index=True)
    color: Mapped[InvoiceColor] = mapped_column(enum_type(InvoiceColor))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    issued_on: Mapped[date]
    #: as it was on the paper, whatever the buyer asks for the next one
    title: Mapped[str] = mapped_column(EncryptedText)
    tax_number: Mapped[str | None] = mapped_column(String(18))
    amount_fen: Mapped[int]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
