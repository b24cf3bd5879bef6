"""Suppliers, households and partner units. Personal fields are encrypted; what must be found again has a
digest beside it."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.parties.rules import (
    ConsentPurpose,
    HouseholdStatus,
    PaperKind,
    RequirementState,
    SupplierKind,
    UnitKind,
)
from marketplace.parties.workflow import BankChangeState, LicenceChangeState, SupplierState, UnitState


class Supplier(Base):
    """A pilot household has no licence (``uscc`` None): it has a sponsor, the legal seller, and a household, set when
    somebody in charge has looked (``PilotHousehold``)."""

    __tablename__ = "suppliers"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'returned') OR uscc IS NOT NULL "
            "OR (sponsor_id IS NOT NULL AND household_id IS NOT NULL)",
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
    #: what the supplier published for its buyers to call, empty for nothing; never taken from the contact's number
    public_phone: Mapped[str] = mapped_column(String(20), default="", server_default="")
    bank_name: Mapped[str | None] = mapped_column(String(60))
    bank_account_name: Mapped[str | None] = mapped_column(String(80))
    bank_account: Mapped[str | None] = mapped_column(EncryptedText)
    story: Mapped[str] = mapped_column(Text, default="")
    return_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: When its facts were last gone through again, and by when they must be the next time.
    verified_on: Mapped[date | None]
    verify_due_on: Mapped[date | None] = mapped_column(index=True)
    #: When the supplier said that its facts still hold; None again once somebody has verified it.
    reattested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SupplierStep(Base):
    """One change of a supplier's standing: submitted, returned, approved, re-verified, suspended … Append-only."""

    __tablename__ = "supplier_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupplierRequirement(Base):
    """Where a requirement of admission stands for a supplier; ``code`` as in the data file of requirements. One row per
    requirement that somebody said something about."""

    __tablename__ = "supplier_requirements"
    __table_args__ = (
        UniqueConstraint("supplier_id", "code"),
        CheckConstraint(
            "state NOT IN ('waived', 'sent_back') OR length(reason) > 0", name="waived_with_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    code: Mapped[str] = mapped_column(String(40))
    state: Mapped[RequirementState] = mapped_column(enum_type(RequirementState))
    reason: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PilotHousehold(Base):
    """Which household a pilot says it is. Saying so puts nobody on the register: an official of the village or an admin
    holds it against the register first; the supplier then gets its ``household_id`` and this row goes."""

    __tablename__ = "pilot_households"
    __table_args__ = (CheckConstraint("people BETWEEN 1 AND 30", name="people"),)

    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), primary_key=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    head_name: Mapped[str] = mapped_column(EncryptedText)
    people: Mapped[int]
    status: Mapped[HouseholdStatus] = mapped_column(enum_type(HouseholdStatus))
    id_number: Mapped[str] = mapped_column(EncryptedText)
    id_digest: Mapped[str] = mapped_column(String(64), unique=True)
    mobile: Mapped[str | None] = mapped_column(EncryptedText)
    bank_name: Mapped[str] = mapped_column(String(60), default="")
    bank_account: Mapped[str] = mapped_column(EncryptedText, default="")
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BankChange(Base):
    """A new bank account of an admitted supplier (confirmed by an admin) or of a household (confirmed by an official of
    its village): at most one open at a time, nothing live until confirmed."""

    __tablename__ = "bank_changes"
    __table_args__ = (
        CheckConstraint("(supplier_id IS NULL) <> (household_id IS NULL)", name="one_subject"),
        Index(
            "uq_bank_changes_open_supplier",
            "supplier_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index(
            "uq_bank_changes_open_household",
            "household_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    state: Mapped[BankChangeState] = mapped_column(enum_type(BankChangeState))
    bank_name: Mapped[str] = mapped_column(String(60))
    account_name: Mapped[str] = mapped_column(String(80), default="")
    account: Mapped[str] = mapped_column(EncryptedText)
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")


class LicenceChange(Base):
    """An admitted supplier asks to be called otherwise, to carry another licence number or to sit in another village.
    ``old_…`` is what stood there when it was asked and, once confirmed, when it was replaced."""

    __tablename__ = "licence_changes"
    __table_args__ = (
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> asked_by", name="two_people"),
        CheckConstraint("state <> 'refused' OR length(reason) > 0", name="refused_with_reason"),
        CheckConstraint(
            "name <> old_name OR village_code <> old_village_code OR COALESCE(uscc, '') <> COALESCE(old_uscc, '')",
            name="something",
        ),
        Index(
            "uq_licence_changes_open",
            "supplier_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    state: Mapped[LicenceChangeState] = mapped_column(enum_type(LicenceChangeState))
    name: Mapped[str] = mapped_column(String(80))
    uscc: Mapped[str | None] = mapped_column(String(18))
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    old_name: Mapped[str] = mapped_column(String(80))
    old_uscc: Mapped[str | None] = mapped_column(String(18))
    old_village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    proof_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    #: of the new licence; None where it holds without an end
    expires_on: Mapped[date | None]
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")


class SupplierPaper(Base):
    """``replaces_id``: the paper it renews, kept for what admission rested on."""

    __tablename__ = "supplier_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(enum_type(PaperKind))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    number: Mapped[str] = mapped_column(String(60), default="")
    expires_on: Mapped[date | None] = mapped_column(index=True)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("supplier_papers.id"))


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
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class HouseholdMove(Base):
    """A household that went to live in another village; income already booked stays with the village of its day."""

    __tablename__ = "household_moves"
    __table_args__ = (CheckConstraint("from_village <> to_village", name="two_villages"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    from_village: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    to_village: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    moved_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class HouseholdConsent(Base):
    """What a household allowed, with the signed paper; ends the moment it is withdrawn."""

    __tablename__ = "household_consents"
    __table_args__ = (Index("ix_household_consents_live", "household_id", "purpose", "withdrawn_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(enum_type(ConsentPurpose))
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    given_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawal_note: Mapped[str] = mapped_column(String(200), default="")


class SupplierHousehold(Base):
    """A supplier works with this household and may see it (masked)."""

    __tablename__ = "supplier_households"
    __table_args__ = (UniqueConstraint("supplier_id", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class SupplierOutlet(Base):
    """A supplier lets this outlet collect produce for it. One row per grant; a withdrawn one has an end."""

    __tablename__ = "supplier_outlets"
    __table_args__ = (Index("ix_supplier_outlets_outlet", "outlet_id", "supplier_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PartnerUnit(Base):
    """包扶单位: a body, enterprise, school, hospital or union that buys. ``region_code`` is where it sits."""

    __tablename__ = "partner_units"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[UnitKind] = mapped_column(enum_type(UnitKind))
    state: Mapped[UnitState] = mapped_column(enum_type(UnitState), index=True)
    name: Mapped[str] = mapped_column(String(80))
    #: 统一社会信用代码, 18 characters with a valid check digit; also the tax number
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    contact_name: Mapped[str] = mapped_column(EncryptedText)
    contact_mobile: Mapped[str] = mapped_column(EncryptedText)
    #: The letter or licence that shows the unit knows of this account.
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(Text)


class UnitPlan(Base):
    """A unit's own plan of a year, fen. A canteen budget of None says 无食堂; ``platform_832_fen`` is what it says it
    bought on the 832 platform, shown apart and never added."""

    __tablename__ = "unit_plans"
    __table_args__ = (
        UniqueConstraint("unit_id", "year"),
        CheckConstraint("target_fen >= 0 AND platform_832_fen >= 0", name="amounts"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("partner_units.id"))
    year: Mapped[int]
    target_fen: Mapped[int] = mapped_column(BigInteger)
    canteen_budget_fen: Mapped[int | None] = mapped_column(BigInteger)
    union_budget_fen: Mapped[int | None] = mapped_column(BigInteger)
    platform_832_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
