"""Suppliers and households. Personal fields are encrypted; what must be found again has a digest beside it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.parties.rules import HouseholdStatus, PaperKind, SupplierKind
from marketplace.parties.workflow import SupplierState


class Supplier(Base):
    """A pilot household has no licence (``uscc`` None): it has a sponsor, the legal seller, and a household."""

    __tablename__ = "suppliers"
    __table_args__ = (
        CheckConstraint(
            "state = 'draft' OR uscc IS NOT NULL OR (sponsor_id IS NOT NULL AND household_id IS NOT NULL)",
            name="licence_or_sponsor",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SupplierKind] = mapped_column(enum_type(SupplierKind))
    state: Mapped[SupplierState] = mapped_column(enum_type(SupplierState), index=True)
    name: Mapped[str] = mapped_column(String(80))
    #: 统一社会信用代码, 18 characters with a valid check digit
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    sponsor_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    contact_name: Mapped[str] = mapped_column(EncryptedText)
    contact_mobile: Mapped[str] = mapped_column(EncryptedText)
    bank_name: Mapped[str | None] = mapped_column(String(60))
    bank_account_name: Mapped[str | None] = mapped_column(String(80))
    bank_account: Mapped[str | None] = mapped_column(EncryptedText)
    story: Mapped[str] = mapped_column(Text, default="")
    return_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class SupplierPaper(Base):
    __tablename__ = "supplier_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(enum_type(PaperKind))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    number: Mapped[str] = mapped_column(String(60), default="")
    expires_on: Mapped[date | None]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Household(Base):
    __tablename__ = "households"
    __table_args__ = (CheckConstraint("people BETWEEN 1 AND 30", name="people"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Shown instead of a name: ``ZZ-0001`` style, unique.
    code: Mapped[str] = mapped_column(String(24), unique=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    head_name: Mapped[str] = mapped_column(EncryptedText)
    people: Mapped[int]
    status: Mapped[HouseholdStatus] = mapped_column(enum_type(HouseholdStatus))
    id_number: Mapped[str] = mapped_column(EncryptedText)
    id_digest: Mapped[str] = mapped_column(String(64), unique=True)
    mobile: Mapped[str | None] = mapped_column(EncryptedText)
    bank_name: Mapped[str | None] = mapped_column(String(60))
    bank_account: Mapped[str | None] = mapped_column(EncryptedText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HouseholdStatusChange(Base):
    """History of the register status; the latest row equals ``Household.status``."""

    __tablename__ = "household_status_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    status: Mapped[HouseholdStatus] = mapped_column(enum_type(HouseholdStatus))
    valid_from: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class SupplierHousehold(Base):
    """A supplier works with this household and may see it (masked)."""

    __tablename__ = "supplier_households"
    __table_args__ = (UniqueConstraint("supplier_id", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
