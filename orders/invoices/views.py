"""The buyer's side: who the invoice is for, what was issued. Members by login, guests by the secret."""

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.policies import Permission
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.media import send_document
from marketplace.parties.unit_queries import get_unit
from orders.invoices.commands import ask_for_invoice
from orders.invoices.forms import TitleForm
from orders.invoices.queries import find_invoice, paper_media
from orders.invoices.rules import InvoiceKind
from orders.invoices.words import BUYERS, COLORS, KINDS
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.queries import require_buyers_order
from orders.payments.web import buyers_url, current_buyer, order_url


def show(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """GET and POST: ask, see what was issued."""
    reader = current_buyer(checkout_token, unit_permission=Permission.UNIT)  # a unit's finance asks as well
    order = require_buyers_order(reader, number)
    form = TitleForm()
    if not form.is_submitted():
        return _page(order, _prefilled(order, form), checkout_token)
    if form.validate_on_submit():
        with errors_at(form):
            ask_for_invoice(reader, number, form.title())
            flash("记下了，供应商开好会告诉您。", "success")
            return redirect(buyers_url("invoices.show", number, checkout_token), 303)
    return _page(order, form, checkout_token)


def _prefilled(order: Order, form: TitleForm) -> TitleForm:
    known = find_invoice(order.id)
    if known is not None:
        kind, name, tax_number = known.kind, known.title, known.tax_number
    elif order.unit_id is not None:
        unit = get_unit(order.unit_id)
        kind, name, tax_number = InvoiceKind.UNIT, unit.name, unit.uscc
    else:
        return form
    form.invoice_kind.data, form.invoice_title.data = kind.value, name
    form.invoice_tax_number.data = tax_number or ""
    return form


def _page(order: Order, form: TitleForm, checkout_token: str | None) -> ResponseReturnValue:
    found = find_invoice(order.id)
    page = render_template(
        "orders/invoices/show.html",
        invoice=found,
        number=order.number,
        form=form,
        may_ask=order.state is not OrderState.CANCELLED and not (found and found.on_paper_fen),
        needs=BUYERS,
        kinds=KINDS,
        colors=COLORS,
        back=order_url(order.number, checkout_token),
        paper_url=lambda paper_id: buyers_url(
            "invoices.paper", order.number, checkout_token, paper_id=paper_id
        ),
    )
    return page, status_of(form)


def paper(number: str, paper_id: int, checkout_token: str | None = None) -> Response:
    order = require_buyers_order(current_buyer(checkout_token, unit_permission=Permission.UNIT), number)
    found = find_invoice(order.id)
    if found is None:
        raise NotFound
    return send_document(paper_media(found.id, paper_id))
