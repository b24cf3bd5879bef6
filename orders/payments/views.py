"""The payment page, transfer proofs, the provider's webhook and the sandbox's page."""

from datetime import date
from typing import cast

import structlog
from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.forms import error_text, errors_at, errors_flashed, status_of
from orders.payments import commands, inbox, queries
from orders.payments.forms import ProofForm
from orders.payments.providers import loopback, sandbox
from orders.payments.providers.registry import get_provider
from orders.payments.rules import SandboxChoice, SandboxDispute
from orders.payments.sessions import start_session
from orders.payments.web import current_buyer, lead_to_provider, leading_to_provider, order_url

log = structlog.get_logger()


def pay(checkout_token: str) -> ResponseReturnValue:
    """GET: what is to be paid and how. Polled while a notice is awaited: nothing until something changed."""
    checkout = queries.require_buyers_checkout(current_buyer(checkout_token), checkout_token)
    page = queries.pay_page(checkout)
    if request.headers.get("HX-Request") == "true":
        if page.situation == "waiting":
            return "", 204
        return Response(status=204, headers={"HX-Refresh": "true"})
    return _page(page, None, None)


def _page(
    page: queries.PayPage, form: ProofForm | None, number: str | None, status: int = 200
) -> ResponseReturnValue:
    token = page.checkout_token
    secret = None if page.is_member else token
    links = {order.number: order_url(order.number, secret) for order in page.orders}
    if page.method == "transfer":
        forms = {
            order.number: form
            if form is not None and order.number == number
            else _proof_form(order.number, amount_fen=order.total_fen)
            for order in page.orders
        }
        text = render_template("orders/payments/transfer.html", page=page, links=links, forms=forms)
    else:
        text = render_template("orders/payments/online.html", page=page, links=links)
    return (text, status) if page.method == "transfer" else leading_to_provider((text, status))


def _proof_form(number: str, **values: int) -> ProofForm:
    """Several orders may stand on one page, so every field carries its order's number; the page's token guards all."""
    return ProofForm(prefix=f"p{number}-", meta={"csrf": False}, **values)


def start(checkout_token: str) -> ResponseReturnValue:
    """POST: on to the provider's page."""
    checkout = queries.require_buyers_checkout(current_buyer(checkout_token), checkout_token)
    return lead_to_provider(checkout_token, lambda back: start_session(checkout.id, back))


def proof(checkout_token: str, number: str) -> ResponseReturnValue:
    """POST: the proof of a transfer."""
    buyer = current_buyer(checkout_token)
    page = queries.pay_page(queries.require_buyers_checkout(buyer, checkout_token))
    if number not in {order.number for order in page.orders}:
        raise NotFound
    form = _proof_form(number)
    if form.validate_on_submit():
        with errors_at(form):
            commands.submit_proof(
                buyer,
                number,
                str(form.payer.data),
                cast("date", form.paid_on.data),
                form.amount_fen.data,
                form.document.data,
            )
            flash("凭证收到了，财务会和银行流水核对，通常一个工作日内有结果。", "success")
            return redirect(url_for("payments.pay", checkout_token=checkout_token), 303)
    return _page(page, form, number, status_of(form))


def webhook(provider: str) -> ResponseReturnValue:
    """POST from a provider: 400 unless it is signed by it; kept first, then applied."""
    header = get_provider(provider).signature_header
    if not header or (request.content_length or 0) > inbox.MAX_BODY:
        raise NotFound
    try:
        inbox.receive(provider, request.get_data(), request.headers.get(header, ""))
    except InvalidInput:
        log.warning("payments.forged_notice", provider=provider)
        return {"error": "signature"}, 400
    return {"received": True}


def sandbox_page(session_token: str) -> ResponseReturnValue:
    """GET: the sandbox's bank."""
    return render_template("orders/payments/sandbox.html", charge=sandbox.get_charge(session_token))


def sandbox_dispute(session_token: str) -> ResponseReturnValue:
    """POST: a card holder complains, or the bank decides about it."""
    try:
        choice = SandboxDispute(request.form.get("choice", ""))
    except ValueError:
        raise InvalidInput("payments.sandbox_choice") from None
    with errors_flashed():
        settled = sandbox.dispute(session_token, choice)
        loopback.send(settled.notices, late=False)
        flash("银行的通知发出去了，财务和供应商那边看得到。", "success")
    return redirect(url_for("sandbox.show", session_token=session_token), 303)


def sandbox_choose(session_token: str) -> ResponseReturnValue:
    """POST: let the sandbox's bank do what was chosen, and go back to the shop."""
    try:
        choice = SandboxChoice(request.form.get("choice", ""))
    except ValueError:
        raise InvalidInput("payments.sandbox_choice") from None
    try:
        settled = sandbox.settle(session_token, choice)
    except Conflict as error:
        flash(error_text(error), "warning")
        return_url = sandbox.get_charge(session_token).return_url
    else:
        loopback.send(settled.notices, late=settled.late)
        return_url = settled.return_url
    return redirect(return_url.removeprefix(current_app.extensions["settings"].public_url), 303)
