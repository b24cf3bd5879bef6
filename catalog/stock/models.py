"""Units on hand: one row per SKU and lot (or none), and every movement."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.stock.rules import MovementKind
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class StockRow(Base):
    """Invariant I3: received + restocked − sold + adjusted = available + reserved, each ≥ 0 (adjusted signed).

    ``booked_income_fen`` is what live order lines froze of the lot's agreed total, so that the last unit sold brings
    the household the last fen.
    """

    __tablename__ = "stock_rows"
    __table_args__ = (
        CheckConstraint(
            "available >= 0 AND reserved >= 0 AND sold >= 0 AND received >= 0 AND restocked >= 0",
            name="not_negative",
        ),
        CheckConstraint("received + restocked - sold + adjusted = available + reserved", name="balance"),
        Index("uq_stock_rows_sku_lot", "sku_id", "lot_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("supply_lots.id"), unique=True)
    received: Mapped[int] = mapped_column(default=0)
    restocked: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)
    adjusted: Mapped[int] = mapped_column(default=0)
    available: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    booked_income_fen: Mapped[int] = mapped_column(default=0)


class StockMovement(Base):
    """Append-only. ``units`` is signed for adjust, negative for a sale that is taken back, positive otherwise."""

    __tablename__ = "stock_movements"

    id: Mapped[int] = mapped_column(primary_key=True)
    stock_row_id: Mapped[int] = mapped_column(ForeignKey("stock_rows.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(enum_type(MovementKind))
    units: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
