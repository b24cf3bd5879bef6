"""Purchase orders: drawn up by a buyer of a unit, approved by somebody else, then placed with every supplier at once.

Every command locks the purchase order first, so that two people never decide about it at the same time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, update

from catalog.products.queries import get_skus_for_sale
from marketplace.accounts.addresses import check_street
from marketplace.accounts.policies import Actor, Permission
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.money import MAX_FEN
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from orders.bulk.approval import Approval, approve_purchase, return_purchase
from orders.bulk.models import PurchaseLine, PurchaseOrder
from orders.bulk.parameters import KEEP_DAYS
from orders.bulk.queries import empty_draft
from orders.bulk.quoting import bulk_lines
from orders.bulk.rules import (
    MAX_LINES,
    MAX_UNITS,
    PaymentTerm,
    Purpose,
    check_delivery_day,
)
from orders.bulk.steps import locked_purchase, note_step, quote_purchase, require_admitted, step, units_of
from orders.bulk.workflow import PURCHASE
from orders.ordering.commands import DeliverTo

__all__ = [
    "Approval",
    "PurchaseFacts",
    "add_line",
    "approve_purchase",
    "cancel_purchase",
    "edit_purchase",
    "return_purchase",
    "set_lines",
    "start_purchase",
    "submit_purchase",
]
NOWHERE = DeliverTo("", "", "", "")


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """What a buyer decides beside the goods. The address may be incomplete while it is a draft."""

    budget_unit_id: int
    deliver_on: date
    purpose: Purpose = Purpose.CANTEEN
    payment_term: PaymentTerm = PaymentTerm.BEFORE
    deliver_to: DeliverTo = NOWHERE
    payer: str = ""
    note: str = ""


@transactional
def start_purchase(actor: Actor, unit_id: int, facts: PurchaseFacts) -> int:
    """An empty draft; returns its id. The person's own one with nothing on it is used again: a second click draws up
    no second one. Raises NotFound for a unit one does not buy for, Conflict ``units.not_admitted``,
    InvalidInput at ``budget_unit_id`` or at what does not fit."""
    if unit_id not in actor.unit_ids_with(Permission.UNIT_BUYER):
        raise NotFound
    require_admitted(unit_id)
    empty = empty_draft(unit_id, actor.user_id)
    if empty is not None:
        edit_purchase(actor, empty, facts)
        return empty
    purchase = PurchaseOrder(
        number=f"CG{clock.today():%Y}{next_number(f'purchase:{clock.today():%Y}'):05d}",
        unit_id=unit_id,
        state=PURCHASE.initial,
        created_by=actor.user_id,
        created_at=clock.now(),
    )
    _take_facts(actor, purchase, facts)
    db.session.add(purchase)
    db.session.flush()
    note_step(purchase, actor.user_id, "draw_up", None, "")
    return purchase.id


def _take_facts(actor: Actor, purchase: PurchaseOrder, facts: PurchaseFacts) -> None:
    if facts.budget_unit_id != purchase.unit_id and facts.budget_unit_id not in actor.unit_ids:
        raise InvalidInput("bulk.budget_unit", field="budget_unit_id")
    place = facts.deliver_to
    if place.street_code:
        check_street(place.street_code)
    purchase.budget_unit_id = facts.budget_unit_id
    purchase.purpose, purchase.payment_term = facts.purpose, facts.payment_term
    purchase.deliver_on = facts.deliver_on
    purchase.recipient, purchase.mobile = place.recipient, place.mobile
    purchase.street_code, purchase.address_detail = place.street_code or None, place.detail
    purchase.payer, purchase.note = facts.payer.strip()[:80], facts.note.strip()[:200]


def _editable(actor: Actor, purchase_id: int) -> PurchaseOrder:
    purchase = locked_purchase(actor, purchase_id, Permission.UNIT_BUYER)
    if not PURCHASE.allows(purchase.state, "submit"):
        raise Conflict("bulk.not_editable")
    return purchase


@transactional
def edit_purchase(actor: Actor, purchase_id: int, facts: PurchaseFacts) -> None:
    """Change a draft, or one that came back. Raises NotFound, Conflict ``bulk.not_editable``, InvalidInput."""
    purchase = _editable(actor, purchase_id)
    _take_facts(actor, purchase, facts)
    audit.record(actor.user_id, "purchase.edit", "purchase_order", purchase_id)


@transactional
def add_line(actor: Actor, purchase_id: int, sku_id: int, units: int) -> None:
    """Put units of a packing on the list; more of one that is there are added to it.

    Raises NotFound for an unknown packing or purchase order, Conflict ``cart.off_sale``, ``bulk.presale``,
    ``stock.sold_out``, ``stock.too_few`` or ``bulk.too_many_lines``, InvalidInput at ``units``.
    """
    _editable(actor, purchase_id)
    sku = get_skus_for_sale([sku_id]).get(sku_id)
    if sku is None:
        raise NotFound("cart.unknown_sku")
    if not sku.on_sale:
        raise Conflict("cart.off_sale", field="units")
    if sku.ship_by is not None:
        raise Conflict("bulk.presale", field="units")
    lines = units_of(purchase_id)
    wanted = lines.get(sku_id, 0) + units
    if units < 1 or not 1 <= wanted <= MAX_UNITS:
        raise InvalidInput("cart.units", field="units", maximum=MAX_UNITS)
    if sku.available < wanted:
        code = "stock.too_few" if sku.available else "stock.sold_out"
        raise Conflict(code, field="units", left=sku.available)
    if sku_id not in lines and len(lines) >= MAX_LINES:
        raise Conflict("bulk.too_many_lines", maximum=MAX_LINES)
    _write_lines(purchase_id, {**lines, sku_id: wanted})


@transactional
def set_lines(actor: Actor, purchase_id: int, units: Mapping[int, int]) -> None:
    """Set quantities by packing, 0 takes a line off; lines not named stay. Raises NotFound, Conflict, InvalidInput."""
    _editable(actor, purchase_id)
    lines = units_of(purchase_id)
    if not units.keys() <= lines.keys():
        raise NotFound
    if any(not 0 <= count <= MAX_UNITS for count in units.values()):
        raise InvalidInput("cart.units", field="units", maximum=MAX_UNITS)
    _write_lines(purchase_id, {**lines, **units})


def _write_lines(purchase_id: int, units: Mapping[int, int]) -> None:
    """Write quantities with the tier price each reaches now."""
    kept = {sku_id: count for sku_id, count in units.items() if count}
    db.session.execute(
        delete(PurchaseLine).where(
            PurchaseLine.purchase_order_id == purchase_id, PurchaseLine.sku_id.not_in(list(kept))
        )
    )
    there = units_of(purchase_id)
    for line in bulk_lines(kept):
        values = {"units": line.units, "unit_price_fen": line.sku.price_fen}
        if line.sku.sku_id in there:
            db.session.execute(
                update(PurchaseLine)
                .where(PurchaseLine.purchase_order_id == purchase_id, PurchaseLine.sku_id == line.sku.sku_id)
                .values(**values)
            )
        else:
            db.session.add(PurchaseLine(purchase_order_id=purchase_id, sku_id=line.sku.sku_id, **values))
    db.session.flush()


@transactional
def submit_purchase(actor: Actor, purchase_id: int, note: str = "", *, agrees_fresh: bool = False) -> None:
    """Ask for approval of exactly this: goods, prices, freight, place and day.

    Raises NotFound, IllegalTransition, Conflict ``units.not_admitted``, ``bulk.nobody_approves``, ``bulk.empty``,
    ``bulk.not_to_be_had`` or ``checkout.too_much``, InvalidInput at ``deliver_on``, ``recipient``, ``mobile``,
    ``region``, ``detail`` or ``agree_fresh``.
    """
    purchase = locked_purchase(actor, purchase_id, Permission.UNIT_BUYER)
    PURCHASE.next(purchase.state, "submit")
    require_admitted(purchase.unit_id, purchase.budget_unit_id)
    _require_address(purchase)
    check_delivery_day(purchase.deliver_on, clock.today(), KEEP_DAYS.get())
    found = quote_purchase(purchase)
    if not found.lines:
        raise Conflict("bulk.empty")
    if found.obstacles:
        line = found.obstacles[0]
        raise Conflict("bulk.not_to_be_had", title=line.sku.title, why=line.why_not)
    if found.quote.excluded:
        names = "、".join(supplier.supplier_name for supplier in found.quote.excluded)
        raise InvalidInput("checkout.excluded", field="region", suppliers=names)
    if found.quote.total_fen > MAX_FEN:
        raise Conflict("checkout.too_much", limit_fen=MAX_FEN)
    if found.quote.fresh_lines and not agrees_fresh:
        raise InvalidInput("checkout.agree_fresh", field="agree_fresh")
    for line in found.lines:
        db.session.execute(
            update(PurchaseLine)
            .where(PurchaseLine.purchase_order_id == purchase_id, PurchaseLine.sku_id == line.sku.sku_id)
            .values(unit_price_fen=line.sku.price_fen, certificate_id=line.sku.certificate_id)
        )
    purchase.total_fen = found.quote.total_fen
    purchase.submitted_by, purchase.submitted_at = actor.user_id, clock.now()
    step(purchase, actor.user_id, "submit", note)


def _require_address(purchase: PurchaseOrder) -> None:
    for name, value in (
        ("recipient", purchase.recipient),
        ("mobile", purchase.mobile),
        ("region", purchase.street_code),
        ("detail", purchase.address_detail),
    ):
        if not value:
            raise InvalidInput("bulk.address_incomplete", field=name)


@transactional
def cancel_purchase(actor: Actor, purchase_id: int, reason: str = "") -> None:
    """Give it up before it is placed; placed orders are cancelled one by one. Raises NotFound, IllegalTransition."""
    purchase = locked_purchase(actor, purchase_id, Permission.UNIT_BUYER)
    step(purchase, actor.user_id, "cancel", reason)
