"""Reading refunds: of an order, of a supplier."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from orders.ordering.models import Order, OrderLine
from orders.refunds.models import Refund, RefundLine
from orders.refunds.rules import RefundKind
from orders.refunds.workflow import RefundState


def pending_units(order_id: int) -> dict[int, int]:
    """Units by line that open requests ask for."""
    rows = db.session.execute(
        select(RefundLine.line_id, func.sum(RefundLine.units))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.state == RefundState.REQUESTED)
        .group_by(RefundLine.line_id)
    )
    return {line_id: int(units) for line_id, units in rows}


def has_open_refund(order_id: int) -> bool:
    """Whether a request waits for its answer."""
    return (
        db.session.scalar(
            select(Refund.id)
            .where(Refund.order_id == order_id, Refund.state == RefundState.REQUESTED)
            .limit(1)
        )
        is not None
    )


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
    """``amount_fen`` is an estimate until the refund is approved, exact from then on."""

    id: int
    number: str
    order_id: int
    kind: RefundKind
    state: RefundState
    reason: str
    goods_fen: int
    freight_fen: int
    amount_fen: int
    photo_id: int | None
    requested_at: datetime
    answer_due_at: datetime
    needs_consent: bool
    decided_at: datetime | None
    decision_note: str
    done_at: datetime | None
    lines: list[RefundLineFacts]


def refunds_of(order_id: int) -> list[RefundFacts]:
    """All refunds of an order, newest first. Two queries."""
    refunds = list(
        db.session.scalars(select(Refund).where(Refund.order_id == order_id).order_by(Refund.id.desc()))
    )
    lines = _lines_of([refund.id for refund in refunds])
    return [_facts(refund, lines.get(refund.id, [])) for refund in refunds]


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


def _facts(refund: Refund, lines: list[RefundLineFacts]) -> RefundFacts:
    return RefundFacts(
        refund.id,
        refund.number,
        refund.order_id,
        refund.kind,
        refund.state,
        refund.reason,
        refund.goods_fen,
        refund.freight_fen,
        refund.amount_fen,
        refund.photo_id,
        refund.requested_at,
        refund.answer_due_at,
        refund.needs_consent,
        refund.decided_at,
        refund.decision_note,
        refund.done_at,
        lines,
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
    return _facts(refund, _lines_of([refund.id]).get(refund.id, [])), number


def supplier_photo(actor: Actor, refund_id: int) -> Media:
    """The buyer's picture, for the supplier it is shown to; raises NotFound."""
    media = db.session.scalar(
        select(Media)
        .join(Refund, Refund.photo_id == Media.id)
        .join(Order, Order.id == Refund.order_id)
        .where(Refund.id == refund_id, Order.supplier_id.in_(actor.supplier_ids))
    )
    if media is None:
        raise NotFound
    return media


@dataclass(frozen=True)
class RefundRow:
    id: int
    number: str
    order_number: str
    kind: RefundKind
    state: RefundState
    reason: str
    amount_fen: int
    requested_at: datetime
    answer_due_at: datetime
    needs_consent: bool


def supplier_refunds(supplier_id: int, state: RefundState | None, offset: int, limit: int) -> list[RefundRow]:
    """Those to be answered soonest first, the others newest first."""
    statement = (
        select(
            Refund.id,
            Refund.number,
            Order.number,
            Refund.kind,
            Refund.state,
            Refund.reason,
            Refund.amount_fen,
            Refund.requested_at,
            Refund.answer_due_at,
            Refund.needs_consent,
        )
        .join(Order, Order.id == Refund.order_id)
        .where(Order.supplier_id == supplier_id)
    )
    if state is RefundState.REQUESTED:
        statement = statement.order_by(Refund.answer_due_at, Refund.id)
    else:
        statement = statement.order_by(Refund.id.desc())
    if state is not None:
        statement = statement.where(Refund.state == state)
    return [RefundRow(*tuple(row)) for row in db.session.execute(statement.offset(offset).limit(limit)).all()]


def count_supplier_refunds(supplier_id: int) -> dict[RefundState, int]:
    return dict(
        db.session.execute(
            select(Refund.state, func.count())
            .join(Order, Order.id == Refund.order_id)
            .where(Order.supplier_id == supplier_id)
            .group_by(Refund.state)
        ).all()
    )
