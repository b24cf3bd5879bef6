"""Journal entries and postings: debit +, credit −, Σ = 0 per entry. Triggers refuse UPDATE and DELETE."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.ledger.rules import EntryKind, IncomeState


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
    ``household_cost:<s>`` or ``household_income:<h>:<state>``. The columns beside it repeat its parts for indexes.

    ``line_income_id`` ties an income posting to the frozen share it moves.
    """

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("fen <> 0", name="not_zero"),
        Index("ix_postings_account", "account"),
        Index("ix_postings_household_state", "household_id", "income_state", "supplier_id"),
        Index("ix_postings_supplier_state", "supplier_id", "income_state", "household_id", "line_income_id"),
        Index("ix_postings_kind_at", "account_kind", "at"),
        Index("ix_postings_line_income", "line_income_id", "income_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[str] = mapped_column(String(80))
    account_kind: Mapped[str] = mapped_column(String(30))
    fen: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    income_state: Mapped[IncomeState | None] = mapped_column(enum_type(IncomeState))
    line_income_id: Mapped[int | None] = mapped_column(ForeignKey("line_incomes.id"))
