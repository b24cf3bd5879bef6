"""Journal entries and postings: debit +, credit −, Σ = 0 per entry. Triggers refuse UPDATE and DELETE."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.ledger.rules import AccountKind, EntryKind, IncomeState
from orders.ledger.workflow import CorrectionState


class JournalEntry(Base):
    """``unique_key`` names the cause (``"sale:<order id>"``): the same cause never posts twice."""

    __tablename__ = "journal_entries"
    #: the sales of a day, for reports
    __table_args__ = (Index("ix_journal_entries_kind_at", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(enum_type(EntryKind))
    unique_key: Mapped[str] = mapped_column(String(80), unique=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(200), default="")


class Posting(Base):
    """``account`` is ``funds:<provider>``, ``supplier_due:<s>``, ``freight_due:<s>``, ``platform_fee``,
    ``outlet_fee:<o>``, ``subsidy:<bearer>``, ``stray:<provider>``, ``disputed:<provider>``, ``dispute_loss:<s>``,
    ``household_cost:<s>`` or ``household_income:<h>:<state>``. The columns beside it repeat its parts for indexes.

    ``line_income_id`` ties an income posting to the frozen share it moves.
    """

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("fen <> 0", name="not_zero"),
        Index("ix_postings_account", "account"),
        Index("ix_postings_household_state", "household_id", "income_state", "supplier_id"),
        Index("ix_postings_supplier_state", "supplier_id", "income_state", "household_id", "line_income_id"),
        # with what the self-check sums by them, so that it reads no row for it
        Index("ix_postings_kind_at", "account_kind", "at", "supplier_id", "income_state", "fen", "order_id"),
        Index("ix_postings_line_income", "line_income_id", "income_state", "fen", "entry_id"),
        Index("ix_postings_entry_id", "entry_id", "account_kind", "fen"),
        Index("ix_postings_order_id", "order_id", "fen"),
        Index("ix_postings_line_id", "line_id", "account_kind", "fen", "entry_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[str] = mapped_column(String(80))
    account_kind: Mapped[str] = mapped_column(String(30))
    fen: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    income_state: Mapped[IncomeState | None] = mapped_column(enum_type(IncomeState))
    line_income_id: Mapped[int | None] = mapped_column(ForeignKey("line_incomes.id"))


class IncomeDue(Base):
    """What of a share is confirmed and not paid on: the ledger's sum, kept beside it so that asking who waits for money
    does not read all that was ever confirmed. Written by ``orders.ledger.commands`` only; the self-check compares it.

    ``since``: when the share was first confirmed.
    """

    __tablename__ = "income_dues"
    __table_args__ = (
        CheckConstraint("fen > 0", name="fen"),
        Index("ix_income_dues_supplier", "supplier_id", "household_id", "fen", "since"),
    )

    line_income_id: Mapped[int] = mapped_column(ForeignKey("line_incomes.id"), primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    fen: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Correction(Base):
    """``fen`` of one order moved from the account of ``source`` to that of ``target``, by two people. The entry is
    ``correction:<id>``."""

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("fen > 0 AND source <> target", name="move"),
        CheckConstraint("state <> 'posted' OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[CorrectionState] = mapped_column(enum_type(CorrectionState), index=True)
    source: Mapped[AccountKind] = mapped_column(enum_type(AccountKind, "_source"))
    target: Mapped[AccountKind] = mapped_column(enum_type(AccountKind, "_target"))
    fen: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_note: Mapped[str] = mapped_column(String(200), default="")


class ClosedMonth(Base):
    """A month whose books are shut: a trigger refuses entries before ``ends_at``. ``month`` is ``2026-11``."""

    __tablename__ = "closed_months"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entries: Mapped[int]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClosedMonthSum(Base):
    """What a closed month moved on accounts of one kind (of one state, for households' income); "" where none."""

    __tablename__ = "closed_month_sums"
    __table_args__ = (UniqueConstraint("month", "account_kind", "income_state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(ForeignKey("closed_months.month"))
    account_kind: Mapped[str] = mapped_column(String(30))
    income_state: Mapped[str] = mapped_column(String(40), default="")
    debit_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int] = mapped_column(BigInteger)
