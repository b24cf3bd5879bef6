"""Linkage agreements with terms, members and signed papers, work sheets, and the supply lots received."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certification.linkage.rules import LinkageMode, LotPayment, ScanKind
from certification.linkage.workflow import AgreementState, SheetState
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
    #: 党支部+龙头企业+合作社+低收入户: who leads and who sells by name, and by id where it is a supplier here
    party_branch: Mapped[str] = mapped_column(String(80), default="")
    leading_enterprise: Mapped[str] = mapped_column(String(80), default="")
    leading_enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    #: The version this one amends, and why.
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("linkage_agreements.id"))
    amendment_reason: Mapped[str] = mapped_column(String(300), default="")
    #: The latest closed work sheet: its hours split the wages of the next sale. A number, not a foreign key, for the
    #: sheet already points here.
    work_sheet_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class LinkageTerm(Base):
    """One mode of an agreement. ``share_bp``: ten-thousandths of net (trusteeship, dividend, rent);
    ``sponsor_fee_fen``: fen per unit the sponsor keeps (own); ``unit_fen``: fen per sold unit for those who worked
    (labour). A purchase term has none: its lots carry the agreed totals."""

    __tablename__ = "linkage_terms"
    __table_args__ = (
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share"),
        CheckConstraint("sponsor_fee_fen >= 0", name="fee"),
        CheckConstraint("unit_fen >= 0", name="unit"),
        UniqueConstraint("agreement_id", "mode"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    mode: Mapped[LinkageMode] = mapped_column(enum_type(LinkageMode))
    share_bp: Mapped[int] = mapped_column(default=0)
    sponsor_fee_fen: Mapped[int] = mapped_column(default=0)
    unit_fen: Mapped[int] = mapped_column(default=0, server_default="0")


class LinkageMember(Base):
    """A household under an agreement; ``shares`` weighs it in a dividend or trusteeship, ``mu_hundredths`` in a rent
    (hundredths of a mu of land). 0: it has no part in that."""

    __tablename__ = "linkage_members"
    __table_args__ = (
        UniqueConstraint("agreement_id", "household_id"),
        CheckConstraint("shares >= 0 AND mu_hundredths >= 0", name="shares"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    shares: Mapped[int] = mapped_column(default=1)
    mu_hundredths: Mapped[int] = mapped_column(default=0, server_default="0")


class AgreementScan(Base):
    """A signed paper of an agreement, private: the whole, one partner's, or one household's page."""

    __tablename__ = "agreement_scans"

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"), index=True)
    kind: Mapped[ScanKind] = mapped_column(enum_type(ScanKind))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class WorkSheet(Base):
    """Who worked how long under a labour term in a span of days (both included)."""

    __tablename__ = "work_sheets"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        Index("ix_work_sheets_agreement", "agreement_id", "state", "until_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    state: Mapped[SheetState] = mapped_column(enum_type(SheetState))
    from_on: Mapped[date]
    until_on: Mapped[date]
    task: Mapped[str] = mapped_column(String(120), default="")
    place: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_reason: Mapped[str | None] = mapped_column(Text)


class WorkSheetRow(Base):
    """``minutes`` one household worked, confirmed by an official of its village."""

    __tablename__ = "work_sheet_rows"
    __table_args__ = (
        UniqueConstraint("sheet_id", "household_id"),
        CheckConstraint("minutes > 0", name="minutes"),
        Index("ix_work_sheet_rows_village", "village_code", "confirmed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("work_sheets.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    minutes: Mapped[int]
    note: Mapped[str] = mapped_column(String(120), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


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
    #: What the QR of its receipt and bags leads to: a page for anyone, so it can't be guessed from the number.
    trace_code: Mapped[str | None] = mapped_column(String(24), unique=True, index=True)
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
