"""What waits for a supplier and what its day looks like. Amounts are fen, straight from the ledger's postings."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select

from catalog.products.models import Listing, Sku
from catalog.products.workflow import ListingState
from catalog.stock.models import StockRow
from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import SupplierPaper
from marketplace.parties.paper_queries import in_use_clause
from orders.fulfilment import desk
from orders.fulfilment.deadlines import due_until, ship_due
from orders.fulfilment.desk import SupplierOrderRow
from orders.ledger.models import Posting
from orders.ledger.queries import OrderMoney
from orders.ledger.rules import FEE_KINDS, GOODS_KINDS, AccountKind
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.refunds.models import Refund
from orders.refunds.workflow import RefundState

TO_SHIP = (OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED)
LOW_STOCK = 5
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait and when the first of them falls due."""

    count: int
    first_due: datetime | None


def orders_to_ship(supplier_id: int, within: timedelta) -> tuple[Waiting, Waiting]:
    """(late, in time): orders whose parcel is due ``within`` after payment, or on the day a pre-sale promised."""
    late = due_until(clock.now(), within).label(
        "late"
    )  # by name: PostgreSQL takes a repeated parameter for another one
    ordinary = case((Order.ship_by.is_(None), Order.paid_at))
    rows = db.session.execute(
        select(late, func.count(), func.min(ordinary), func.min(Order.ship_by))
        .where(Order.supplier_id == supplier_id, Order.state.in_(TO_SHIP), Order.visit_on.is_(None))
        .group_by(late)
    )
    found = {
        bool(is_late): Waiting(count, _first_due(paid_at, ship_by, within))
        for is_late, count, paid_at, ship_by in rows
    }
    nothing = Waiting(0, None)
    return found.get(True, nothing), found.get(False, nothing)


def _first_due(paid_at: datetime | None, ship_by: date | None, within: timedelta) -> datetime | None:
    """The nearer of what ordinary orders and pre-sold ones wait for."""
    dues = [paid_at + within] if paid_at is not None else []
    if ship_by is not None:
        dues.append(clock.local_day_start(ship_by + timedelta(days=1)))
    return min(dues, default=None)


def refunds_to_answer(supplier_id: int) -> Waiting:
    count, first = db.session.execute(
        select(func.count(), func.min(Refund.answer_due_at))
        .join(Order, Order.id == Refund.order_id)
        .where(
            Order.supplier_id == supplier_id,
            Refund.state.in_((RefundState.REQUESTED, RefundState.SENT_BACK)),
        )
    ).one()
    return Waiting(count, first)


def applications_open(supplier_id: int) -> dict[ApplicationState, tuple[int, str]]:
    """(how many, name of one) by state, of those that wait for the supplier itself."""
    rows = db.session.execute(
        select(Application.state, func.count(), func.min(DeclaredProduct.name))
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(
            Application.supplier_id == supplier_id,
            Application.state.in_((ApplicationState.DRAFT, ApplicationState.RETURNED)),
        )
        .group_by(Application.state)
    )
    return {state: (count, name) for state, count, name in rows}


def papers_running_out(supplier_id: int, until: date) -> tuple[int, date | None]:
    """How many papers in use end by that day, and the first of those days."""
    count, first = db.session.execute(
        select(func.count(), func.min(SupplierPaper.expires_on)).where(
            SupplierPaper.supplier_id == supplier_id, SupplierPaper.expires_on <= until, in_use_clause()
        )
    ).one()
    return count, first


def money_between(supplier_id: int, since: datetime, until: datetime) -> OrderMoney:
    """What the supplier's paid orders brought in a period, refunds taken off in the period they happened."""
    kinds = (*GOODS_KINDS, AccountKind.FREIGHT_DUE, AccountKind.HOUSEHOLD_COST)
    rows = db.session.execute(
        select(Posting.account_kind, func.sum(Posting.fen))
        .join(Order, Order.id == Posting.order_id)
        .where(
            Order.supplier_id == supplier_id,
            Posting.account_kind.in_(kinds),
            Posting.at >= since,
            Posting.at < until,
        )
        .group_by(Posting.account_kind)
    )
    sums: dict[str, int] = defaultdict(int, {kind: int(fen) for kind, fen in rows})
    supplier, freight = -sums[AccountKind.SUPPLIER_DUE], -sums[AccountKind.FREIGHT_DUE]
    fee = -sum(sums[kind] for kind in FEE_KINDS)
    return OrderMoney(supplier + freight + fee, supplier, freight, fee, sums[AccountKind.HOUSEHOLD_COST])


def paid_orders(supplier_id: int, since: datetime) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Order)
            .where(Order.supplier_id == supplier_id, Order.paid_at >= since)
        )
        or 0
    )


def shipping_list(supplier_id: int, within: timedelta) -> list[SupplierOrderRow]:
    """The orders to ship first, by when they are due."""
    rows = [row for which in desk.TO_SHIP for row in desk.supplier_orders(supplier_id, which, limit=SHOWN)]
    return sorted(
        rows, key=lambda row: (ship_due(row.paid_at or row.placed_at, row.ship_by, within), row.id)
    )[:SHOWN]


def low_stock(supplier_id: int) -> list[tuple[int, str, str, int]]:
    """(listing id, title, packing, units left) of what is on sale and nearly gone, the scarcest first."""
    left = func.coalesce(func.sum(StockRow.available), 0)
    rows = db.session.execute(
        select(Listing.id, Listing.title, Sku.name, left)
        .join(Sku, Sku.listing_id == Listing.id)
        .outerjoin(StockRow, StockRow.sku_id == Sku.id)
        .where(Listing.supplier_id == supplier_id, Listing.state == ListingState.ON_SALE, Sku.is_active)
        .group_by(Listing.id, Listing.title, Sku.id, Sku.name)
        .having(left <= LOW_STOCK)
        .order_by(left, Sku.id)
        .limit(5)
    )
    return [(listing_id, title, name, int(units)) for listing_id, title, name, units in rows]
