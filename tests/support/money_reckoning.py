"""What a shop's money and stock must be, reckoned in plain Python from what was done, and compared with the database."""

from dataclasses import dataclass, field

from sqlalchemy import func, select

from catalog.stock.models import StockRow
from marketplace.kernel.db import db
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.models import MoneyReturn, Payment
from orders.payments.workflow import MoneyReturnState
from tests.support.money_world import Packing

PLACED, RELEASED, MOVING, CANCELLED = "placed", "released", "moving", "cancelled"
_STATES = {
    OrderState.PLACED: PLACED,
    OrderState.RELEASED: RELEASED,
    OrderState.CANCELLED: CANCELLED,
}


@dataclass
class Shelf:
    """The units of one SKU; what is available follows."""

    received: int
    adjusted: int = 0
    reserved: int = 0
    sold: int = 0
    restocked: int = 0

    @property
    def available(self) -> int:
        return self.received + self.restocked - self.sold + self.adjusted - self.reserved


@dataclass
class Line:
    """``paid_fen`` is the buyer's part of it."""

    id: int
    sku: int
    units: int
    paid_fen: int
    shipped: int = 0
    refunded: int = 0

    def part_fen(self, units: int) -> int:
        """What the buyer gets back for ``units`` more: differences of one rounded-down line."""
        upto = self.paid_fen * (self.refunded + units) // self.units
        return upto - self.paid_fen * self.refunded // self.units


@dataclass
class OrderBook:
    id: int
    number: str
    supplier: int
    checkout: int
    total_fen: int
    freight_fen: int
    is_fetched: bool
    lines: dict[int, Line]
    state: str = PLACED
    captured: int = 0
    refunded: int = 0
    disputed: int = 0

    def left(self) -> dict[int, int]:
        """{line: units not refunded}"""
        return {
            line.id: line.units - line.refunded for line in self.lines.values() if line.units > line.refunded
        }


@dataclass
class Claim:
    """A refund somebody asked for."""

    id: int
    order: OrderBook
    units: dict[int, int]
    is_open: bool = True


@dataclass
class Books:
    """The reckoning: everything is written here a second time."""

    packings: dict[int, Packing]
    shelves: dict[int, Shelf] = field(default_factory=dict)
    orders: dict[int, OrderBook] = field(default_factory=dict)
    checkouts: dict[str, list[int]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    stray_fen: int = 0

    def __post_init__(self) -> None:
        self.shelves = {each.sku: Shelf(each.units) for each in self.packings.values()}

    def place(self, token: str, units: dict[int, int], off_fen: int) -> None:
        """A checkout was placed; the same token again changes nothing."""
        if token in self.checkouts:
            return
        rows = db.session.scalars(
            select(Order)
            .join(Checkout, Checkout.id == Order.checkout_id)
            .where(Checkout.token == token)
            .order_by(Order.id)
        ).all()
        for row in rows:
            self.orders[row.id] = OrderBook(
                row.id,
                row.number,
                row.supplier_id,
                row.checkout_id,
                row.total_fen,
                row.freight_fen,
                row.pickup_outlet_id is not None,
                _lines(row.id),
            )
        placed = [self.orders[row.id] for row in rows]
        self.checkouts[token] = [order.id for order in placed]
        goods = sum(self.packings[sku].price_fen * count for sku, count in units.items())
        freight = sum(order.freight_fen for order in placed)
        assert sum(order.total_fen for order in placed) == goods + freight - off_fen, "I6"
        for order in placed:
            assert sum(line.paid_fen for line in order.lines.values()) + order.freight_fen == order.total_fen
        taken = {line.sku: line.units for order in placed for line in order.lines.values()}
        assert taken == units
        for sku, count in units.items():
            self.shelves[sku].reserved += count
            assert self.shelves[sku].available >= 0, "sold more than there is"

    def capture(self, order: OrderBook, fen: int) -> None:
        """Money arrived for an order: kept while it waits for it, else it goes back."""
        if order.state != PLACED:
            self.stray_fen += fen
            return
        assert fen == order.total_fen, "I6"
        order.state, order.captured = RELEASED, fen
        for line in order.lines.values():
            self.shelves[line.sku].reserved -= line.units
            self.shelves[line.sku].sold += line.units

    def release(self, order: OrderBook) -> None:
        """An unpaid order gives back what it held."""
        order.state = CANCELLED
        for line in order.lines.values():
            self.shelves[line.sku].reserved -= line.units

    def cancel(self, order: OrderBook) -> None:
        if order.state == PLACED:
            self.release(order)
            return
        assert order.state == RELEASED, "cancelled after the first parcel"
        for claim in self.open_claims(order):
            claim.is_open = False
        self.give_back(order, order.left(), set())
        order.state = CANCELLED

    def open_claims(self, order: OrderBook) -> list[Claim]:
        return [claim for claim in self.claims if claim.is_open and claim.order is order]

    def give_back(self, order: OrderBook, units: dict[int, int], sellable: set[int]) -> None:
        """Units go back to the shelf and their money to the buyer; with everything, before a parcel, the freight."""
        unshipped = order.state == RELEASED
        fen = 0
        for line_id, count in sorted(units.items()):
            line, shelf = order.lines[line_id], self.shelves[order.lines[line_id].sku]
            in_house = line.units - line.shipped - line.refunded >= count
            fen += line.part_fen(count)
            line.refunded += count
            shelf.restocked += count
            if not (unshipped or in_house or line_id in sellable):
                shelf.adjusted -= count
        if unshipped and not order.left():
            fen += order.freight_fen
            order.state = CANCELLED
        assert fen <= order.captured - order.refunded - order.disputed, "I5: more back than was kept"
        order.refunded += fen

    def ship(self, order: OrderBook, units: dict[int, int]) -> None:
        for line_id, count in units.items():
            line = order.lines[line_id]
            line.shipped += count
            assert line.shipped + line.refunded <= line.units, "shipped what was not there"
        order.state = MOVING

    def differences(self) -> list[str]:
        """Where the database says something else."""
        return [*self._of_orders(), *self._of_shelves(), *self._of_ledger()]

    def _of_orders(self) -> list[str]:
        rows = db.session.execute(
            select(Order, Payment).join(Payment, Payment.order_id == Order.id).order_by(Order.id)
        ).all()
        found = [] if {order.id for order, _ in rows} == self.orders.keys() else ["orders are missing"]
        for row, payment in rows:
            order = self.orders[row.id]
            is_ = (
                _STATES.get(row.state, MOVING),
                payment.captured_fen,
                payment.refunded_fen,
                payment.disputed_fen,
            )
            should = (order.state, order.captured, order.refunded, order.disputed)
            if is_ != should:
                found.append(f"order {order.id} is {is_}, should be {should}")
            if not 0 <= payment.refunded_fen <= payment.captured_fen:
                found.append(f"I5: order {order.id}")
        return found

    def _of_shelves(self) -> list[str]:
        columns = ("received", "adjusted", "reserved", "sold", "restocked", "available")
        rows = db.session.execute(
            select(StockRow.sku_id, *(func.sum(getattr(StockRow, name)) for name in columns)).group_by(
                StockRow.sku_id
            )
        )
        found = []
        for sku, *counted in rows:
            should = [getattr(self.shelves[sku], name) for name in columns]
            if [int(each) for each in counted] != should:
                found.append(
                    f"I3: SKU {sku} has {dict(zip(columns, counted, strict=True))}, should have {should}"
                )
        return found

    def _of_ledger(self) -> list[str]:
        """Buyers' money by order, and stray money that has not gone back."""
        of_orders = (AccountKind.FUNDS, AccountKind.STRAY)
        sums = {
            order_id: int(fen)
            for order_id, fen in db.session.execute(
                select(Posting.order_id, func.sum(Posting.fen))
                .where(Posting.account_kind.in_(of_orders), Posting.order_id.is_not(None))
                .group_by(Posting.order_id)
            )
        }
        found = []
        for order in self.orders.values():
            should = order.captured - order.refunded - order.disputed
            if sums.get(order.id, 0) != should:
                found.append(
                    f"order {order.id} has {sums.get(order.id, 0)} fen of funds, should have {should}"
                )
        stray = db.session.scalar(
            select(func.sum(Posting.fen)).where(Posting.account_kind == AccountKind.STRAY)
        )
        returned = db.session.scalar(
            select(func.sum(MoneyReturn.amount_fen)).where(
                MoneyReturn.refund_id.is_(None), MoneyReturn.state == MoneyReturnState.DONE
            )
        )
        should = (returned or 0) - self.stray_fen
        if int(stray or 0) != should:
            found.append(f"stray money is {stray}, should be {should}")
        return found


def _lines(order_id: int) -> dict[int, Line]:
    rows = db.session.execute(
        select(OrderLine.id, OrderLine.sku_id, OrderLine.units, OrderLine.net_fen - OrderLine.subsidy_fen)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.id)
    )
    return {row[0]: Line(*row) for row in rows}
