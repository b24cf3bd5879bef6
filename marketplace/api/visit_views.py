"""Visits (采摘, 农家乐, 民宿): the dates of a listing, what a day would cost, booking it. Paying and reading are
those of every checkout."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from catalog.visits.calendars import may_be_booked
from catalog.visits.queries import DatedVisit, DayRow, days_of, find_dated, find_offer
from catalog.visits.rules import Month, OfferFacts, begins_at, free_until, parse_month
from marketplace.api import cart_views, checkout_views, links, queries
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.api.schemas.visits import VisitQuote
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.web import problem_of
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name, town_code_of
from orders.checkout.queries import find_placed, lines_beside_cart, quote_of
from orders.coupons.rules import clean_code
from orders.ordering.commands import DeliverTo
from orders.ordering.rules import PaymentMethod
from orders.visits.commands import check_agreed, visit_of, wish_of

Body = Mapping[str, Any]


def dates(ask: Ask, product_id: int) -> Answer:
    """The open days of a month, from today on. A listing of goods has none, not even an empty list."""
    if not queries.get_product(product_id).is_visit:
        raise NotFound
    month = parse_month(ask.query.get("month", "")) or Month.of(clock.today())
    offer = find_offer(product_id)
    days = [row for row in days_of(product_id) if row.is_open] if offer is not None else []
    there_is_more = any(row.on >= month.next.first for row in days)
    return Answer(
        {
            "items": [_date(row, offer) for row in days if offer is not None and Month.of(row.on) == month],
            "next": links.again(month=month.next.code) if there_is_more else None,
        }
    )


def _date(row: DayRow, offer: OfferFacts) -> dict[str, Any]:
    return {
        "sku_id": row.sku_id,
        "on": row.on,
        "price_fen": row.price_fen,
        "income_fen": row.income_fen,
        "left": row.left,
        "can_be_booked": may_be_booked(row, offer, clock.now()),
        "begins_at": begins_at(row.on, offer.begins_hour),
        "free_until": free_until(row.on, offer.begins_hour, offer.free_hours),
    }


def quote(ask: Ask) -> Answer:
    """POST, and yet it changes nothing."""
    body = ask.body
    dated = _dated(body)
    visit_of(dated, body["units"])
    lines = lines_beside_cart({dated.sku_id: body["units"]})
    told = checkout_views.told_with_coupons(quote_of(lines, None), body)
    return Answer({**told, "visit": _terms(dated, town_code_of(lines[0].sku.origin_code))})


def _dated(body: Body) -> DatedVisit:
    """Raises NotFound for a packing of goods as for one nobody has."""
    dated = find_dated(body["sku_id"])
    if dated is None:
        raise NotFound
    return dated


def _terms(dated: DatedVisit, town_code: str) -> dict[str, Any]:
    offer = dated.offer
    return {
        "on": dated.on,
        "unit": offer.unit,
        "begins_at": dated.begins_at,
        "free_until": dated.free_until,
        "is_free": dated.free_until > clock.now(),
        "most_units": offer.most_units,
        "region": {"code": town_code, "name": place_name(names_of([town_code]).get(town_code, ""))},
        "address": offer.address,
        "phone": offer.phone,
        "hours": offer.hours,
    }


def book(ask: Ask) -> Answer | Response:
    """POST: 201 for a new checkout, 200 for one that this very request has placed before."""
    owner, body = cart_views.owner(), ask.body
    mobile = checkout_views.mobile_of(body["mobile"], "mobile")
    key = checkout_views.key_of(owner, body)
    earlier = find_placed(owner, key)
    if earlier is not None:  # whatever became of the day since
        return _placed(earlier.token, body, mobile, 200)
    wish = wish_of(
        body["sku_id"],
        body["units"],
        recipient=body["recipient"],
        mobile=mobile,
        method=PaymentMethod(body["method"]),
        key=key,
        coupons=tuple(body["coupons"]),
        coupon_code=clean_code(body["coupon_code"]),
    )
    try:
        check_agreed(wish, body["agreed_free_until"])
        token = checkout_views.place_as_seen(owner, wish, body)
    except Conflict as error:
        told = checkout_views.quote_now(owner, wish)
        told["visit"] = _terms(_dated(body), wish.deliver_to.street_code)
        return problem_of(error, quote=VisitQuote().dump(told))
    return _placed(token, body, mobile, 201)


def _placed(token: str, body: Body, mobile: str, status: int) -> Answer | Response:
    def is_there(there: DeliverTo) -> bool:
        """Where it is, is the host's; who comes, the buyer's."""
        return (there.recipient, there.mobile) == (body["recipient"], mobile)

    return checkout_views.told_placed(token, body, {body["sku_id"]: body["units"]}, is_there, status)
