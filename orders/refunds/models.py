"""Refunds by line and quantity."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.refunds.rules import RefundCause, RefundKind
from orders.refunds.workflow import RefundState


class Refund(Base):
    """``amount_fen`` = goods of its lines + freight."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_fen = goods_fen + freight_fen AND amount_fen >= 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[RefundKind] = mapped_column(enum_type(RefundKind))
    state: Mapped[RefundState] = mapped_column(enum_type(RefundState), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    goods_fen: Mapped[int]
    freight_fen: Mapped[int] = mapped_column(default=0)
    amount_fen: Mapped[int]
    cause: Mapped[RefundCause] = mapped_column(enum_type(RefundCause), default=RefundCause.OTHER)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: Asked for after the after-sales window: silence does not grant it.
    needs_consent: Mapped[bool] = mapped_column(default=False)
    #: By when buyer or supplier, whoever's turn it is, must have answered, sent the goods back or looked at them; the
    #: platform's own day is reckoned from ``appealed_at`` (``rules.ruling_due_on``).
    answer_due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decision_note: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Where the goods go back to, said when the return was accepted, and how they travel.
    return_to: Mapped[str | None] = mapped_column(EncryptedText)
    return_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_carrier: Mapped[str] = mapped_column(String(30), default="", server_default="")
    return_tracking: Mapped[str] = mapped_column(String(40), default="", server_default="")
    sent_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The buyer's word to the platform, once, and the platform's.
    appeal: Mapped[str] = mapped_column(String(300), default="", server_default="")
    appealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ruling: Mapped[str] = mapped_column(String(300), default="", server_default="")
    ruled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ruled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class RefundLine(Base):
    """``restock``: the goods came back sellable (None until decided; False: spoiled)."""

    __tablename__ = "refund_lines"
    __table_args__ = (CheckConstraint("units > 0", name="units"), UniqueConstraint("refund_id", "line_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    units: Mapped[int]
    goods_fen: Mapped[int]
    restock: Mapped[bool | None]


class RefundPhoto(Base):
    """A picture the buyer showed; for the two parties and whoever decides between them."""

    __tablename__ = "refund_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"), index=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
