"""Booking a date, and moving a booking to another."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.visits.calendars import calendar_of, find_day, may_be_booked
from catalog.visits.queries import DatedVisit, DayRow, days_of, find_dated, find_offer, why_not_for_sale
from catalog.visits.rules import OfferFacts
from marketplace.accounts.addresses import addresses_of
from marketplace.accounts.web import current_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import attach_error, error_text, typed_id
from marketplace.kernel.numbering import new_token
from marketplace.regions.queries import full_name
from marketplace.regions.rules import town_code_of
from orders.cart.web import current_owner, placed_lately
from orders.checkout.commands import Wish, place_to_pay
from orders.checkout.coupon_fields import chosen_in, code_in, coupons_in
from orders.checkout.queries import Quote, lines_beside_cart, quote_of
from orders.checkout.web import on_to_payment
from orders.checkout.words import WHY_NOT
from orders.coupons.queries import holder_of
from orders.ordering.models import Order
from orders.ordering.parameters import RESERVE_MINUTES_ONLINE
from orders.ordering.queries import LineFacts, lines_of
from orders.ordering.rules import PaymentMethod
from orders.payments.providers.registry import takes_online
from orders.payments.queries import PayPage, require_buyers_order
from orders.payments.web import current_buyer, leading_to_provider, order_url
from orders.visits import commands
from orders.visits.forms import BookForm
from orders.visits.rules import is_movable


def book(sku_id: int) -> ResponseReturnValue:
    """GET shows what a date costs and how it may be given back, POST places it. Nobody needs an address for it."""
    dated = find_dated(sku_id)
    if dated is None:
        raise NotFound
    form = BookForm()
    if not takes_online():
        form.offer_transfer_only()
    if request.method == "GET":
        form.key.data = new_token()
        form.units.data = min(max(typed_id(request.args.get("units")), 1), dated.offer.most_units)
        _suggest_person(form)
        return _page(dated, form)
    # look again, with other coupons or another number: nothing is placed
    is_asking = request.form.get("step") in ("refresh", "code")
    changed, status = "", 422
    try:
        if not is_asking and form.validate():
            wish = _wish(sku_id, form)
            commands.check_agreed(wish, form.agreed_until)
            return on_to_payment(place_to_pay(current_owner(), wish))
    except DomainError as error:
        status = error.status
        if error.field:
            attach_error(form, error)
        else:
            changed = error_text(error)
        if error.code == "visits.terms_changed":  # what was agreed to is no more
            form.agree.data = False
    if is_asking:
        status = 200
    return _page(dated, form, changed, status)


def _wish(sku_id: int, form: BookForm) -> Wish:
    return commands.wish_of(
        sku_id,
        form.units.data,
        recipient=str(form.recipient.data),
        mobile=str(form.mobile.data),
        method=PaymentMethod(form.method.data),
        key=str(form.key.data),
        digest=form.digest.data or "",
        coupons=coupons_in(request.form),
        coupon_code=code_in(request.form),
    )


def _suggest_person(form: BookForm) -> None:
    actor = current_actor()
    saved = addresses_of(actor.user_id) if actor is not None else []
    if saved:
        form.recipient.data, form.mobile.data = saved[0].recipient, saved[0].mobile


def _page(dated: DatedVisit, form: BookForm, changed: str = "", status: int = 200) -> ResponseReturnValue:
    units = form.units.data or 1
    quote = quote_of(lines_beside_cart({dated.sku_id: units}), None)
    is_over = dated.begins_at <= clock.now()
    if is_over or not quote.lines:
        return _nothing(dated, quote, changed, is_over=is_over)
    user_id, mobile = current_owner().user_id, form.mobile.data or ""
    holder = holder_of(user_id, mobile) if user_id or mobile else None
    quote, coupons, code_problem = chosen_in(quote, request.form, holder)
    form.until.data = dated.free_until.isoformat()
    if not form.key.data:
        form.key.data = new_token()
    line = quote.lines[0]
    page = render_template(
        "orders/visits/book.html",
        form=form,
        dated=dated,
        quote=quote,
        line=line,
        place=full_name(town_code_of(line.sku.origin_code)),
        coupons=coupons,
        why_not=WHY_NOT,
        code_problem=code_problem,
        changed=changed,
        is_free=dated.free_until > clock.now(),
        placed=_waiting() if request.method == "GET" else [],
        most=min(line.sku.available, dated.offer.most_units),
        minutes=RESERVE_MINUTES_ONLINE.get(),
    )
    return leading_to_provider((page, status))


def _nothing(dated: DatedVisit, quote: Quote, changed: str, *, is_over: bool) -> ResponseReturnValue:
    """That day can't be booked, or not for so many: back to the calendar, where the others are."""
    if waiting := _waiting():
        flash("您订的位子还给您留着，付了款就订好了。", "info")
        return redirect(url_for("payments.pay", checkout_token=waiting[0].checkout_token), 303)
    left = quote.left_out[0] if quote.left_out else None
    if is_over:
        said = "这一天已经开始了，订不了。"
    elif left is not None and left.state == "too_few":
        said = f"这一天只剩 {left.sku.available} {dated.offer.unit}了。"
    else:
        said = changed or "这一天订不了了。"
    flash(f"{said}没有下单，也没有扣钱，请再选一次。", "warning")
    on = dated.on.isoformat()
    return redirect(url_for("products.show", listing_id=dated.listing_id, on=on) + "#dates", 303)


def _waiting() -> list[PayPage]:
    """Visits booked in this browser that are not paid yet."""
    return [page for page in placed_lately() if page.is_visit and page.due_fen]


def move(number: str, checkout_token: str | None = None) -> ResponseReturnValue:
    """GET: the days of the same price, POST: one of them."""
    buyer = current_buyer(checkout_token)
    order = require_buyers_order(buyer, number)
    if order.visit_on is None:
        raise NotFound
    back = order_url(number, checkout_token)
    if not is_movable(order.state, order.free_until, clock.now()):
        flash("这个预订现在不能改期。", "warning")
        return redirect(back, 303)
    error, status = "", 200
    if request.method == "POST":
        try:
            commands.move(buyer, number, typed_id(request.form.get("sku_id")))
        except NotFound:
            raise
        except DomainError as refused:
            error, status = error_text(refused), refused.status
        else:
            flash("改好了，核销码不变。", "success")
            return redirect(back, 303)
    return _move_page(order, lines_of(order.id)[0], back, error, status)


def _move_page(order: Order, line: LineFacts, back: str, error: str, status: int) -> ResponseReturnValue:
    offer, why_not = find_offer(line.listing_id), why_not_for_sale(line.listing_id)
    if offer is None:
        raise NotFound
    days = [] if why_not else days_of(line.listing_id)
    asked = find_day(days, request.args.get("on", ""))
    is_other = asked is not None and asked.sku_id != line.sku_id
    chosen = asked if asked is not None and is_other and _fits(asked, offer, line) else None
    # the month of the visit until another day is chosen: people move it by a few days
    month_of = chosen.on if chosen else order.visit_on
    view = calendar_of(days, offer, request.args.get("month", ""), month_of, line.unit_price_fen)
    page = render_template(
        "orders/visits/move.html",
        order=order,
        line=line,
        offer=offer,
        view=view,
        why_not=why_not,
        chosen=chosen if chosen is not None and chosen.left >= line.units else None,
        is_short=chosen is not None and chosen.left < line.units,
        back=back,
        error=error,
    )
    return page, status


def _fits(row: DayRow, offer: OfferFacts, line: LineFacts) -> bool:
    return may_be_booked(row, offer, clock.now(), line.unit_price_fen)
