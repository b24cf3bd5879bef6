"""Payments per order, the provider sessions that carry them, transfer proofs, provider events, money sent back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.payments.rules import SandboxState
from orders.payments.workflow import (
    DisputeState,
    MoneyReturnState,
    PaymentState,
    ProofState,
    ReceiptState,
    SessionState,
)


class PaymentSession(Base):
    """One online charge for all orders of a checkout. ``splits``: [{"supplier_id", "order_id", "fen"}] for the
    licensed institution to divide."""

    __tablename__ = "payment_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    checkout_id: Mapped[int] = mapped_column(ForeignKey("checkouts.id"), index=True)
    provider: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    #: The provider's name of the money it took; a second one for the same session is stray.
    charge_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[SessionState] = mapped_column(enum_type(SessionState))
    amount_fen: Mapped[int]
    splits: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: when the provider was last asked what became of it
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Payment(Base):
    """``reference`` is what a transfer must quote. ``captured_fen`` counts money kept, ``refunded_fen`` sent back of it
    (I5: 0 ≤ refunded ≤ captured)."""

    __tablename__ = "payments"
    __table_args__ = (CheckConstraint("refunded_fen BETWEEN 0 AND captured_fen", name="refunds"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    provider: Mapped[str] = mapped_column(String(20))
    state: Mapped[PaymentState] = mapped_column(enum_type(PaymentState), index=True)
    amount_fen: Mapped[int]
    captured_fen: Mapped[int] = mapped_column(default=0)
    refunded_fen: Mapped[int] = mapped_column(default=0)
    #: taken back by the bank for an open or lost dispute; what is left of the money can be refunded
    disputed_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("payment_sessions.id"), index=True)
    failure: Mapped[str | None] = mapped_column(String(80))
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TransferProof(Base):
    """A buyer's word that a bank transfer was made; finance matches it with the supplier's statement."""

    __tablename__ = "transfer_proofs"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    payer: Mapped[str] = mapped_column(String(80))
    paid_on: Mapped[date]
    amount_fen: Mapped[int]
    state: Mapped[ProofState] = mapped_column(enum_type(ProofState), index=True)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(200), default="")


class BankReceipt(Base):
    """A line of a bank statement: money that came to a seller's own account. ``holder`` is the account's, ``serial``
    the bank's number of the line, which comes once."""

    __tablename__ = "bank_receipts"
    __table_args__ = (
        UniqueConstraint("holder", "serial"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'open') = (order_id IS NULL)", name="placed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    serial: Mapped[str] = mapped_column(String(60))
    received_on: Mapped[date]
    amount_fen: Mapped[int]
    payer: Mapped[str] = mapped_column(String(80))
    memo: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[ReceiptState] = mapped_column(enum_type(ReceiptState), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


class ProviderEvent(Base):
    """The inbox: stored first, applied once. ``outcome`` says what it did."""

    __tablename__ = "provider_events"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        Index("ix_provider_events_waiting", "applied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)


class MoneyReturn(Base):
    """Money going back to a payer: for a refund, or because it came late or twice (``refund_id`` None)."""

    __tablename__ = "money_returns"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    provider: Mapped[str] = mapped_column(String(20))
    #: What the provider is to return it from; None for a bank transfer.
    charge_id: Mapped[str | None] = mapped_column(String(120))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    #: orders.refunds owns the refund; no foreign key upward
    refund_id: Mapped[int | None] = mapped_column(index=True)
    amount_fen: Mapped[int]
    state: Mapped[MoneyReturnState] = mapped_column(enum_type(MoneyReturnState), index=True)
    reason: Mapped[str] = mapped_column(String(80))
    #: The provider's number of the return, or the bank's voucher number.
    external_id: Mapped[str | None] = mapped_column(String(120))
    failure: Mapped[str | None] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Dispute(Base):
    """A card holder's complaint about a charge, as the bank tells it."""

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        CheckConstraint("fen > 0", name="fen"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(120))
    session_id: Mapped[int] = mapped_column(ForeignKey("payment_sessions.id"), index=True)
    state: Mapped[DisputeState] = mapped_column(enum_type(DisputeState), index=True)
    fen: Mapped[int]
    reason: Mapped[str] = mapped_column(String(60), default="")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DisputePart(Base):
    """What of a dispute falls on one order of its charge."""

    __tablename__ = "dispute_parts"
    __table_args__ = (UniqueConstraint("dispute_id", "order_id"), CheckConstraint("fen > 0", name="fen"))

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    fen: Mapped[int]


class SandboxCharge(Base):
    """What the sandbox's bank knows: its own truth, never read by the shop except through the provider.

    ``returns``: {idempotency key: {"id", "fen"}}. ``events`` counts the notices made of it, so that each has its name.
    """

    __tablename__ = "sandbox_charges"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(String(120), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    amount_fen: Mapped[int]
    state: Mapped[SandboxState] = mapped_column(enum_type(SandboxState))
    charge_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    #: where the buyer goes afterwards
    return_url: Mapped[str] = mapped_column(String(500))
    returns: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    events: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
