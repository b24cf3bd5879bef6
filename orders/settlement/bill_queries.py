"""Reading settlement bills; whose one may see, the caller checks."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier
from orders.settlement.models import SettlementBill
from orders.settlement.workflow import BillState


@dataclass(frozen=True, slots=True)
class BillFacts:
    """A bill as both sides see it, in fen; ``settle_fen`` > 0: the platform pays."""

    id: int
    number: str
    supplier_id: int
    state: BillState
    first_day: date
    last_day: date
    goods_fen: int
    freight_fen: int
    received_fen: int
    subsidy_fen: int
    disputed_fen: int
    fee_fen: int
    outlet_fee_fen: int
    settle_fen: int
    issued_at: datetime
    objection: str
    answer: str
    checked_at: datetime | None
    settled_at: datetime | None
    paid_on: date | None
    voucher_number: str
    supplier: str

    @property
    def waits_for_answer(self) -> bool:
        return bool(self.objection) and not self.answer and self.state is BillState.ISSUED


#: ``BillFacts.waits_for_answer`` of a query
_OBJECTED = (
    (SettlementBill.objection != "")
    & (SettlementBill.answer == "")
    & (SettlementBill.state == BillState.ISSUED)
)
_FACTS = (*(getattr(SettlementBill, name) for name in BillFacts.__slots__[:-1]), Supplier.name)


def _query(*criteria: ColumnElement[bool], limit: int | None = None, offset: int = 0) -> list[BillFacts]:
    rows = db.session.execute(
        select(*_FACTS)
        .join(Supplier, Supplier.id == SettlementBill.supplier_id)
        .where(*criteria)
        .order_by(SettlementBill.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [BillFacts(*row) for row in rows]


def get_bill(bill_id: int) -> BillFacts:
    """Raises NotFound."""
    found = _query(SettlementBill.id == bill_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


def _looked_for(
    supplier_id: int | None, state: BillState | None, looked: LookedFor
) -> list[ColumnElement[bool]]:
    criteria = looked.mentioned(SettlementBill.number, Supplier.name) + looked.dated(SettlementBill.last_day)
    if supplier_id is not None:
        criteria.append(SettlementBill.supplier_id == supplier_id)
    return criteria if state is None else [*criteria, SettlementBill.state == state]


def bills(
    supplier_id: int | None, state: BillState | None, page: int, looked: LookedFor = ANYTHING
) -> Page[BillFacts]:
    """Newest first; of all suppliers where none is named. The days are those a bill's own end on."""
    counts = count_bills(supplier_id, looked)
    items = _query(*_looked_for(supplier_id, state, looked), limit=PAGE_SIZE, offset=offset_of(page))
    return Page(items, page, sum(counts.values()) if state is None else counts.get(state, 0))


def all_bills(supplier_id: int | None, state: BillState | None, looked: LookedFor) -> list[BillFacts]:
    """``bills`` without pages."""
    return _query(*_looked_for(supplier_id, state, looked))


def objected_bills(looked: LookedFor = ANYTHING) -> list[BillFacts]:
    """Every supplier's with an objection that waits for finance's answer, newest first."""
    return _query(_OBJECTED, *_looked_for(None, None, looked))


def bills_to_do() -> tuple[int, int]:
    """How many bills wait for finance: with an objection to answer, checked and to be settled. One query."""
    waiting = select(
        func.count().filter(_OBJECTED), func.count().filter(SettlementBill.state == BillState.CHECKED)
    )
    objected, checked = db.session.execute(
        waiting.where(SettlementBill.state.in_((BillState.ISSUED, BillState.CHECKED)))
    ).one()
    return objected, checked


def count_bills(supplier_id: int | None = None, looked: LookedFor = ANYTHING) -> dict[BillState, int]:
    return dict(
        db.session.execute(
            select(SettlementBill.state, func.count())
            .join(Supplier, Supplier.id == SettlementBill.supplier_id)
            .where(*_looked_for(supplier_id, None, looked))
            .group_by(SettlementBill.state)
        ).all()
    )
