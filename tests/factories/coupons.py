"""Coupons as their makers make them, and orders that use them."""

from datetime import timedelta

from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place, quote_for
from orders.coupons.commands import make_coupon
from orders.coupons.rules import CouponBearer, NewCoupon
from orders.ordering.models import Checkout, Order
from tests.factories import builders, order_builders


def coupon(supplier_id: int | None = None, **changes: object) -> int:
    """满 50 减 5, a supplier's or the platform's."""
    fields: dict[str, object] = {
        "name": "满减",
        "bearer": CouponBearer.SUPPLIER if supplier_id else CouponBearer.PLATFORM,
        "supplier_id": supplier_id,
        "min_spend_fen": 5_000,
        "off_fen": 500,
        "total_count": 100,
        "per_person": 1,
        "budget_fen": 50_000,
        "starts_on": clock.today(),
        "ends_on": clock.today() + timedelta(days=10),
    }
    actor = builders.owner_of(supplier_id) if supplier_id else builders.admin()
    return make_coupon(actor, NewCoupon(**(fields | changes)))  # type: ignore[arg-type]


def wish_with(owner: CartOwner, *coupons: int, key: str | None = None) -> Wish:
    """Confirmed after a look at the page with these coupons in force."""
    plain = order_builders.wish_for(owner, key=key)
    wish = Wish(plain.key, "", plain.deliver_to, plain.method, {}, True, coupons=coupons)
    return Wish(
        plain.key, quote_for(owner, wish).digest, plain.deliver_to, plain.method, {}, True, coupons=coupons
    )


def placed(units: dict[int, int], *coupons: int, user_id: int | None = None) -> list[Order]:
    owner = order_builders.cart_with(units, user_id)
    token = place(owner, wish_with(owner, *coupons))
    return orders_of(token)


def orders_of(token: str) -> list[Order]:
    return list(
        db.session.scalars(
            select(Order).join(Checkout, Checkout.id == Order.checkout_id).where(Checkout.token == token)
        )
    )
