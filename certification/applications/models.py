"""Applications for certification, what they bring as evidence, and every step of their way."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from certification.applications.rules import ApplicationKind, ConfirmationAnswer, EvidenceKind
from certification.applications.workflow import ApplicationState
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class Application(Base):
    """``price_fen`` is the declared price of one ``product.unit``; ``promised_income_fen`` is per year, all households.
    ``returned_from`` is the level an answer goes back to."""

    __tablename__ = "applications"
    __table_args__ = (
        Index("ix_applications_worklist", "state", "region_code", "deadline_on"),
        CheckConstraint("(state = 'returned') = (returned_from IS NOT NULL)", name="returned_from"),
        CheckConstraint("(kind = 'first') = (certificate_number IS NULL)", name="certificate_number"),
        CheckConstraint("kind = 'renewal' OR NOT is_short", name="short"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    kind: Mapped[ApplicationKind] = mapped_column(
        enum_type(ApplicationKind), default=ApplicationKind.FIRST, server_default="first"
    )
    #: The certificate that a renewal or change is about; the new version takes its place under the same number.
    certificate_number: Mapped[str | None] = mapped_column(String(40), index=True)
    #: A renewal that changes neither households nor terms: county and city only. Settled when it is handed in.
    is_short: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: What a change is for, in the applicant's words.
    change_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    #: What a change calls the product otherwise: {"name" | "variety" | "standard": word}; the product takes it on with
    #: the new version.
    product_changes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    #: The earlier application whose words were taken over.
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("declared_products.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("linkage_agreements.id"))
    #: The product's origin (a village): decides which officials see it.
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    state: Mapped[ApplicationState] = mapped_column(enum_type(ApplicationState))
    returned_from: Mapped[str | None] = mapped_column(String(40))
    price_fen: Mapped[int | None]
    package: Mapped[str] = mapped_column(String(80), default="")
    yearly_capacity: Mapped[str] = mapped_column(String(60), default="")
    #: [{"source": text, "price_fen": int}]
    reference_prices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    price_reason: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    promised_households: Mapped[int | None]
    promised_income_fen: Mapped[int | None]
    pledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    sponsor_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sponsor_signed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_on: Mapped[date | None]
    #: The official who has taken it in hand at the level where it waits; None: whoever comes first.
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: When the level above was told that the deadline had passed; None again with the next step.
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Until when its price counts when others are compared; kept by the certificate's commands, None while it is not
    #: in force.
    price_reference_until: Mapped[date | None]


class ApplicationEvidence(Base):
    __tablename__ = "application_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(enum_type(EvidenceKind))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    title: Mapped[str] = mapped_column(String(80), default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApplicationStep(Base):
    """One edge taken: who, when, with what opinion. Append-only."""

    __tablename__ = "application_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[ApplicationState] = mapped_column(enum_type(ApplicationState, "_from"))
    to_state: Mapped[ApplicationState] = mapped_column(enum_type(ApplicationState, "_to"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    opinion: Mapped[str] = mapped_column(Text, default="")


class HouseholdConfirmation(Base):
    """A linked household, answered for by an official of its own village."""

    __tablename__ = "household_confirmations"
    __table_args__ = (
        UniqueConstraint("application_id", "household_id"),
        Index("ix_household_confirmations_village", "village_code", "answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    #: What the village was asked about: the terms and the household's shares then.
    asked: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    answer: Mapped[ConfirmationAnswer | None] = mapped_column(enum_type(ConfirmationAnswer))
    note: Mapped[str] = mapped_column(String(200), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CountyCheck(Base):
    """What a county approval rests on: the sector bureau's opinion and the site check (date, people, place)."""

    __tablename__ = "county_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    bureau: Mapped[str] = mapped_column(String(60))
    bureau_opinion: Mapped[str] = mapped_column(Text)
    visited_on: Mapped[date]
    people: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CountyCheckPhoto(Base):
    """Further pictures of a site check, beside its first."""

    __tablename__ = "county_check_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("county_checks.id"), index=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    caption: Mapped[str] = mapped_column(String(80), default="")


class ApplicationVersion(Base):
    """What an application said when it was handed in: kept at each submission, so that a reviewer sees what changed
    since the return. Append-only."""

    __tablename__ = "application_versions"
    __table_args__ = (UniqueConstraint("application_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    round: Mapped[int]
    #: {field code: value or list}, as ``applications.versions`` writes it
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
