"""Pairing arrangements and their yearly targets."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.pairing.rules import PairingKind


class PairingArrangement(Base):
    """A unit supports a village, or one household in it (then ``village_code`` is the household's), from ``starts_on``
    to ``ends_on`` (both included; None: open)."""

    __tablename__ = "pairing_arrangements"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term"),
        Index("ix_pairing_arrangements_village", "village_code"),
        Index("ix_pairing_arrangements_unit", "unit_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("partner_units.id"))
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    kind: Mapped[PairingKind] = mapped_column(enum_type(PairingKind))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: Entered by mistake: counts for nothing, stays for the record.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PairingTarget(Base):
    """What an arrangement is to bring in a year, fen of goods bought."""

    __tablename__ = "pairing_targets"
    __table_args__ = (
        UniqueConstraint("arrangement_id", "year"),
        CheckConstraint("target_fen >= 0", name="amount"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    arrangement_id: Mapped[int] = mapped_column(ForeignKey("pairing_arrangements.id"))
    year: Mapped[int]
    target_fen: Mapped[int] = mapped_column(BigInteger)
