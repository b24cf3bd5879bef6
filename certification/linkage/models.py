"""Linkage agreements, their terms and members, and the supply lots received under them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certification.linkage.rules import LinkageMode, LotPayment
from certification.linkage.workflow import AgreementState
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class LinkageAgreement(Base):
    """Binds a supplier, a declared product and households from ``starts_on`` to ``ends_on`` (both included)."""

    __tablename__ = "linkage_agreements"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="term"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("declared_products.id"), index=True)
    state: Mapped[AgreementState] = mapped_column(enum_type(AgreementState))
    version: Mapped[int] = mapped_column(default=1)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    party_branch: Mapped[str] = mapped_column(String(80), default="")
    leading_enterprise: Mapped[str] = mapped_column(String(80), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class LinkageTerm(Base):
    """One mode of an agreement. ``share_bp``: ten-thousandths of net (dividend); ``sponsor_fee_fen``: fen per unit the
    sponsor keeps (own). A purchase term has neither: its lots carry the agreed totals."""

    __tablename__ = "linkage_terms"
    __table_args__ = (
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
        CheckConstraint("sponsor_fee_fen >= 0", name="fee"),
        UniqueConstraint("agreement_id", "mode"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    mode: Mapped[LinkageMode] = mapped_column(enum_type(LinkageMode))
    share_bp: Mapped[int] = mapped_column(default=0)
    sponsor_fee_fen: Mapped[int] = mapped_column(default=0)


class LinkageMember(Base):
    """A household under an agreement; ``shares`` weighs it in a dividend (1 where nothing is shared)."""

    __tablename__ = "linkage_members"
    __table_args__ = (
        UniqueConstraint("agreement_id", "household_id"),
        CheckConstraint("shares > 0", name="shares"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    shares: Mapped[int] = mapped_column(default=1)


class SupplyLot(Base):
    """What one household brought under a purchase term: ``grams`` weighed, ``total_fen`` agreed for all of it, packed
    into ``units`` whole units of one SKU. A bought lot was paid at receipt and has a voucher."""

    __tablename__ = "supply_lots"
    __table_args__ = (
        CheckConstraint("grams > 0 AND total_fen >= 0 AND units > 0", name="amounts"),
        CheckConstraint("payment <> 'bought' OR voucher_number IS NOT NULL", name="bought_has_voucher"),
        Index("ix_supply_lots_agreement_household", "agreement_id", "household_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), index=True)
    payment: Mapped[LotPayment] = mapped_column(enum_type(LotPayment))
    grams: Mapped[int]
    grade: Mapped[str] = mapped_column(String(40), default="")
    place: Mapped[str] = mapped_column(String(80), default="")
    received_on: Mapped[date]
    total_fen: Mapped[int]
    units: Mapped[int]
    voucher_number: Mapped[str | None] = mapped_column(String(60))
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    #: The outlet that collected it for the supplier.
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
