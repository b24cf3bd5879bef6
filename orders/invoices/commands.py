"""Asking for an invoice, setting rates, issuing papers and taking them back."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.plain_text import one_line
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.parties.rules import check_uscc
from orders.invoices.models import InvoicePaper, InvoiceRequest, TaxRate
from orders.invoices.parameters import ASK_DAYS
from orders.invoices.queries import InvoiceFacts, draft_of, find_invoice, supplier_invoice
from orders.invoices.rules import (
    MAX_TITLE,
    InvoiceColor,
    InvoiceKind,
    InvoiceNeed,
    Item,
    TaxTerms,
    Title,
    check_terms,
    undone,
)
from orders.ordering import commands as ordering
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.capture import locked_order
from orders.payments.queries import require_buyers_order
from orders.payments.rules import Buyer


def check_title(kind: InvoiceKind, name: str, tax_number: str) -> Title:
    """Raises InvalidInput at ``invoice_title`` or ``invoice_tax_number``."""
    said = " ".join(one_line(name).split())
    if not 2 <= len(said) <= MAX_TITLE:
        raise InvalidInput("invoices.title", field="invoice_title", most=MAX_TITLE)
    if kind is InvoiceKind.PERSON:
        return Title(kind, said, None)
    with at_field("invoice_tax_number"):
        return Title(kind, said, check_uscc(tax_number))


@transactional
def ask_for_invoice(buyer: Buyer, order_number: str, title: Title) -> int:
    """Returns the request's id; asking again changes the title while nothing is on paper.

    Raises NotFound, Conflict ``invoices.not_now`` (cancelled, or too long ago) and ``invoices.issued``.
    """
    order = locked_order(require_buyers_order(buyer, order_number).id)
    if order.state is OrderState.CANCELLED or clock.now() > order.placed_at + timedelta(days=ASK_DAYS.get()):
        raise Conflict("invoices.not_now", days=ASK_DAYS.get())
    known = find_invoice(order.id)
    if known is None:
        add_requests([order.id], title, buyer.user_id)
    elif known.on_paper_fen:
        raise Conflict("invoices.issued")
    else:
        row = db.session.get_one(InvoiceRequest, known.id)
        row.kind, row.title, row.tax_number = title.kind, title.name, title.tax_number
    request_id = db.session.scalars(
        select(InvoiceRequest.id).where(InvoiceRequest.order_id == order.id)
    ).one()
    audit.record(buyer.user_id, "invoice.ask", "invoice", request_id, {"order_id": order.id})
    return request_id


def add_requests(order_ids: Collection[int], title: Title, user_id: int | None) -> None:
    """For orders being placed; part of the caller's transaction."""
    for order_id in order_ids:
        db.session.add(
            InvoiceRequest(
                order_id=order_id,
                kind=title.kind,
                title=title.name,
                tax_number=title.tax_number,
                requested_at=clock.now(),
                requested_by=user_id,
            )
        )
    db.session.flush()


@transactional
def set_tax_rate(actor: Actor, supplier_id: int, product_id: int, terms: TaxTerms) -> None:
    """What papers say of a product from now on; issued ones keep theirs. Raises NotFound, InvalidInput."""
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    checked = check_terms(terms)
    row = db.session.scalar(
        select(TaxRate)
        .where(TaxRate.supplier_id == supplier_id, TaxRate.product_id == product_id)
        .with_for_update()
    )
    if row is None:
        row = TaxRate(supplier_id=supplier_id, product_id=product_id)
        db.session.add(row)
    row.rate_bp, row.basis = checked.rate_bp, checked.basis
    row.set_at, row.set_by = clock.now(), actor.user_id
    audit.record(
        actor.user_id,
        "invoice.tax_rate",
        "supplier",
        supplier_id,
        {"product": product_id, "rate_bp": row.rate_bp},
    )


@transactional
def issue(actor: Actor, request_id: int, number: str, issued_on: date, document: Upload) -> int:
    """A blue paper over everything the buyer has paid and not got back. Returns the paper's id.

    Raises NotFound, Conflict ``invoices.nothing_to_issue``, ``invoices.no_rate``, InvalidInput at a field.
    """
    facts = _locked(actor, request_id)
    if facts.need is not InvoiceNeed.BLUE:
        raise Conflict("invoices.nothing_to_issue")
    draft = draft_of(facts.order_id)
    if draft.untaxed:
        raise Conflict("invoices.no_rate", titles="、".join(draft.untaxed.values()))
    return _add_paper(actor, facts, draft.items, number, issued_on, document)


@transactional
def redden(
    actor: Actor, request_id: int, number: str, issued_on: date, document: Upload, *, whole: bool
) -> int:
    """A red paper over what went back, or over the whole one, to be issued anew. Returns the paper's id.

    Raises NotFound, Conflict ``invoices.nothing_to_redden``, InvalidInput at a field.
    """
    facts = _locked(actor, request_id)
    issued = on_paper(facts)
    now = [] if whole else draft_of(facts.order_id).items
    items = undone(issued, now)
    if not items or (facts.need is not InvoiceNeed.RED and not whole):
        raise Conflict("invoices.nothing_to_redden")
    return _add_paper(actor, facts, items, number, issued_on, document)


def _locked(actor: Actor, request_id: int) -> InvoiceFacts:
    facts = supplier_invoice(actor, request_id)
    locked_order(facts.order_id)
    return supplier_invoice(actor, request_id)


def on_paper(facts: InvoiceFacts) -> list[Item]:
    """Row by row what blue papers say less what red ones took back."""
    rows: dict[str, Item] = {}
    for item in (item for paper in facts.papers for item in paper.items):
        before = rows[item.key].fen if item.key in rows else 0
        rows[item.key] = Item(item.key, item.name, before + item.fen, item.rate_bp, item.basis)
    return [item for item in rows.values() if item.fen]


def _add_paper(
    actor: Actor, facts: InvoiceFacts, items: list[Item], number: str, issued_on: date, document: Upload
) -> int:
    digits = "".join(number.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 20)):
        raise InvalidInput("invoices.number", field="number")
    if db.session.scalar(select(InvoicePaper.id).where(InvoicePaper.number == digits)) is not None:
        raise InvalidInput("invoices.number_used", field="number")
    if not facts.requested_at.date() - timedelta(days=1) <= issued_on <= clock.today():
        raise InvalidInput("invoices.issued_on", field="issued_on")
    if facts.papers and issued_on < facts.papers[-1].issued_on:
        raise InvalidInput("invoices.before_blue", field="issued_on")
    with at_field("document"):
        media = store_document(document, actor.user_id)
    fen = sum(item.fen for item in items)
    color = InvoiceColor.BLUE if fen > 0 else InvoiceColor.RED
    db.session.flush()
    paper = InvoicePaper(
        request_id=facts.id,
        color=color,
        number=digits,
        issued_on=issued_on,
        title=facts.title,
        tax_number=facts.tax_number,
        amount_fen=fen,
        items=[asdict(item) for item in items],
        media_id=media.id,
        uploaded_at=clock.now(),
        uploaded_by=actor.user_id,
    )
    db.session.add(paper)
    db.session.flush()
    audit.record(actor.user_id, f"invoice.{color.value}", "invoice", facts.id, {"number": digits, "fen": fen})
    ordering.add_event(facts.order_id, f"invoice_{color.value}", actor.user_id, digits)
    _tell(facts, color)
    return paper.id


def _tell(facts: InvoiceFacts, color: InvoiceColor) -> None:
    order = db.session.get_one(Order, facts.order_id)
    if order.user_id is None:
        return
    word = "发票开好了" if color is InvoiceColor.BLUE else "发票冲红了"
    tell(
        Topic.ORDER,
        [order.user_id],
        f"{word}：订单 {order.number}",
        "在订单的发票页下载。"
        if color is InvoiceColor.BLUE
        else "退掉的部分开了红字发票，在订单的发票页看。",
        endpoint="invoices.show",
        params={"number": order.number},
    )


def may_remove(facts: InvoiceFacts) -> int | None:
    """The paper that can be taken back: the last one, for a day."""
    last = facts.papers[-1] if facts.papers else None
    return last.id if last is not None and clock.now() <= last.uploaded_at + timedelta(days=1) else None


@transactional
def remove_paper(actor: Actor, request_id: int, paper_id: int) -> None:
    """A slip of the hand on the day it was uploaded: the paper goes, the audit row stays; later only a red one helps.

    Raises NotFound, Conflict ``invoices.too_late_to_remove``.
    """
    facts = _locked(actor, request_id)
    paper = db.session.get(InvoicePaper, paper_id)
    if paper is None or paper.request_id != facts.id:
        raise NotFound
    if paper.id != may_remove(facts):
        raise Conflict("invoices.too_late_to_remove")
    db.session.delete(paper)
    ordering.add_event(facts.order_id, "invoice_removed", actor.user_id, paper.number)
    audit.record(actor.user_id, "invoice.remove", "invoice", facts.id, {"number": paper.number})
