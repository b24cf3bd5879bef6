"""The only writer of orders: what placing creates, and every step of the state table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from catalog.stock.rules import Taken
from certification.linkage.rules import IncomeShare
from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.db import db, insert_returning, insert_rows, insert_unless_there
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.numbering import new_order_number
from marketplace.kernel.transaction import transactional
from orders.ordering.events import OrderCancelled
from orders.ordering.models import Checkout, LineAllocation, LineIncome, Order, OrderEvent, OrderLine
from orders.ordering.rules import PaymentMethod, commission_outlet
from orders.ordering.workflow import ORDER, OrderState

#: what a step of the state table writes beside the state
_MOMENTS = {
    "ship_all": "shipped_at",
    "receive": "received_at",
    "redeem": "received_at",
    "lapse": "received_at",
    "complete": "completed_at",
    "cancel": "cancelled_at",
}
#: The outbox topic of what somebody waits to hear of an order. Placing is not among it: who clicked sees it at once.
TOLD_TOPIC = "orders.happened"
TOLD = frozenset(
    {
        "release",
        "ship_part",
        "ship_all",
        "cancel",
        "refund_requested",
        "refund_approved",
        "refund_rejected",
        "refund_done",
        "address_changed",
        "part_received",
        "return_accepted",
        "return_sent",
        "refund_appealed",
        "lapse",
    }
)


@dataclass(frozen=True, slots=True)
class DeliverTo:
    """Where the goods go. ``street_code`` is a town-level region; with an outlet it and ``detail`` are the outlet's."""

    recipient: str
    mobile: str
    street_code: str
    detail: str
    pickup_outlet_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One supplier's part of a checkout; amounts in fen."""

    supplier_id: int
    goods_fen: int
    freight_fen: int
    remark: str
    #: the outlet whose link brought the buyer to these goods
    channel_outlet_id: int | None = None
    discount_fen: int = 0
    subsidy_bearer: str | None = None
    #: the last day promised for what of it was sold ahead
    ship_by: date | None = None

    @property
    def total_fen(self) -> int:
        return self.goods_fen + self.freight_fen - self.discount_fen


@dataclass(frozen=True, slots=True)
class NewLine:
    """What a line freezes when it is placed; amounts in fen, weight in grams."""

    order_id: int
    sku_id: int
    listing_id: int
    product_id: int
    certificate_id: int
    agreement_id: int
    terms: dict[str, Any]
    origin_code: str
    channel_code: str
    title: str
    sku_name: str
    picture_token: str | None
    grams: int
    unit_price_fen: int
    units: int
    net_fen: int
    fee_fen: int
    income_fen: int
    after_sales_hours: int
    is_fresh: bool
    discount_fen: int = 0
    subsidy_fen: int = 0
    outlet_fee_fen: int = 0
    ship_by: date | None = None


@dataclass(frozen=True, slots=True)
class NewShare:
    """A household's frozen amount of a line, with where it lives and whether its lot was paid at receipt."""

    share: IncomeShare
    village_code: str
    paid_at_receipt: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """The day a visit is for, when it begins, and until when it may be moved or cancelled free of charge."""

    on: date
    begins_at: datetime
    free_until: datetime


@dataclass(frozen=True, slots=True)
class NewCheckout:
    """What all orders of a checkout share. An order's own ``channel_outlet_id`` goes before the checkout's."""

    token: str
    idempotency_key: str
    user_id: int | None
    payment_method: PaymentMethod
    deliver_to: DeliverTo
    reserved_until: datetime
    unit_id: int | None = None
    purchase_order_id: int | None = None
    pays_later: bool = False
    placed_outlet_id: int | None = None
    channel_outlet_id: int | None = None
    #: whose limits per buyer it counts to; None for a unit's purchase
    buyer_key: str | None = None
    visit: Visit | None = None


def commission_outlet_of(checkout: NewCheckout, order: NewOrder) -> int | None:
    """The outlet an order's commission goes to."""
    return commission_outlet(
        checkout.placed_outlet_id,
        order.channel_outlet_id or checkout.channel_outlet_id,
        checkout.deliver_to.pickup_outlet_id,
    )


@transactional
def insert_orders(checkout_id: int, checkout: NewCheckout, orders: Sequence[NewOrder]) -> list[int]:
    """One order per supplier, placed now. Returns their ids in the order given."""
    moment = clock.now()
    rows = [
        {
            "number": new_order_number(),
            "checkout_id": checkout_id,
            "supplier_id": order.supplier_id,
            "user_id": checkout.user_id,
            "buyer_key": checkout.buyer_key,
            "state": ORDER.initial,
            "payment_method": checkout.payment_method,
            "goods_fen": order.goods_fen,
            "freight_fen": order.freight_fen,
            "discount_fen": order.discount_fen,
            "total_fen": order.total_fen,
            "recipient": checkout.deliver_to.recipient,
            "mobile": checkout.deliver_to.mobile,
            "street_code": checkout.deliver_to.street_code,
            "address_detail": checkout.deliver_to.detail,
            "remark": order.remark,
            "unit_id": checkout.unit_id,
            "purchase_order_id": checkout.purchase_order_id,
            "pays_later": checkout.pays_later,
            "placed_outlet_id": checkout.placed_outlet_id,
            "pickup_outlet_id": checkout.deliver_to.pickup_outlet_id,
            "channel_outlet_id": order.channel_outlet_id or checkout.channel_outlet_id,
            "commission_outlet_id": commission_outlet_of(checkout, order),
            "subsidy_bearer": order.subsidy_bearer,
            "visit_on": checkout.visit.on if checkout.visit else None,
            "free_until": checkout.visit.free_until if checkout.visit else None,
            "placed_at": moment,
            "reserved_until": checkout.reserved_until,
            "ship_by": order.ship_by,
        }
        for order in orders
    ]
    id_of: dict[str, int] = dict(insert_returning(Order, rows, Order.number, Order.id))
    ids = [id_of[str(row["number"])] for row in rows]
    _note_placed(ids, checkout.user_id, moment)
    return ids


def _note_placed(order_ids: Sequence[int], actor_id: int | None, moment: datetime) -> None:
    insert_rows(
        OrderEvent,
        [
            {
                "order_id": order_id,
                "at": moment,
                "actor_id": actor_id,
                "action": "place",
                "from_state": None,
                "to_state": ORDER.initial,
                "note": "",
            }
            for order_id in order_ids
        ],
    )


@transactional
def insert_lines(
    lines: Sequence[NewLine], takes: Sequence[Sequence[Taken]], shares: Sequence[Sequence[NewShare]]
) -> list[int]:
    """Lines with the stock they took and what they bring whom; the three lists run side by side."""
    inserted = insert_returning(
        OrderLine,
        [{**asdict(line), "shipped_units": 0, "refunded_units": 0} for line in lines],
        OrderLine.order_id,
        OrderLine.sku_id,
        OrderLine.id,
    )
    id_of = {(order_id, sku_id): line_id for order_id, sku_id, line_id in inserted}
    ids = [id_of[line.order_id, line.sku_id] for line in lines]
    insert_rows(
        LineAllocation,
        [
            {
                "line_id": line_id,
                "stock_row_id": take.stock_row_id,
                "lot_id": take.lot_id,
                "units": take.units,
                "returned_units": 0,
            }
            for line_id, line_takes in zip(ids, takes, strict=True)
            for take in line_takes
        ],
    )
    incomes = [
        {
            "line_id": line_id,
            "household_id": new.share.household_id,
            "village_code": new.village_code,
            "mode": new.share.mode,
            "kind": new.share.kind,
            "lot_id": new.share.lot_id,
            "lot_units": new.share.lot_units,
            "paid_at_receipt": new.paid_at_receipt,
            "fen": new.share.fen,
        }
        for line_id, line_shares in zip(ids, shares, strict=True)
        for new in line_shares
    ]
    insert_rows(LineIncome, incomes)
    return ids


@transactional
def insert_checkout(checkout: NewCheckout, total_fen: int) -> int | None:
    """The checkout's row, or None when this idempotency key has one already."""
    values = {
        "token": checkout.token,
        "idempotency_key": checkout.idempotency_key,
        "user_id": checkout.user_id,
        "payment_method": checkout.payment_method,
        "total_fen": total_fen,
        "placed_at": clock.now(),
    }
    return insert_unless_there(Checkout, values, "idempotency_key")


@transactional
def apply(order_id: int, action: str, actor_id: int | None, note: str = "") -> Order:
    """Take one step of the state table. ``actor_id`` None is the system (timer, provider) or a guest.

    Returns the order, so that the caller may set the due times the step starts. Raises NotFound, IllegalTransition.
    """
    order = db.session.scalars(
        select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
    ).first()
    if order is None:
        raise NotFound
    return apply_to(order, action, actor_id, note)


def apply_to(order: Order, action: str, actor_id: int | None, note: str = "") -> Order:
    """``apply`` for who has the order locked in this very transaction."""
    order_id = order.id
    before = order.state
    order.state = ORDER.next(before, action)
    moment = clock.now()
    if action in _MOMENTS:
        setattr(order, _MOMENTS[action], moment)
    db.session.add(
        OrderEvent(
            order_id=order_id,
            at=moment,
            actor_id=actor_id,
            action=action,
            from_state=before,
            to_state=order.state,
            note=note,
        )
    )
    audit.record(
        actor_id,
        f"order.{action}",
        "order",
        order_id,
        {"from": before, "to": order.state},
        reason=note or None,
    )
    _let_know(order_id, action, actor_id, moment)
    db.session.flush()
    if order.state is OrderState.CANCELLED:
        publish(OrderCancelled(order_id))
    return order


@transactional
def add_event(order_id: int, action: str, actor_id: int | None, note: str = "") -> None:
    """A line of the timeline that is no step of the state table (paid, refund asked for, proof sent)."""
    moment = clock.now()
    db.session.add(OrderEvent(order_id=order_id, at=moment, actor_id=actor_id, action=action, note=note))
    _let_know(order_id, action, actor_id, moment)


def _let_know(order_id: int, action: str, actor_id: int | None, moment: datetime) -> None:
    """One row for the worker: whom to tell, and what, is no work for a buyer to wait for."""
    if action in TOLD:
        happened = {"order_id": order_id, "action": action, "actor_id": actor_id, "at": moment.isoformat()}
        outbox.enqueue(TOLD_TOPIC, happened)


def is_open(state: OrderState) -> bool:
    """Whether something may still happen to an order."""
    return state not in (OrderState.COMPLETED, OrderState.CANCELLED)
