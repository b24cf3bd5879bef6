"""Disbursements (a supplier pays one household a fixed list of confirmed incomes) and suppliers' settlement bills."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.settlement.bill_rules import SettlementPeriod
from orders.settlement.workflow import BillState, DisbursementState


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


class SettlementTerms(Base):
    """How often a supplier gets its bill, where it is not by month."""

    __tablename__ = "settlement_terms"

    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), primary_key=True)
    period: Mapped[SettlementPeriod] = mapped_column(enum_type(SettlementPeriod))


class SettlementBill(Base):
    """What a period moved between buyers, platform and one supplier, frozen from the ledger (``bill_rules.BillSums``):
    goods + freight = received + subsidy + disputed."""

    __tablename__ = "settlement_bills"
    __table_args__ = (
        UniqueConstraint("supplier_id", "first_day"),
        CheckConstraint("first_day <= last_day AND starts_at < ends_at", name="period"),
        CheckConstraint("settle_fen = subsidy_fen - fee_fen - outlet_fee_fen", name="settle"),
        CheckConstraint(
            "goods_fen + freight_fen = received_fen + subsidy_fen + disputed_fen", name="balance"
        ),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled"),
        Index("ix_settlement_bills_state", "state", "id"),
        Index("ix_settlement_bills_supplier", "supplier_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    state: Mapped[BillState] = mapped_column(enum_type(BillState))
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    received_fen: Mapped[int] = mapped_column(BigInteger)
    subsidy_fen: Mapped[int] = mapped_column(BigInteger)
    disputed_fen: Mapped[int] = mapped_column(BigInteger)
    fee_fen: Mapped[int] = mapped_column(BigInteger)
    outlet_fee_fen: Mapped[int] = mapped_column(BigInteger)
    settle_fen: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    objection: Mapped[str] = mapped_column(String(300), default="")
    answer: Mapped[str] = mapped_column(String(300), default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    paid_on: Mapped[date | None]
    voucher_number: Mapped[str] = mapped_column(String(60), default="")
