"""Coupons as a form says them: which place takes which one, and a code. The checkout's page and a visit's ask alike."""

from collections.abc import Mapping

from marketplace.kernel.forms import typed_id
from orders.checkout.coupons import CouponChoices, Place, choose
from orders.checkout.queries import Quote
from orders.coupons.rules import clean_code

#: the shared coupons' place in a form
SHARED = "shared"
Sent = Mapping[str, str]


def code_in(sent: Sent) -> str:
    return clean_code(sent.get("coupon_code", ""))[:16]


def _wanted_in(sent: Sent) -> dict[Place, int]:
    """What the buyer chose by place; a place not named is chosen for."""
    wanted: dict[Place, int] = {}
    for name, value in sent.items():
        if name.startswith("coupon-"):
            place = name.removeprefix("coupon-")
            wanted[None if place == SHARED else typed_id(place)] = typed_id(value)
    return wanted


def coupons_in(sent: Sent) -> tuple[int, ...]:
    """The ids that were shown as used, for placing."""
    return tuple(coupon_id for coupon_id in _wanted_in(sent).values() if coupon_id)


def chosen_in(quote: Quote, sent: Sent, holder: str | None) -> tuple[Quote, CouponChoices, str]:
    """The quote lowered as the form says, what there is to choose, and what is wrong with its code. ``step=code`` uses
    the coupon the code names, where it can be used. Up to three queries, twice for a code."""
    code, wanted = code_in(sent), _wanted_in(sent)
    priced, choices = choose(quote, wanted, holder, code)
    if not code:
        return priced, choices, ""
    found = [each for place in choices.choices.values() for each in place if each.offer.code == code]
    if not found:
        return priced, choices, "没有这个券码，或者它不是这几家的。"
    if found[0].why_not is None and sent.get("step") == "code":
        face = found[0].offer.face
        priced, choices = choose(quote, {**wanted, face.supplier_id: face.coupon_id}, holder, code)
    return priced, choices, ""
