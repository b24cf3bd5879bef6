"""The other person's part: agreeing to a purchase order, which places it, or giving it back."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select

from marketplace.accounts.policies import Actor, Permission
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional
from orders.bulk.models import PurchaseLine, PurchaseOrder, PurchaseStep
from orders.bulk.parameters import KEEP_DAYS
from orders.bulk.quoting import BulkQuote
from orders.bulk.rules import AgreedLine, PaymentTerm, changes_since
from orders.bulk.steps import decide, locked_purchase, quote_purchase, require_admitted
from orders.bulk.workflow import PURCHASE, PurchaseState
from orders.checkout.placing import place_quote
from orders.ordering.commands import DeliverTo, NewCheckout
from orders.ordering.models import Order
from orders.ordering.rules import PaymentMethod
from orders.payments.credit import release_on_credit


@dataclass(frozen=True, slots=True)
class Approval:
    """Either the orders it was placed as, or what changed since it was submitted, in which case it went back."""

    order_ids: list[int] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)


@transactional
def approve_purchase(
    actor: Actor, purchase_id: int, note: str = "", *, seen_step: int | None = None
) -> Approval:
    """Somebody else agrees: the orders are placed, one per supplier, their stock kept or, where paid later, released.

    Approving again answers with what was placed. Where anything is no longer as it was submitted nothing is placed: the
    purchase order goes back with what changed. ``seen_step`` is the newest step on the page that the approver read.

    Raises NotFound, Conflict ``bulk.own_purchase`` for whoever drew it up or submitted it, ``bulk.seen_other`` and
    ``units.not_admitted``, IllegalTransition unless it waits for approval.
    """
    purchase = locked_purchase(actor, purchase_id, Permission.UNIT_APPROVER)
    if purchase.state is PurchaseState.PLACED:
        return Approval(_placed_orders(purchase_id))
    PURCHASE.next(purchase.state, "place")
    if actor.user_id in (purchase.created_by, purchase.submitted_by):
        raise Conflict("bulk.own_purchase")
    if seen_step is not None and seen_step != _newest_step(purchase_id):
        raise Conflict("bulk.seen_other")
    require_admitted(purchase.unit_id, purchase.budget_unit_id)
    found = quote_purchase(purchase)
    changes = changes_of(purchase.id, purchase.deliver_on, purchase.total_fen, found)
    if changes:
        decide(purchase, actor.user_id, "return", "下单前核对有变化：" + "；".join(changes))
        return Approval(changes=changes)
    decide(purchase, actor.user_id, "place", note)
    return Approval(_place(purchase, found, actor.user_id))


def _newest_step(purchase_id: int) -> int | None:
    return db.session.scalar(
        select(func.max(PurchaseStep.id)).where(PurchaseStep.purchase_order_id == purchase_id)
    )


def changes_of(purchase_id: int, deliver_on: date, total_fen: int, found: BulkQuote) -> list[str]:
    """What of a submitted purchase order no longer holds, in words. One query."""
    if deliver_on <= clock.today():
        return ["送货日已经过了，请改一个日子再提交"]
    agreed = {
        line.sku_id: line
        for line in db.session.scalars(
            select(PurchaseLine).where(PurchaseLine.purchase_order_id == purchase_id)
        )
    }
    lines = {
        line.sku.sku_id: AgreedLine(
            f"{line.sku.title}（{line.sku.sku_name}）",
            agreed[line.sku.sku_id].unit_price_fen,
            line.sku.price_fen,
            agreed[line.sku.sku_id].certificate_id,
            line.sku.certificate_id,
            line.why_not,
        )
        for line in found.lines
    }
    excluded = [f"{supplier.supplier_name}不再送到这个地区" for supplier in found.quote.excluded]
    return excluded or changes_since(lines, total_fen, found.quote.total_fen)


def _place(purchase: PurchaseOrder, found: BulkQuote, actor_id: int) -> list[int]:
    pays_later = purchase.payment_term is PaymentTerm.AFTER
    last_day = min(purchase.deliver_on, clock.today() + timedelta(days=KEEP_DAYS.get()))
    checkout = NewCheckout(
        token=new_token(),
        idempotency_key=f"purchase:{purchase.id}",
        user_id=purchase.submitted_by,
        payment_method=PaymentMethod.TRANSFER,
        deliver_to=DeliverTo(
            purchase.recipient, purchase.mobile, purchase.street_code or "", purchase.address_detail
        ),
        reserved_until=clock.local_day_start(last_day + timedelta(days=1)),
        unit_id=purchase.budget_unit_id,
        purchase_order_id=purchase.id,
        pays_later=pays_later,
    )
    remarks = {supplier.supplier_id: purchase.note for supplier in found.quote.suppliers}
    placed = place_quote(found.quote, checkout, remarks)
    purchase.checkout_id = placed.checkout_id
    db.session.flush()
    if pays_later:
        for order_id in placed.order_ids:
            release_on_credit(order_id, actor_id)
    return placed.order_ids


def _placed_orders(purchase_id: int) -> list[int]:
    return list(
        db.session.scalars(select(Order.id).where(Order.purchase_order_id == purchase_id).order_by(Order.id))
    )


@transactional
def return_purchase(actor: Actor, purchase_id: int, reason: str) -> None:
    """The approver gives it back to be changed. Raises NotFound, InvalidInput without a reason, IllegalTransition."""
    purchase = locked_purchase(actor, purchase_id, Permission.UNIT_APPROVER)
    PURCHASE.next(purchase.state, "return")
    if not reason.strip():
        raise InvalidInput("bulk.return_reason", field="reason")
    decide(purchase, actor.user_id, "return", reason)
