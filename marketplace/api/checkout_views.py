"""Quotes, placing, paying in the sandbox. What was confirmed is compared with what is true under the lock; if it
differs, nothing is placed and the answer carries the new quote."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Response

from marketplace.accounts.addresses import check_street, get_address
from marketplace.api import cart_views, links, queries
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.api.order_views import told
from marketplace.api.schemas.buying import Quote as QuoteSchema
from marketplace.kernel import crypto
from marketplace.kernel.errors import Conflict, InvalidFields, InvalidInput
from marketplace.kernel.forms import error_text, normalise_mobile
from marketplace.kernel.web import problem_of
from marketplace.regions.rules import province_code_of
from orders.cart.queries import CartOwner, cart_lines
from orders.checkout.commands import Wish, place, quote_for
from orders.checkout.coupons import Choice, confirmed, offered
from orders.checkout.queries import Quote, SupplierQuote, find_placed, lines_beside_cart, quote_of
from orders.coupons.queries import holder_of
from orders.coupons.rules import clean_code
from orders.my_orders.queries import orders_of_checkout
from orders.ordering.commands import DeliverTo
from orders.ordering.rules import PaymentMethod
from orders.payments.providers import loopback, sandbox
from orders.payments.queries import pay_page, require_buyers_checkout
from orders.payments.rules import SandboxChoice
from orders.payments.sessions import start_session
from orders.payments.web import current_buyer

Body = Mapping[str, Any]


def quote(ask: Ask) -> Answer:
    """POST, and yet it changes nothing: a list of lines has no room in an address."""
    body = ask.body
    street = body.get("street_code")
    province = province_code_of(_street(street)) if street else None
    units = _units(body)
    lines = cart_lines(cart_views.owner()) if units is None else lines_beside_cart(units)
    if any(line.sku.is_visit for line in lines):
        raise Conflict("visits.by_date")
    return Answer(told_with_coupons(quote_of(lines, province), body))


def told_with_coupons(found: Quote, body: Body) -> dict[str, Any]:
    """A quote with the coupons that were asked for, beside those there are. Raises Conflict ``coupons.<why>``."""
    whose, code = cart_views.owner(), clean_code(body["coupon_code"])
    holder = None if whose.user_id is None else holder_of(whose.user_id, "")
    if body["coupons"]:
        found = confirmed(found, body["coupons"], holder, code)
    return _told(found, offered(found, holder, code))


def _told(found: Quote, offers: Sequence[Choice]) -> dict[str, Any]:
    return {
        "suppliers": [
            {
                "supplier": {"id": each.supplier_id, "name": each.supplier_name},
                "lines": [cart_views.line(line) for line in each.lines],
                "goods_fen": each.goods_fen,
                "freight_fen": None if _freight_is_open(each) else each.freight_fen,
                "is_excluded": each.is_excluded,
                "discount_fen": each.discount_fen + each.subsidy_fen,
                "subsidy_fen": each.subsidy_fen,
                "total_fen": each.total_fen,
                "income_fen": each.income_fen,
            }
            for each in found.suppliers
        ],
        "left_out": [cart_views.line(line) for line in found.left_out],
        "goods_fen": found.goods_fen,
        "freight_fen": found.freight_fen,
        "discount_fen": found.discount_fen + found.subsidy_fen,
        "offers": [_offer(choice) for choice in offers],
        "total_fen": found.total_fen,
        "income_fen": found.income_fen,
        "needs_agree_fresh": bool(found.fresh_lines),
        "digest": found.digest,
    }


def _freight_is_open(supplier: SupplierQuote) -> bool:
    """Not known yet; of a visit nothing is sent."""
    return supplier.freight is None and not any(line.sku.is_visit for line in supplier.lines)


def _offer(choice: Choice) -> dict[str, Any]:
    offer, face = choice.offer, choice.offer.face
    return {
        "id": face.coupon_id,
        "name": offer.name,
        "bearer": face.bearer.value,
        "supplier_id": face.supplier_id,
        "min_spend_fen": face.min_spend_fen,
        "off_fen": face.off_fen,
        "ends_at": offer.ends_at,
        "why_not": choice.why_not and choice.why_not.value,
    }


def _street(code: str, field: str = "street_code") -> str:
    try:
        return check_street(code)
    except InvalidInput as error:
        raise InvalidFields({field: [error_text(error)]}) from error


def _units(body: Body) -> dict[int, int] | None:
    """Units by SKU, or None for the cart. The same SKU twice is a slip we do not guess about."""
    if "lines" not in body:
        return None
    units = {line["sku_id"]: line["units"] for line in body["lines"]}
    if len(units) < len(body["lines"]):
        raise InvalidFields({"lines": ["同一个规格只写一行。"]})
    return units


def place_checkout(ask: Ask) -> Answer | Response:
    """POST: 201 for a new checkout, 200 for one that this very request has placed before."""
    owner, body = cart_views.owner(), ask.body
    wish = _wish(owner, body)
    earlier = find_placed(owner, wish.key)
    if earlier is not None:
        return _placed(earlier.token, wish, body, 200)
    try:
        token = place_as_seen(owner, wish, body)
    except Conflict as error:
        return problem_of(error, quote=QuoteSchema().dump(quote_now(owner, wish)))
    except InvalidInput as error:
        if error.field != "region":
            raise
        raise InvalidFields({"address.street_code": [error_text(error)]}) from error
    return _placed(token, wish, body, 201)


def place_as_seen(owner: CartOwner, wish: Wish, body: Body) -> str:
    """Place what was confirmed by its sum, and by its digest where one was sent; a checkout's token.

    Raises Conflict ``checkout.changed`` and as ``place``; a cart with nothing in it is told by placing.
    """
    current = quote_for(owner, wish)
    seen: tuple[int, str] = (body["expected_total_fen"], body.get("digest", current.digest))
    if current.lines and seen != (current.total_fen, current.digest):
        raise Conflict("checkout.changed")
    return place(owner, replace(wish, digest=current.digest))


def quote_now(owner: CartOwner, wish: Wish) -> dict[str, Any]:
    """With the coupons asked for, or with none where one of them has gone."""
    try:
        found = quote_for(owner, wish)
    except Conflict:
        found = quote_for(owner, replace(wish, coupons=()))
    holder = holder_of(owner.user_id, wish.deliver_to.mobile)
    return _told(found, offered(found, holder, wish.coupon_code))


def key_of(owner: CartOwner, body: Body) -> str:
    """The key is bound to who sends it, so that a stranger's weak key opens nothing."""
    return crypto.lookup_digest("api-checkout", f"{owner.user_id or 'guest'}:{body['idempotency_key']}")


def _wish(owner: CartOwner, body: Body) -> Wish:
    remarks = {int(supplier): text for supplier, text in body["remarks"].items()}
    return Wish(
        key=key_of(owner, body),
        digest="",
        deliver_to=_deliver_to(owner, body),
        method=PaymentMethod(body["method"]),
        remarks=remarks,
        agrees_fresh=body["agree_fresh"],
        units=_units(body),
        coupons=tuple(body["coupons"]),
        coupon_code=clean_code(body["coupon_code"]),
    )


def _deliver_to(owner: CartOwner, body: Body) -> DeliverTo:
    if ("address" in body) == ("address_id" in body):
        raise InvalidFields({"address": ["address 和 address_id 要写一个，也只写一个。"]})
    if "address_id" in body:
        if owner.user_id is None:
            raise InvalidFields({"address_id": ["游客没有存好的地址，请写 address。"]})
        saved = get_address(owner.user_id, body["address_id"])
        return DeliverTo(saved.recipient, saved.mobile, saved.street_code, saved.detail)
    typed = body["address"]
    mobile = mobile_of(typed["mobile"], "address.mobile")
    street = _street(typed["street_code"], "address.street_code")
    return DeliverTo(typed["recipient"], mobile, street, typed["detail"])


def mobile_of(typed: str, field: str) -> str:
    mobile = normalise_mobile(typed)
    if mobile is None:
        raise InvalidFields({field: ["请填 11 位手机号。"]})
    return mobile


def _placed(token: str, wish: Wish, body: Body, status: int) -> Answer | Response:
    return told_placed(token, body, wish.units, lambda there: there == wish.deliver_to, status)


def told_placed(
    token: str,
    body: Body,
    units: Mapping[int, int] | None,
    is_there: Callable[[DeliverTo], bool],
    status: int,
) -> Answer | Response:
    """What the key has placed, now or before: another request with it may have been a moment faster, and may have
    asked for something else: other goods (``units``; None for a cart's), another place, method or sum."""
    checkout = require_buyers_checkout(current_buyer(token), token)
    lines = {line.sku_id: line.units for row in orders_of_checkout(checkout.id) for line in row.lines}
    is_same = (
        checkout.total_fen == body["expected_total_fen"]
        and pay_page(checkout).method is PaymentMethod(body["method"])
        and units in (None, lines)
        and all(is_there(each) for each in queries.delivered_to(checkout.id))
    )
    return Answer(_checkout(token), status) if is_same else problem_of(Conflict("checkout.key_reused"))


def show(_ask: Ask, checkout_token: str) -> Answer:
    return Answer(_checkout(checkout_token))


def _checkout(token: str) -> dict[str, Any]:
    """A member's checkout is the member's; a guest's is whoever's who holds its token. Raises NotFound."""
    checkout = require_buyers_checkout(current_buyer(token), token)
    page = pay_page(checkout)
    payable = {order.number: order for order in page.orders}
    orders = told(sorted(orders_of_checkout(checkout.id), key=lambda row: row.id))
    for order in orders:
        account = payable[order["number"]].account
        order["transfer"] = account and {
            "holder": account.holder,
            "bank": account.bank,
            "account": account.number,
            "reference": payable[order["number"]].reference,
        }
    return {
        "token": checkout.token,
        "situation": page.situation,
        "method": page.method.value,
        "total_fen": checkout.total_fen,
        "due_fen": page.due_fen,
        "placed_at": checkout.placed_at,
        "reserved_until": page.reserved_until,
        "pay_url": links.page("payments.pay", checkout_token=checkout.token),
        "orders": orders,
    }


def pay_in_sandbox(ask: Ask, checkout_token: str) -> Answer:
    """POST, in demo and test only: the sandbox's bank settles and posts its signed notice to the real webhook."""
    checkout = require_buyers_checkout(current_buyer(checkout_token), checkout_token)
    choice = SandboxChoice(ask.body["choice"])
    back = links.page("payments.pay", checkout_token=checkout_token)
    charge = start_session(checkout.id, back).rpartition("/")[2]
    settled = sandbox.settle(charge, choice)
    loopback.send(settled.notices, late=settled.late)
    return Answer(_checkout(checkout_token))
