"""Reading refunds: of an order, of a supplier. Those the platform has to decide are in ``cases``."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.media import Media
from orders.ordering.models import Order, OrderLine
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer
from orders.refunds.models import Refund, RefundLine, RefundPhoto
from orders.refunds.parameters import RULING_DAYS
from orders.refunds.rules import FAULTS, RefundCause, RefundKind, ruling_due_on
from orders.refunds.workflow import OPEN, RefundState


def pending_units(order_id: int) -> dict[int, int]:
    """Units by line that open requests ask for."""
    rows = db.session.execute(
        select(RefundLine.line_id, func.sum(RefundLine.units))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.state.in_(OPEN))
        .group_by(RefundLine.line_id)
    )
    return {line_id: int(units) for line_id, units in rows}


def has_open_refund(order_id: int) -> bool:
    """Whether a request waits for somebody's word or for goods."""
    open_one = select(Refund.id).where(Refund.order_id == order_id, Refund.state.in_(OPEN)).limit(1)
    return db.session.scalar(open_one) is not None


def require_buyers_refund(buyer: Buyer, order_number: str, refund_id: int) -> Refund:
    """Raises NotFound for one of somebody else's order, or of another order of the buyer's."""
    order = require_buyers_order(buyer, order_number)
    refund = db.session.get(Refund, refund_id)
    if refund is None or refund.order_id != order.id:
        raise NotFound
    return refund


@dataclass(frozen=True)
class RefundLineFacts:
    line_id: int
    title: str
    sku_name: str
    picture_token: str | None
    units: int
    goods_fen: int
    shipped_units: int
    restock: bool | None


@dataclass(frozen=True)
class RefundFacts:
    """``amount_fen`` is an estimate until the refund is approved, exact from then on. ``ruling_due_on`` is the
    platform's last day for a claim that lies before it."""

    id: int
    number: str
    order_id: int
    kind: RefundKind
    cause: RefundCause
    state: RefundState
    reason: str
    goods_fen: int
    freight_fen: int
    amount_fen: int
    requested_at: datetime
    answer_due_at: datetime
    needs_consent: bool
    decided_at: datetime | None
    decision_note: str
    done_at: datetime | None
    return_to: str | None
    return_accepted_at: datetime | None
    return_carrier: str
    return_tracking: str
    sent_back_at: datetime | None
    appeal: str
    appealed_at: datetime | None
    ruling: str
    ruled_at: datetime | None
    ruling_due_on: date | None
    lines: list[RefundLineFacts]
    photos: int = 0

    @property
    def waits_for_supplier(self) -> bool:
        return self.state in (RefundState.REQUESTED, RefundState.SENT_BACK)

    @property
    def is_fault(self) -> bool:
        """The seller answers for the cause, its share of the freight included."""
        return self.cause in FAULTS

    @property
    def may_go_back(self) -> bool:
        """The buyer offers the goods, and has not sent them."""
        return self.kind is RefundKind.RETURN_AND_REFUND and self.sent_back_at is None


def refunds_of(order_id: int) -> list[RefundFacts]:
    """All refunds of an order, newest first. Two queries."""
    refunds = list(
        db.session.scalars(select(Refund).where(Refund.order_id == order_id).order_by(Refund.id.desc()))
    )
    lines = _lines_of([refund.id for refund in refunds])
    return [_facts(refund, lines.get(refund.id, [])) for refund in refunds]


def facts_of(refund: Refund) -> RefundFacts:
    """One refund with its lines and how many pictures it has. Two queries."""
    return _facts(refund, _lines_of([refund.id]).get(refund.id, []), len(photo_ids(refund.id)))


def photo_ids(refund_id: int) -> list[int]:
    """Media ids of the buyer's pictures, in order."""
    return list(
        db.session.scalars(
            select(RefundPhoto.media_id).where(RefundPhoto.refund_id == refund_id).order_by(RefundPhoto.id)
        )
    )


def photo(refund_id: int, position: int) -> Media:
    """The buyer's picture, the first is 1; raises NotFound. Who may see the refund was asked before."""
    ids = photo_ids(refund_id)
    if not 1 <= position <= len(ids):
        raise NotFound
    return db.session.get_one(Media, ids[position - 1])


def _lines_of(refund_ids: Collection[int]) -> dict[int, list[RefundLineFacts]]:
    found: dict[int, list[RefundLineFacts]] = {}
    if not refund_ids:
        return found
    for row in db.session.execute(
        select(
            RefundLine.refund_id,
            RefundLine.line_id,
            OrderLine.title,
            OrderLine.sku_name,
            OrderLine.picture_token,
            RefundLine.units,
            RefundLine.goods_fen,
            OrderLine.shipped_units,
            RefundLine.restock,
        )
        .join(OrderLine, OrderLine.id == RefundLine.line_id)
        .where(RefundLine.refund_id.in_(refund_ids))
        .order_by(RefundLine.id)
    ):
        found.setdefault(row[0], []).append(RefundLineFacts(*row[1:]))
    return found


def _facts(refund: Refund, lines: list[RefundLineFacts], photos: int = 0) -> RefundFacts:
    return RefundFacts(
        refund.id,
        refund.number,
        refund.order_id,
        refund.kind,
        refund.cause,
        refund.state,
        refund.reason,
        refund.goods_fen,
        refund.freight_fen,
        refund.amount_fen,
        refund.requested_at,
        refund.answer_due_at,
        refund.needs_consent,
        refund.decided_at,
        refund.decision_note,
        refund.done_at,
        refund.return_to,
        refund.return_accepted_at,
        refund.return_carrier,
        refund.return_tracking,
        refund.sent_back_at,
        refund.appeal,
        refund.appealed_at,
        refund.ruling,
        refund.ruled_at,
        ruling_due_on(clock.local_date(refund.appealed_at), RULING_DAYS.get())
        if refund.state is RefundState.ARBITRATION and refund.appealed_at
        else None,
        lines,
        photos,
    )


def supplier_refund(actor: Actor, refund_id: int) -> tuple[RefundFacts, str]:
    """A refund of the actor's suppliers with its order's number; raises NotFound."""
    row = db.session.execute(
        select(Refund, Order.number)
        .join(Order, Order.id == Refund.order_id)
        .where(Refund.id == refund_id, Order.supplier_id.in_(actor.supplier_ids))
    ).first()
    if row is None:
        raise NotFound
    refund, number = row
    return facts_of(refund), number


@dataclass(frozen=True)
class RefundRow:
    id: int
    number: str
    order_number: str
    kind: RefundKind
    cause: RefundCause
    state: RefundState
    reason: str
    amount_fen: int
    requested_at: datetime
    answer_due_at: datetime
    needs_consent: bool


def _looked_for(supplier_id: int, looked: LookedFor) -> list[ColumnElement[bool]]:
    words = looked.mentioned(Refund.number, Order.number)
    return [Order.supplier_id == supplier_id, *words, *looked.happened(Refund.requested_at)]


def supplier_refunds(
    supplier_id: int,
    state: RefundState | None,
    offset: int = 0,
    limit: int | None = None,
    looked: LookedFor = ANYTHING,
) -> list[RefundRow]:
    """Those to be answered soonest first, the others newest first; all of them where no ``limit`` is given."""
    statement = (
        select(
            Refund.id,
            Refund.number,
            Order.number,
            Refund.kind,
            Refund.cause,
            Refund.state,
            Refund.reason,
            Refund.amount_fen,
            Refund.requested_at,
            Refund.answer_due_at,
            Refund.needs_consent,
        )
        .join(Order, Order.id == Refund.order_id)
        .where(*_looked_for(supplier_id, looked))
    )
    if state in OPEN:
        statement = statement.order_by(Refund.answer_due_at, Refund.id)
    else:
        statement = statement.order_by(Refund.id.desc())
    if state is not None:
        statement = statement.where(Refund.state == state)
    return [RefundRow(*tuple(row)) for row in db.session.execute(statement.offset(offset).limit(limit)).all()]


def count_supplier_refunds(supplier_id: int, looked: LookedFor = ANYTHING) -> dict[RefundState, int]:
    return dict(
        db.session.execute(
            select(Refund.state, func.count())
            .join(Order, Order.id == Refund.order_id)
            .where(*_looked_for(supplier_id, looked))
            .group_by(Refund.state)
        ).all()
    )
