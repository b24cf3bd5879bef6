"""The claims that lie before the platform, and how long they have."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier
from orders.ordering.models import Order
from orders.refunds.models import Refund
from orders.refunds.parameters import RULING_DAYS
from orders.refunds.queries import RefundFacts, facts_of
from orders.refunds.rules import RefundCause, newest_late_day, ruling_due_on
from orders.refunds.workflow import RefundState


@dataclass(frozen=True)
class Case:
    """A refund before the platform, with what whoever decides has to know of its order."""

    refund: RefundFacts
    order_number: str
    supplier_id: int
    supplier: str


def appealed(refund_id: int) -> Case:
    """Raises NotFound for one nobody brought before the platform."""
    row = db.session.execute(
        select(Refund, Order.number, Order.supplier_id, Supplier.name)
        .join(Order, Order.id == Refund.order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .where(Refund.id == refund_id, Refund.appealed_at.is_not(None))
    ).first()
    if row is None:
        raise NotFound
    return Case(facts_of(row[0]), row[1], row[2], row[3])


@dataclass(frozen=True)
class CaseRow:
    id: int
    number: str
    supplier: str
    cause: RefundCause
    appeal: str
    amount_fen: int
    appealed_at: datetime | None
    state: RefundState

    @property
    def due_on(self) -> date | None:
        """The platform's last day, while it is the platform's turn."""
        if self.state is not RefundState.ARBITRATION or self.appealed_at is None:
            return None
        return ruling_due_on(clock.local_date(self.appealed_at), RULING_DAYS.get())

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()


def appeals(*, waiting: bool, page: int) -> Page[CaseRow]:
    """Those to be decided longest waiting first, decided ones newest first."""
    is_waiting = Refund.state == RefundState.ARBITRATION
    statement = (
        select(
            Refund.id,
            Refund.number,
            Supplier.name,
            Refund.cause,
            Refund.appeal,
            Refund.amount_fen,
            Refund.appealed_at,
            Refund.state,
        )
        .join(Order, Order.id == Refund.order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .where(Refund.appealed_at.is_not(None), is_waiting if waiting else ~is_waiting)
    )
    newest = Refund.appealed_at if waiting else Refund.appealed_at.desc()
    rows = db.session.execute(statement.order_by(newest, Refund.id).offset(offset_of(page)).limit(PAGE_SIZE))
    return Page([CaseRow(*row) for row in rows], page, count_appeals(waiting=waiting))


def count_appeals(*, waiting: bool) -> int:
    is_waiting = Refund.state == RefundState.ARBITRATION
    found = select(func.count()).select_from(Refund).where(Refund.appealed_at.is_not(None))
    return int(db.session.scalar(found.where(is_waiting if waiting else ~is_waiting)) or 0)


def is_late() -> ColumnElement[bool]:
    """Of a claim before the platform: its last day is past. Nothing follows by itself, it only becomes visible."""
    since = clock.local_day_start(newest_late_day(clock.today(), RULING_DAYS.get()) + timedelta(days=1))
    return (Refund.state == RefundState.ARBITRATION) & (Refund.appealed_at < since)


@dataclass(frozen=True, slots=True)
class CasesWaiting:
    """How many claims lie before the platform, how many of them too long, and the last day of the oldest."""

    count: int
    late: int
    first_due_on: date | None


def cases_waiting() -> CasesWaiting:
    """One query."""
    count, late, oldest = db.session.execute(
        select(func.count(), func.sum(case((is_late(), 1), else_=0)), func.min(Refund.appealed_at)).where(
            Refund.state == RefundState.ARBITRATION
        )
    ).one()
    due = ruling_due_on(clock.local_date(oldest), RULING_DAYS.get()) if oldest else None
    return CasesWaiting(count, int(late or 0), due)
