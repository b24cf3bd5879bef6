"""Checkout → one order per supplier → lines, with everything a line froze when it was placed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from certification.linkage.rules import IncomeKind, LinkageMode
from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState


class Checkout(Base):
    """One click, one confirmation. ``idempotency_key`` comes with the form; ``token`` names it in URLs and is the
    guest's secret."""

    __tablename__ = "checkouts"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    payment_method: Mapped[PaymentMethod] = mapped_column(enum_type(PaymentMethod))
    total_fen: Mapped[int]
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Order(Base):
    """All amounts in fen; ``total_fen`` = goods + freight − discount, the discount being all its lines were lowered
    by. ``reserved_until`` is when unpaid stock is freed; ``auto_receive_at`` and ``complete_at`` are the timers' due
    times."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "total_fen = goods_fen + freight_fen - discount_fen AND total_fen >= 0", name="total"
        ),
        Index("ix_orders_supplier_state", "supplier_id", "state", "placed_at"),
        Index("ix_orders_buyer", "user_id", "placed_at"),
        Index("ix_orders_buyer_key", "buyer_key", "placed_at"),
        Index("ix_orders_reserved_until", "state", "reserved_until"),
        Index("ix_orders_auto_receive", "state", "auto_receive_at"),
        Index("ix_orders_complete", "state", "complete_at"),
        Index(
            "ix_orders_visit_on",
            "visit_on",
            sqlite_where=text("visit_on IS NOT NULL"),
            postgresql_where=text("visit_on IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    checkout_id: Mapped[int] = mapped_column(ForeignKey("checkouts.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: Whose orders are counted together where a packing is limited per buyer (``orders.coupons.queries.holder_of``):
    #: a member, or a guest's number, which can't be read from it. None for a unit's purchase, which no limit counts.
    buyer_key: Mapped[str | None] = mapped_column(String(70))
    state: Mapped[OrderState] = mapped_column(enum_type(OrderState))
    payment_method: Mapped[PaymentMethod] = mapped_column(enum_type(PaymentMethod))
    goods_fen: Mapped[int]
    freight_fen: Mapped[int]
    discount_fen: Mapped[int] = mapped_column(default=0)
    total_fen: Mapped[int]
    recipient: Mapped[str] = mapped_column(EncryptedText)
    mobile: Mapped[str] = mapped_column(EncryptedText)
    street_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    address_detail: Mapped[str] = mapped_column(EncryptedText)
    remark: Mapped[str] = mapped_column(String(200), default="")
    #: The partner unit whose plan it counts to, and the purchase order it came from.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("partner_units.id"), index=True)
    purchase_order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_orders.id"), index=True)
    #: 先货后款: released when approved, its income expected and not posted until it is paid.
    pays_later: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: What an outlet had to do with it: ordered for a villager, hands it over, brought the buyer.
    placed_outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"), index=True)
    pickup_outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"), index=True)
    channel_outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"), index=True)
    #: Whose commission its lines carry (``rules.commission_outlet``), and who bears what ``subsidy_fen`` of them says.
    commission_outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))
    subsidy_bearer: Mapped[str | None] = mapped_column(String(20))
    #: A visit: the day it is for, and until when it may be moved or cancelled free of charge. The address is the place.
    visit_on: Mapped[date | None]
    free_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reserved_until: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last day promised for its pre-sold lines, the latest of theirs; None: so many hours after it is paid.
    ship_by: Mapped[date | None]
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    auto_receive_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last day to pay what was delivered first, told when everything is accepted.
    pay_due_on: Mapped[date | None]
    complete_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrderLine(Base):
    """Frozen when placed: price, net, certificate version, terms, origin, channel, after-sales window, picture.

    ``net_fen`` = price × units − ``discount_fen`` (what the supplier bears). ``subsidy_fen`` of it is paid by platform
    or government, the rest by the buyer. ``fee_fen`` is what the supplier gives for being sold here, of which
    ``outlet_fee_fen`` to an outlet, the rest to the platform; ``income_fen`` Σ of the line's household incomes ≤ net −
    fee.
    ``shipped_units``, ``refunded_units`` count what happened since.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("units > 0 AND refunded_units BETWEEN 0 AND units", name="units"),
        CheckConstraint("shipped_units BETWEEN 0 AND units", name="shipped"),
        CheckConstraint("income_fen >= 0 AND income_fen + fee_fen <= net_fen", name="income_within_net"),
        CheckConstraint("discount_fen >= 0 AND subsidy_fen BETWEEN 0 AND net_fen", name="discounts"),
        CheckConstraint("outlet_fee_fen BETWEEN 0 AND fee_fen", name="outlet_fee"),
        Index("ix_order_lines_product", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), index=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("declared_products.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("linkage_agreements.id"))
    #: The agreement as it was, with the hours that divided the wages: ``SaleTerms.to_json``. Lines of before 0003 hold
    #: a list of modes alone; their shares are in ``LineIncome``, which is what every figure is read from.
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    origin_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    channel_code: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(60))
    sku_name: Mapped[str] = mapped_column(String(60))
    picture_token: Mapped[str | None] = mapped_column(String(40))
    grams: Mapped[int]
    unit_price_fen: Mapped[int]
    units: Mapped[int]
    net_fen: Mapped[int]
    fee_fen: Mapped[int]
    discount_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    subsidy_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    outlet_fee_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    income_fen: Mapped[int]
    after_sales_hours: Mapped[int]
    is_fresh: Mapped[bool]
    #: The last day it was promised to be shipped on, where it was sold ahead.
    ship_by: Mapped[date | None]
    shipped_units: Mapped[int] = mapped_column(default=0)
    refunded_units: Mapped[int] = mapped_column(default=0)


class LineAllocation(Base):
    """Which stock a line took, frozen. ``returned_units`` went back to the row or were spoiled."""

    __tablename__ = "line_allocations"
    __table_args__ = (
        CheckConstraint("units > 0 AND returned_units BETWEEN 0 AND units", name="units"),
        UniqueConstraint("line_id", "stock_row_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    stock_row_id: Mapped[int] = mapped_column(ForeignKey("stock_rows.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("supply_lots.id"), index=True)
    units: Mapped[int]
    returned_units: Mapped[int] = mapped_column(default=0)


class LineIncome(Base):
    """What a line brings one household in one mode (and lot), frozen when placed; Σ over a line = its ``income_fen``.

    ``lot_units`` is how many of the line's units came from the lot (None where no lot). What became of the amount is
    told by the ledger, not here.
    """

    __tablename__ = "line_incomes"
    __table_args__ = (
        CheckConstraint("fen >= 0", name="fen"),
        Index("uq_line_incomes_part", "line_id", "household_id", "mode", "lot_id", unique=True),
        Index("ix_line_incomes_household", "household_id"),
        Index("ix_line_incomes_village", "village_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    village_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    mode: Mapped[LinkageMode] = mapped_column(enum_type(LinkageMode))
    kind: Mapped[IncomeKind] = mapped_column(enum_type(IncomeKind))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("supply_lots.id"), index=True)
    lot_units: Mapped[int | None]
    #: The lot was paid for at receipt: confirmed income is disbursed at once.
    paid_at_receipt: Mapped[bool] = mapped_column(default=False)
    fen: Mapped[int]


class OrderEvent(Base):
    """One edge of the state table, or something else worth a line in the timeline. Append-only."""

    __tablename__ = "order_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[OrderState | None] = mapped_column(enum_type(OrderState, "_from"))
    to_state: Mapped[OrderState | None] = mapped_column(enum_type(OrderState, "_to"))
    note: Mapped[str] = mapped_column(Text, default="")
