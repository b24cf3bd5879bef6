"""我的订单: the list, one order, and the guest's pages behind the checkout's secret."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.reviews.queries import of_lines
from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.paging import page_number
from marketplace.kernel.typed import digits_of
from marketplace.outlets.queries import get_outlet
from marketplace.presentation import qr_code
from marketplace.regions.queries import full_name, full_names_of
from orders.fulfilment.desk import parcels_of
from orders.fulfilment.pickup_queries import PickupFacts, pickup_of
from orders.fulfilment.readdressing import may_change_address
from orders.ledger.queries import order_parts, order_rows
from orders.ledger.words import WORDS
from orders.my_orders import queries, story
from orders.my_orders.rules import (
    TAB_WORDS,
    Actions,
    PickupStage,
    Situation,
    Tab,
    actions_of,
    pickup_stage,
    situation,
)
from orders.ordering import queries as ordering
from orders.ordering.models import Order
from orders.ordering.queries import LineFacts
from orders.ordering.workflow import OrderState
from orders.payments.queries import require_buyers_checkout, require_buyers_order
from orders.payments.web import buyers_url, current_buyer
from orders.payments.workflow import PaymentState
from orders.refunds.queries import RefundFacts, refunds_of
from orders.refunds.words import BUYERS, KINDS
from orders.reviewing.rules import REVIEWABLE, may_review
from orders.visits.queries import booking_of
from orders.visits.rules import is_movable


def index() -> ResponseReturnValue:
    user_id = require_actor().user_id
    wanted = request.args.get("state", "")
    tab = Tab(wanted) if wanted in set(Tab) else Tab.ALL
    text = digits_of(request.args.get("q", ""), 24)
    page = queries.own_orders(user_id, tab, text, page_number(request.args.get("page")))
    counts = queries.count_by_tab(user_id)
    # few book visits: their filter stands there only for who has one
    shown = [each for each in Tab if each is not Tab.TO_VISIT or counts[each] or tab is each]
    tabs = [(each.value, TAB_WORDS[each], counts[each]) for each in shown]
    return render_template(
        "orders/my_orders/index.html",
        page=page,
        tabs=tabs,
        current=tab.value,
        text=text,
        has_any=counts[Tab.ALL] > 0,
    )


def show(number: str) -> ResponseReturnValue:
    """A member's order; anybody else's is not found. A unit's has its page on the unit's desk."""
    order = require_buyers_order(current_buyer(unit_permission=Permission.UNIT), number)
    if order.purchase_order_id is not None:
        return redirect(url_for("unit.order", number=number))
    return _order_page(order, None)


def guest(checkout_token: str, number: str | None = None) -> ResponseReturnValue:
    """A guest's checkout by its secret, or one order of it."""
    checkout = require_buyers_checkout(current_buyer(checkout_token), checkout_token)
    rows = queries.orders_of_checkout(checkout.id)
    if number is None and len(rows) == 1:
        number = rows[0].number
    if number is None:
        return render_template("orders/my_orders/guest.html", rows=rows, checkout=checkout)
    return _order_page(require_buyers_order(current_buyer(checkout_token), number), checkout_token)


def _order_page(found: Order, secret: str | None) -> ResponseReturnValue:
    order = ordering.facts_of(found)
    lines, certificates = ordering.lines_with_certificates(order.id)
    payment = queries.payment_of(order.id)
    refunds = refunds_of(order.id)
    incomes = ordering.incomes_of(order.id)
    homes = queries.homes_of_income(incomes)
    parcels = parcels_of(order.id, with_entries=True)
    income_fen = sum(line.income_fen for line in lines)
    pickup, stage = _pickup(found)
    ledger = order_rows(order.id)
    context: dict[str, Any] = {
        "order": order,
        "lines": lines,
        "homes": homes,
        "places": full_names_of({home.village_code for home in homes}),
        "parcels": parcels,
        "may_change_address": may_change_address(found),
        "parts": order_parts(order.id, ledger),
        "ledger": ledger,
        "ledger_words": WORDS,
        "situation": _situation(order, payment.state, refunds, lines, stage),
        "actions": _actions(order, payment.state, stage),
        "pickup": pickup,
        "outlet": get_outlet(found.pickup_outlet_id) if found.pickup_outlet_id else None,
        "provider": payment.provider,
        "captured_fen": payment.captured_fen,
        "refunded_fen": payment.refunded_fen,
        "incomes": incomes,
        "income_fen": income_fen,
        "certificates": certificates,
        "supplier_name": payment.supplier_name,
        "supplier_phone": payment.supplier_phone,
        "street": full_name(order.street_code),
        "person": found,
        "timeline": story.happened(
            order, ordering.events_of(order.id), parcels, income_fen if payment.captured_fen else 0
        ),
        "coming": story.to_come(order, lines, stage),
        "urls": _urls(order, secret, payment.checkout_token),
        **_visit(order, lines),
        **_reviews(found, lines, secret),
        **_after_sales(order, secret, refunds),
        "secret": secret,
    }
    return render_template("orders/my_orders/show.html", **context)


def _reviews(order: Order, lines: Sequence[LineFacts], secret: str | None) -> dict[str, Any]:
    """What was said of each line and which may still be; a guest's order is nobody's to review."""
    there = [line.id for line in lines if may_review(order.state, line.units, line.refunded_units)]
    if secret is not None or order.user_id is None or order.user_id != require_actor().user_id:
        return {"reviews": {}, "to_review": [], "guest_may_not_review": bool(there) and order.user_id is None}
    written = of_lines([line.id for line in lines]) if order.state in REVIEWABLE else {}
    return {
        "reviews": written,
        "to_review": [line_id for line_id in there if line_id not in written],
        "guest_may_not_review": False,
    }


def _situation(
    order: ordering.OrderFacts,
    payment: PaymentState,
    refunds: Sequence[RefundFacts],
    lines: Sequence[LineFacts],
    stage: PickupStage | None,
) -> Situation:
    return situation(
        order.state,
        payment,
        [refund.state for refund in refunds],
        order.payment_method,
        is_part_refunded=any(line.refunded_units for line in lines),
        pickup=stage,
        is_visit=order.visit_on is not None,
    )


def _actions(order: ordering.OrderFacts, payment: PaymentState, stage: PickupStage | None) -> Actions:
    """A paid visit is cancelled within its free hours only, as was agreed."""
    actions = actions_of(order.state, payment, stage)
    if order.visit_on is None or order.state is not OrderState.RELEASED:
        return actions
    return replace(actions, cancel=is_movable(order.state, order.free_until, clock.now()))


def _visit(order: ordering.OrderFacts, lines: Sequence[LineFacts]) -> dict[str, Any]:
    """The code of a paid visit, and as a QR code the address where its host takes it."""
    booking = booking_of(order.id, lines[0].listing_id) if order.visit_on is not None else None
    if booking is None or order.state not in (OrderState.RELEASED, OrderState.RECEIVED, OrderState.COMPLETED):
        return {"booking": None, "visit_code": None}
    base = current_app.extensions["settings"].public_url.rstrip("/")
    return {
        "booking": booking,
        "visit_code": qr_code(base + url_for("supplier.visit_redeem", code=booking.code)),
    }


def _pickup(order: Order) -> tuple[PickupFacts | None, PickupStage | None]:
    pickup = pickup_of(order.id) if order.pickup_outlet_id else None
    is_taken = pickup is not None and not pickup.waits
    return pickup, pickup_stage(order.pickup_outlet_id is not None, pickup is not None, is_taken)


def _after_sales(
    order: ordering.OrderFacts, secret: str | None, refunds: Sequence[RefundFacts]
) -> dict[str, Any]:
    return {
        "refunds": refunds,
        "refund_urls": {
            each.id: buyers_url("refunds.show", order.number, secret, refund_id=each.id) for each in refunds
        },
        "refund_kinds": KINDS,
        "refund_states": BUYERS,
    }


_BELOW = {
    "again": "my_orders.again",
    "refund": "refunds.request",
    "cancel": "refunds.cancel",
    "invoice": "invoices.show",
    "address": "fulfilment.address",
    "receive": "fulfilment.receive",
    "move": "visits.move",
}


def _urls(order: ordering.OrderFacts, secret: str | None, token: str) -> dict[str, str]:
    below = {name: buyers_url(endpoint, order.number, secret) for name, endpoint in _BELOW.items()}
    return {"pay": url_for("payments.pay", checkout_token=token), **below}
