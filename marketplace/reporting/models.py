"""What reports read: sums of the ledger by day, month and year, and which entries are not in them yet.

The ledger is the fact at the finest grain. These tables are sums of it, made by the worker, and can be made anew at any
time; a report adds the entries still waiting, so that page and ledger agree at every moment.
"""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import enum_type
from marketplace.kernel.db import Base
from marketplace.reporting.dimensions import Dimension, Grain, Nearness


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
    """Additive measures in fen of one day, month or year (``start`` its first day, by the day the order was paid).

    ``region_code`` is the origin of the goods for sales and fee, the household's village for income. ``key`` names the
    value of the dimension ('' for ALL). What later refunds take away is taken here too.
    """

    __tablename__ = "period_totals"
    __table_args__ = (Index("ix_period_totals_key", "dimension", "key", "grain", "start"),)

    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension), primary_key=True)
    grain: Mapped[Grain] = mapped_column(enum_type(Grain), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    sales_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    fee_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    #: what the goods from here bring households, wherever they live
    given_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    accrued_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    confirmed_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    disbursed_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    acknowledged_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    reversed_after_payout_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    operating_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    wage_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    property_fen: Mapped[int] = mapped_column(BigInteger, default=0)


class OrderCount(Base):
    """Orders paid in a period that have goods from a region: counted anew at every level, so that they add up over
    time and keys' periods, never over regions. ``is_own``: goods that name exactly this region and no lower one."""

    __tablename__ = "order_counts"

    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension), primary_key=True)
    grain: Mapped[Grain] = mapped_column(enum_type(Grain), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    is_own: Mapped[bool] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    orders: Mapped[int]


class HouseholdTotal(Base):
    """A household's income of a period, in all states, fen: what distinct households are counted from."""

    __tablename__ = "household_totals"

    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension), primary_key=True)
    grain: Mapped[Grain] = mapped_column(enum_type(Grain), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), primary_key=True)
    fen: Mapped[int] = mapped_column(BigInteger)
