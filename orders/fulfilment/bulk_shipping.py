"""Many parcels at once: a table of what is to be shipped goes out, comes back with carriers and numbers.

Every row is one whole order; what has to be split into parcels is shipped on its own page.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import error_text
from marketplace.kernel.spreadsheets import Column, Sheet, at_most, one_of, read_sheet
from marketplace.regions.queries import full_names_of
from orders.fulfilment.carriers import carriers
from orders.fulfilment.commands import ship
from orders.ordering.models import Order
from orders.ordering.queries import lines_of
from orders.ordering.workflow import OrderState
from orders.refunds.rules import left_to_ship

MOST = 500
TO_SHIP = (OrderState.RELEASED, OrderState.PARTIALLY_SHIPPED)
HEADER = ("订单号", "收件人", "手机号", "地址", "货", "买家留言", "快递公司", "运单号")
COLUMNS = (
    Column("number", "订单号", at_most(24)),
    Column(
        "carrier", "快递公司", one_of({name: name for name in carriers()}), required=False, must_stand=True
    ),
    Column("tracking", "运单号", at_most(40), required=False, must_stand=True),
)


def to_ship_rows(supplier_id: int) -> Iterator[list[object]]:
    """What waits for a parcel, the oldest first, at most ``MOST``; carrier and number are left to fill in."""
    orders = db.session.scalars(
        select(Order)
        .where(Order.supplier_id == supplier_id, Order.state.in_(TO_SHIP), Order.visit_on.is_(None))
        .order_by(Order.placed_at, Order.id)
        .limit(MOST)
    ).all()
    goods: dict[int, list[str]] = {order.id: [] for order in orders}
    for line in lines_of(list(goods)):
        left = left_to_ship(line.units, line.shipped_units, line.refunded_units)
        if left:
            goods[line.order_id].append(f"{line.title} {line.sku_name} × {left}")
    places = full_names_of({order.street_code for order in orders})
    for order in orders:
        place = f"{places.get(order.street_code, '')} {order.address_detail}"
        yield [
            order.number,
            order.recipient,
            order.mobile,
            place,
            "；".join(goods[order.id]),
            order.remark,
            "",
            "",
        ]


@dataclass(frozen=True, slots=True)
class Shipped:
    """``errors`` of the sheet name every row that was not shipped, and why. ``shared`` are numbers that several rows
    have: goods of one buyer in one parcel, or a cell that was copied down."""

    sheet: Sheet
    parcels: int
    shared: tuple[str, ...] = ()


def ship_table(actor: Actor, supplier_id: int, data: bytes) -> Shipped:
    """Ship every row that has a number; rows without one are left for later. Each order is shipped by itself, so that
    one wrong row keeps nobody else's parcel from being written down. Raises InvalidInput at ``file``."""
    sheet = read_sheet(data, COLUMNS)
    numbers = {str(row.values["number"]) for row in sheet.rows}
    ids = dict(
        db.session.execute(
            select(Order.number, Order.id).where(Order.supplier_id == supplier_id, Order.number.in_(numbers))
        ).all()
    )
    seen: set[str] = set()
    tracked: Counter[str] = Counter()
    for row in sheet.rows:
        number, carrier, tracking = (row.values.get(key) for key in ("number", "carrier", "tracking"))
        if not tracking:
            continue
        if not carrier:
            sheet.refuse(row.number, "快递公司", "有运单号，请选快递公司")
        elif number not in ids:
            sheet.refuse(row.number, "订单号", "没有这个订单")
        elif number in seen:
            sheet.refuse(row.number, "订单号", "这个订单前面已经有一行了")
        else:
            seen.add(number)
            if _ship(actor, sheet, row.number, ids[number], carrier, tracking):
                tracked[tracking] += 1
    return Shipped(sheet, tracked.total(), tuple(each for each, times in tracked.items() if times > 1))


def _ship(actor: Actor, sheet: Sheet, row: int, order_id: int, carrier: str, tracking: str) -> bool:
    left = {
        line.id: left_to_ship(line.units, line.shipped_units, line.refunded_units)
        for line in lines_of(order_id)
    }
    try:
        ship(actor, order_id, carrier, tracking, left)
    except DomainError as error:
        sheet.refuse(row, "订单号", error_text(error))
        return False
    return True
