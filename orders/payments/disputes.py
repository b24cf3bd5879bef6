"""Disputes: a card holder says at the bank that a charge was not right. The bank takes the money back while it looks
into it; won, it comes again; lost, the supplier bears it, and no household's income moves.

A dispute is of a charge, which may carry several orders: each bears its part. Notices may come in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.queries import holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.money import allocate, format_yuan
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.models import Supplier
from orders.ledger import commands as ledger
from orders.ordering import commands as ordering
from orders.ordering.models import Order
from orders.payments.capture import locked_order
from orders.payments.events import DisputeLost
from orders.payments.models import Dispute, DisputePart, Payment, PaymentSession
from orders.payments.rules import CURRENCY, DisputeKind, DisputeNotice
from orders.payments.workflow import DISPUTE, DisputeState, PaymentState


def apply_dispute(provider: str, notice: DisputeNotice) -> str:
    """What a notice about a dispute does, in the caller's transaction; the same notice twice does it once."""
    session = db.session.scalar(
        select(PaymentSession).where(
            PaymentSession.provider == provider, PaymentSession.charge_id == notice.charge_id
        )
    )
    if session is None:
        return "unknown_session"
    dispute = db.session.scalar(
        select(Dispute)
        .where(Dispute.provider == provider, Dispute.external_id == notice.external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if dispute is None:
        if notice.fen <= 0 or notice.currency != CURRENCY:
            return "unreadable_amount"
        dispute = _open(provider, session, notice)
    elif notice.kind is DisputeKind.OPENED:
        return "duplicate"
    if notice.kind is DisputeKind.OPENED:
        return "disputed"
    if not DISPUTE.allows(dispute.state, notice.kind.value):
        return "too_late"
    _end(dispute, notice.kind)
    return f"dispute_{notice.kind.value}"


def _open(provider: str, session: PaymentSession, notice: DisputeNotice) -> Dispute:
    dispute = Dispute(
        provider=provider,
        external_id=notice.external_id,
        session_id=session.id,
        state=DISPUTE.initial,
        fen=notice.fen,
        reason=notice.reason,
        opened_at=clock.now(),
    )
    db.session.add(dispute)
    db.session.flush()
    for order_id, fen in _parts(session, notice.fen).items():
        order = locked_order(order_id)
        db.session.add(DisputePart(dispute_id=dispute.id, order_id=order_id, fen=fen))
        _count(order_id, fen)
        ledger.post_dispute(dispute.id, order_id, provider, fen)
        ordering.add_event(order_id, "dispute_opened", None, format_yuan(fen))
        _tell(
            order, "买家向银行拒付", f"{format_yuan(fen)} 被银行先收回去查，查清前不能退款。请留好发货凭证。"
        )
    audit.record(None, "dispute.open", "dispute", dispute.id, {"fen": notice.fen})
    db.session.flush()
    return dispute


def _parts(session: PaymentSession, fen: int) -> Mapping[int, int]:
    """{order: fen} of the orders this charge paid, by what each has kept of it; by what it paid where that is less."""
    rows = db.session.execute(
        select(Payment.order_id, Payment.captured_fen, Payment.refunded_fen, Payment.disputed_fen)
        .where(Payment.session_id == session.id, Payment.state == PaymentState.PAID)
        .order_by(Payment.order_id)
    ).all()
    left = [max(0, row.captured_fen - row.refunded_fen - row.disputed_fen) for row in rows]
    weights = left if sum(left) >= fen else [row.captured_fen for row in rows]
    if not any(weights):
        return {}
    parts = allocate(fen, weights)
    return {row.order_id: part for row, part in zip(rows, parts, strict=True) if part}


def _count(order_id: int, fen: int) -> None:
    db.session.execute(
        update(Payment)
        .where(Payment.order_id == order_id)
        .values(disputed_fen=Payment.disputed_fen + fen)
        .execution_options(synchronize_session=False)
    )


def _end(dispute: Dispute, kind: DisputeKind) -> None:
    dispute.state = DISPUTE.next(dispute.state, kind.value)
    dispute.closed_at = clock.now()
    won = kind is DisputeKind.WON
    for part in db.session.scalars(
        select(DisputePart).where(DisputePart.dispute_id == dispute.id).order_by(DisputePart.order_id)
    ).all():
        order = locked_order(part.order_id)
        if won:
            _count(part.order_id, -part.fen)
        ledger.post_dispute_end(dispute.id, part.order_id, dispute.provider, part.fen, won=won)
        ordering.add_event(part.order_id, f"dispute_{kind.value}", None, format_yuan(part.fen))
        said = "银行把钱还回来了。" if won else "银行判给了买家，由供应商承担；农户的收入不变。"
        _tell(order, "拒付有结果了", f"{format_yuan(part.fen)}：{said}")
        if not won:
            publish(DisputeLost(part.order_id))
    audit.record(None, f"dispute.{kind.value}", "dispute", dispute.id)
    db.session.flush()


def _tell(order: Order, title: str, text: str) -> None:
    tell(
        Topic.ORDER,
        holders([Role.SUPPLIER_OWNER], ScopeKind.SUPPLIER, [order.supplier_id]),
        f"{title}：{order.number}",
        text,
        endpoint="supplier.order",
        params={"number": order.number},
    )


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute's part of one order, as finance lists it."""

    external_id: str
    order_number: str
    supplier: str
    state: DisputeState
    fen: int
    reason: str
    opened_at: datetime
    closed_at: datetime | None


def dispute_rows(state: DisputeState | None, page: int, looked: LookedFor = ANYTHING) -> Page[DisputeRow]:
    """Newest first."""
    # asked of each dispute: a join would be begun at the orders, of which there are far more
    order = Order.id == DisputePart.order_id
    number = select(Order.number).where(order).correlate(DisputePart).scalar_subquery()
    seller = (
        select(Supplier.name)
        .join(Order, Order.supplier_id == Supplier.id)
        .where(order)
        .correlate(DisputePart)
        .scalar_subquery()
    )
    criteria = looked.mentioned(number, seller) + looked.happened(Dispute.opened_at)
    if state is not None:
        criteria.append(Dispute.state == state)
    counted = (
        select(func.count()).select_from(DisputePart).join(Dispute, Dispute.id == DisputePart.dispute_id)
    )
    total = db.session.scalar(counted.where(*criteria)) or 0
    rows = db.session.execute(
        select(
            Dispute.external_id,
            Order.number,
            Supplier.name,
            Dispute.state,
            DisputePart.fen,
            Dispute.reason,
            Dispute.opened_at,
            Dispute.closed_at,
        )
        .join(Dispute, Dispute.id == DisputePart.dispute_id)
        .join(Order, Order.id == DisputePart.order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .where(*criteria)
        .order_by(Dispute.id.desc(), DisputePart.id)
        .offset(offset_of(page))
        .limit(PAGE_SIZE)
    )
    return Page([DisputeRow(*row) for row in rows], page, total)
