"""What reports read: sums of the ledger by day, month and year, and which entries are not in them yet.

The ledger is the fact at the finest grain. These tables are sums of it, made by the worker, and can be made anew at any
time; a report adds the entries still waiting, so that page and ledger agree at every moment.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from marketplace.regions.rules import RegionLevel
from marketplace.reporting.dimensions import Dimension, Nearness
from marketplace.reporting.monitoring_rules import Light


class WaitingEntry(Base):
    """A journal entry that is not summed up yet; written in the transaction that posts it."""

    __tablename__ = "waiting_entries"

    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id"), primary_key=True)


class LinePairing(Base):
    """The arrangement a unit's purchase line counts to, and how near it matched. Derived, never frozen."""

    __tablename__ = "line_pairings"

    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    arrangement_id: Mapped[int] = mapped_column(ForeignKey("pairing_arrangements.id"), index=True)
    nearness: Mapped[Nearness] = mapped_column(enum_type(Nearness))


class PeriodTotal(Base):
    """Sums in fen of one day (``period`` 20261125), month (202611) or year (2026) by the day the order was paid.

    ``region_code`` is a region of ``level``, or a higher one for what names none of that level (本级), so that the rows
    of any level add up to the whole. It is the origin of the goods for sales, fee and orders, the household's village
    for income. ``key`` names the value of the dimension. What later refunds take away is taken here too.
    """

    __tablename__ = "period_totals"
    __table_args__ = (
        # for one key over time; it begins with the key so that nobody is tempted to use it for a list of keys
        Index("ix_period_totals_key", "key", "dimension", "level", "region_code", "period"),
        {"sqlite_with_rowid": False},
    )

    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension), primary_key=True)
    level: Mapped[RegionLevel] = mapped_column(enum_type(RegionLevel), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    sales_fen: Mapped[int] = mapped_column(BigInteger)
    fee_fen: Mapped[int] = mapped_column(BigInteger)
    #: what the goods from here bring households, wherever they live
    given_fen: Mapped[int] = mapped_column(BigInteger)
    accrued_fen: Mapped[int] = mapped_column(BigInteger)
    confirmed_fen: Mapped[int] = mapped_column(BigInteger)
    disbursed_fen: Mapped[int] = mapped_column(BigInteger)
    acknowledged_fen: Mapped[int] = mapped_column(BigInteger)
    reversed_after_payout_fen: Mapped[int] = mapped_column(BigInteger)
    operating_fen: Mapped[int] = mapped_column(BigInteger)
    wage_fen: Mapped[int] = mapped_column(BigInteger)
    property_fen: Mapped[int] = mapped_column(BigInteger)
    #: Paid orders with goods from here, each once per row: these add up over time, not over regions or keys.
    orders: Mapped[int]


class HouseholdTotal(Base):
    """A household's income of a day, month or year, in all states, fen: what distinct households are counted from."""

    __tablename__ = "household_totals"
    __table_args__ = ({"sqlite_with_rowid": False},)

    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), primary_key=True)
    fen: Mapped[int] = mapped_column(BigInteger)


class BookCheck(Base):
    """One run of the self-check over ledger and totals: what it looked at and what it found (at most 200 named)."""

    __tablename__ = "book_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    entries: Mapped[int]
    totals: Mapped[int]
    found: Mapped[int]
    #: [[rule, what, how], …]
    findings: Mapped[list[list[Any]]] = mapped_column(JSON)


class LinkageStanding(Base):
    """Promise against fact of one certificate as the worker last measured it; made anew at any time from the totals.

    ``percent`` is the worse of households and income against what the days so far make due; None while nothing can be
    judged. ``measured_until`` is the last day counted, ``year_days`` the length of the certificate's year.
    """

    __tablename__ = "linkage_standings"
    __table_args__ = (Index("ix_linkage_standings_light", "light", "percent"),)

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    light: Mapped[Light] = mapped_column(enum_type(Light))
    percent: Mapped[int | None]
    year_start: Mapped[date]
    measured_until: Mapped[date]
    year_days: Mapped[int]
    promised_households: Mapped[int]
    promised_income_fen: Mapped[int] = mapped_column(BigInteger)
    households: Mapped[int]
    income_fen: Mapped[int] = mapped_column(BigInteger)
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime)
