"""Certificates: facts frozen at issue, a state, and a validity."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certification.certificates.workflow import CertificateState
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class Certificate(Base):
    """``number`` (西扶认〔2020〕0001号) stays through versions; ``facts`` are what the page shows, frozen."""

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("number", "version"),
        CheckConstraint("valid_until >= valid_from", name="validity"),
        Index("ix_certificates_product", "product_id", "state", "valid_from", "valid_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("declared_products.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    state: Mapped[CertificateState] = mapped_column(enum_type(CertificateState))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state_reason: Mapped[str | None] = mapped_column(Text)
