"""Reading invoices: of an order, of a supplier by what they wait for, and the accountant's list."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, select

from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.money import allocate
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from orders.invoices.models import InvoicePaper, InvoiceRequest, TaxRate
from orders.invoices.rules import FREIGHT, InvoiceColor, InvoiceKind, InvoiceNeed, Item, TaxTerms, need_of
from orders.ordering.models import Order, OrderLine
from orders.payments.models import Payment
from orders.refunds.rules import LinePart


@dataclass(frozen=True, slots=True)
class PaperFacts:
    id: int
    color: InvoiceColor
    number: str
    issued_on: date
    amount_fen: int
    uploaded_at: datetime
    items: list[Item]


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """``paid_fen`` is what the buyer's money comes to after refunds, ``papers`` are oldest first."""

    id: int
    order_id: int
    order_number: str
    supplier_id: int
    kind: InvoiceKind
    title: str
    tax_number: str | None
    requested_at: datetime
    paid_fen: int
    papers: list[PaperFacts] = field(default_factory=list)

    @property
    def on_paper_fen(self) -> int:
        return sum(paper.amount_fen for paper in self.papers)

    @property
    def need(self) -> InvoiceNeed:
        return need_of(self.paid_fen, self.on_paper_fen)


def find_invoice(order_id: int) -> InvoiceFacts | None:
    """What was asked for an order and issued. Two queries."""
    return _find(InvoiceRequest.order_id == order_id)


def supplier_invoice(actor: Actor, request_id: int) -> InvoiceFacts:
    """Raises NotFound for another supplier's."""
    found = _find(InvoiceRequest.id == request_id)
    if found is None or not actor.acts_for_supplier(found.supplier_id):
        raise NotFound
    return found


def _find(criterion: ColumnElement[bool]) -> InvoiceFacts | None:
    row = db.session.execute(
        select(
            InvoiceRequest.id,
            InvoiceRequest.order_id,
            Order.number,
            Order.supplier_id,
            InvoiceRequest.kind,
            InvoiceRequest.title,
            InvoiceRequest.tax_number,
            InvoiceRequest.requested_at,
            Payment.captured_fen - Payment.refunded_fen - Payment.disputed_fen,
        )
        .join(Order, Order.id == InvoiceRequest.order_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(criterion)
    ).one_or_none()
    return None if row is None else InvoiceFacts(*row, papers=_papers_of(row[0]))


def _papers_of(request_id: int) -> list[PaperFacts]:
    return [
        PaperFacts(
            row.id,
            row.color,
            row.number,
            row.issued_on,
            row.amount_fen,
            row.uploaded_at,
            [Item(**item) for item in row.items],
        )
        for row in db.session.scalars(
            select(InvoicePaper).where(InvoicePaper.request_id == request_id).order_by(InvoicePaper.id)
        )
    ]


def tax_terms(supplier_id: int, product_ids: Collection[int]) -> dict[int, TaxTerms]:
    """By product; one that is missing has none set."""
    rows = db.session.execute(
        select(TaxRate.product_id, TaxRate.rate_bp, TaxRate.basis).where(
            TaxRate.supplier_id == supplier_id, TaxRate.product_id.in_(product_ids)
        )
    )
    return {product_id: TaxTerms(rate_bp, basis) for product_id, rate_bp, basis in rows}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a paper would say now; ``untaxed`` are products without a rate, which have to get one first."""

    items: list[Item]
    untaxed: dict[int, str]


def draft_of(order_id: int) -> Draft:
    """The rows of a blue paper for what the buyer has paid and not got back. Freight goes with the dearest goods; what
    a bank took back is missing from every row in its part."""
    order = db.session.get_one(Order, order_id)
    lines = db.session.scalars(
        select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    ).all()
    kept, disputed = db.session.execute(
        select(Payment.captured_fen - Payment.refunded_fen, Payment.disputed_fen).where(
            Payment.order_id == order_id
        )
    ).one()
    terms = tax_terms(order.supplier_id, {line.product_id for line in lines})
    untaxed = {line.product_id: line.title for line in lines if line.product_id not in terms}
    if untaxed or kept <= disputed:
        return Draft([], untaxed)
    main = terms[max(lines, key=lambda line: line.net_fen).product_id]
    goods = [_kept_of(line) for line in lines]
    rows = [
        *((str(line.id), f"{line.title} {line.sku_name}"[:80], terms[line.product_id]) for line in lines),
        (FREIGHT, "运费", TaxTerms(main.rate_bp, "随主货")),
    ]
    sums = allocate(kept - disputed, [*goods, kept - sum(goods)])
    return Draft(
        [
            Item(key, name, fen, of.rate_bp, of.basis)
            for (key, name, of), fen in zip(rows, sums, strict=True)
            if fen
        ],
        untaxed,
    )


def _kept_of(line: OrderLine) -> int:
    """What the buyer paid for a line and did not get back."""
    part = LinePart(line.net_fen, line.fee_fen, line.units, 0, line.refunded_units, line.subsidy_fen)
    return line.net_fen - line.subsidy_fen - part.goods_fen


_ON_PAPER = (
    select(func.coalesce(func.sum(InvoicePaper.amount_fen), 0))
    .where(InvoicePaper.request_id == InvoiceRequest.id)
    .correlate(InvoiceRequest)
    .scalar_subquery()
)
_PAID = Payment.captured_fen - Payment.refunded_fen - Payment.disputed_fen
#: ``rules.need_of`` as SQL
_wait: ColumnElement[str] = case(
    (_ON_PAPER > _PAID, InvoiceNeed.RED.value),
    ((_ON_PAPER == 0) & (_PAID > 0), InvoiceNeed.BLUE.value),
    (_ON_PAPER == 0, InvoiceNeed.MONEY.value),
    else_=InvoiceNeed.NOTHING.value,
)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    id: int
    order_number: str
    kind: InvoiceKind
    title: str
    requested_at: datetime
    paid_fen: int
    on_paper_fen: int
    #: a value of ``InvoiceNeed``
    need: str


def supplier_invoices(supplier_id: int, need: InvoiceNeed | None, page: int) -> Page[InvoiceRow]:
    """Those that wait longest first; without a filter the newest first."""
    counts = count_invoices(supplier_id)
    statement = (
        select(
            InvoiceRequest.id,
            Order.number,
            InvoiceRequest.kind,
            InvoiceRequest.title,
            InvoiceRequest.requested_at,
            _PAID,
            _ON_PAPER,
            _wait,
        )
        .join(Order, Order.id == InvoiceRequest.order_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(Order.supplier_id == supplier_id)
    )
    if need is not None:
        statement = statement.where(_wait == need.value)
    is_open = need in (InvoiceNeed.BLUE, InvoiceNeed.RED)
    statement = statement.order_by(InvoiceRequest.id if is_open else InvoiceRequest.id.desc())
    rows = db.session.execute(statement.offset(offset_of(page)).limit(PAGE_SIZE))
    total = sum(counts.values()) if need is None else counts.get(need, 0)
    return Page([InvoiceRow(*row) for row in rows], page, total)


def count_invoices(supplier_id: int) -> dict[InvoiceNeed, int]:
    rows = db.session.execute(
        select(_wait, func.count())
        .select_from(InvoiceRequest)
        .join(Order, Order.id == InvoiceRequest.order_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(Order.supplier_id == supplier_id)
        .group_by(_wait)
    )
    return {InvoiceNeed(need): count for need, count in rows}


def paper_media(request_id: int, paper_id: int) -> Media:
    """The file of a paper of a request; raises NotFound. Who may see the request was asked before."""
    media = db.session.scalar(
        select(Media)
        .join(InvoicePaper, InvoicePaper.media_id == Media.id)
        .where(InvoicePaper.id == paper_id, InvoicePaper.request_id == request_id)
    )
    if media is None:
        raise NotFound
    return media


@dataclass(frozen=True, slots=True)
class BookRow:
    """One row of one paper, as the accountant books it."""

    issued_on: date
    number: str
    color: InvoiceColor
    order_number: str
    title: str
    tax_number: str | None
    item: Item


def book_rows(supplier_id: int, first: date, last: date) -> Iterator[BookRow]:
    """All papers of a supplier issued from ``first`` to ``last``, in order."""
    rows = db.session.execute(
        select(InvoicePaper, Order.number)
        .join(InvoiceRequest, InvoiceRequest.id == InvoicePaper.request_id)
        .join(Order, Order.id == InvoiceRequest.order_id)
        .where(Order.supplier_id == supplier_id, InvoicePaper.issued_on.between(first, last))
        .order_by(InvoicePaper.issued_on, InvoicePaper.id)
    )
    for paper, number in rows:
        for item in paper.items:
            yield BookRow(
                paper.issued_on,
                paper.number,
                paper.color,
                number,
                paper.title,
                paper.tax_number,
                Item(**item),
            )
