"""Certificates: facts frozen at issue, a state, a validity; what happened to them, what was found about them, and the
numbered product catalogues (产品目录)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certification.certificates.rules import FindingKind, StopCause
from certification.certificates.workflow import CatalogueState, CertificateState
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
    #: Why it is suspended or was revoked; what buyers are told follows from it.
    stop_cause: Mapped[StopCause | None] = mapped_column(enum_type(StopCause))


class CertificateStep(Base):
    """One change of a certificate: issued, suspended, reinstated, revoked, expired, superseded. Append-only."""

    __tablename__ = "certificate_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[CertificateState | None] = mapped_column(enum_type(CertificateState, "_from"))
    to_state: Mapped[CertificateState] = mapped_column(enum_type(CertificateState, "_to"))
    cause: Mapped[StopCause | None] = mapped_column(enum_type(StopCause))
    reason: Mapped[str] = mapped_column(Text, default="")
    #: The finding a suspension or revocation cites.
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("certificate_findings.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CertificateFinding(Base):
    """Something found about a certificate, with the figures it rests on as they were then. Closed with a word on how it
    ended."""

    __tablename__ = "certificate_findings"
    __table_args__ = (Index("ix_certificate_findings_open", "certificate_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: 监〔2026〕0001号
    number: Mapped[str] = mapped_column(String(40), unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"))
    kind: Mapped[FindingKind] = mapped_column(enum_type(FindingKind))
    text: Mapped[str] = mapped_column(Text)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolution: Mapped[str] = mapped_column(Text, default="")


class CatalogueBatch(Base):
    """产品目录, a numbered batch of a city: a draft collects certificates, a published one is fixed."""

    __tablename__ = "catalogue_batches"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    year: Mapped[int]
    #: the batch's number in its year; None while it is a draft
    number: Mapped[int | None]
    state: Mapped[CatalogueState] = mapped_column(enum_type(CatalogueState))
    title: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class CatalogueEntry(Base):
    """A certificate in a catalogue; ``facts`` as they were when the catalogue was published."""

    __tablename__ = "catalogue_entries"
    __table_args__ = (UniqueConstraint("batch_id", "certificate_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("catalogue_batches.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
