"""Disbursements: a supplier pays one household a fixed list of confirmed incomes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.settlement.workflow import DisbursementState


class Disbursement(Base):
    """``amount_fen`` = Σ of its rows; ``voucher_number`` is the bank's."""

    __tablename__ = "disbursements"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_disbursements_household", "household_id", "state"),
        Index("ix_disbursements_supplier", "supplier_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    state: Mapped[DisbursementState] = mapped_column(enum_type(DisbursementState))
    amount_fen: Mapped[int]
    paid_on: Mapped[date]
    voucher_number: Mapped[str] = mapped_column(String(60))
    voucher_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounce_reason: Mapped[str | None] = mapped_column(String(200))
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DisbursementRow(Base):
    """One frozen share paid in full for what of it was confirmed; a bounce frees it for the next disbursement."""

    __tablename__ = "disbursement_rows"
    __table_args__ = (
        UniqueConstraint("disbursement_id", "line_income_id"),
        CheckConstraint("fen > 0", name="fen"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    disbursement_id: Mapped[int] = mapped_column(ForeignKey("disbursements.id"))
    line_income_id: Mapped[int] = mapped_column(ForeignKey("line_incomes.id"), index=True)
    fen: Mapped[int]
