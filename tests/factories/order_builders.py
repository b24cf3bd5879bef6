"""Orders for tests: a bare row to hang things on, and one placed through the real checkout."""

from collections.abc import Mapping

from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import new_order_number, new_token
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import province_code_of
from orders.cart.commands import add_to_cart
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place
from orders.checkout.queries import build_quote
from orders.fulfilment.models import FreightRule
from orders.ordering.commands import DeliverTo
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from tests.factories.builders import STREET, added


@transactional
def bare_order(supplier_id: int, *, user_id: int | None = None, goods_fen: int = 0) -> int:
    """An order without lines, placed now by a guest unless a member is named. Returns its id."""
    checkout_id = added(
        Checkout(
            token=new_token(),
            idempotency_key=new_token(),
            user_id=user_id,
            payment_method=PaymentMethod.ONLINE,
            total_fen=goods_fen,
            placed_at=clock.now(),
        )
    )
    return added(
        Order(
            number=new_order_number(),
            checkout_id=checkout_id,
            supplier_id=supplier_id,
            user_id=user_id,
            state=OrderState.PLACED,
            payment_method=PaymentMethod.ONLINE,
            goods_fen=goods_fen,
            freight_fen=0,
            total_fen=goods_fen,
            recipient="测试",
            mobile="19900001234",
            street_code=STREET,
            address_detail="示例小区 1 号楼",
            placed_at=clock.now(),
            reserved_until=clock.now(),
        )
    )


HOME = DeliverTo("王女士", "19900001234", STREET, "示例小区 1 号楼")


@transactional
def freight_rule(
    supplier_id: int,
    *,
    province_code: str | None = None,
    first_fen: int = 800,
    next_fen: int = 200,
    free_over_fen: int | None = None,
    is_excluded: bool = False,
) -> int:
    """Freight per begun kilogram to a province, or everywhere else."""
    return added(
        FreightRule(
            supplier_id=supplier_id,
            province_code=province_code,
            first_fen=first_fen,
            next_fen=next_fen,
            free_over_fen=free_over_fen,
            is_excluded=is_excluded,
        )
    )


def wish_for(
    owner: CartOwner,
    *,
    key: str | None = None,
    method: PaymentMethod = PaymentMethod.ONLINE,
    deliver_to: DeliverTo = HOME,
    agrees_fresh: bool = True,
    remarks: Mapping[int, str] | None = None,
) -> Wish:
    """What a buyer confirms who saw the page a moment ago."""
    quote = build_quote(owner, province_code_of(deliver_to.street_code))
    return Wish(key or new_token(), quote.digest, deliver_to, method, remarks or {}, agrees_fresh)


def cart_with(units: Mapping[int, int], user_id: int | None = None) -> CartOwner:
    """A cart with these units by SKU; a guest's unless a member is named."""
    owner = CartOwner(user_id=user_id)
    for sku_id, count in units.items():
        token = add_to_cart(owner, sku_id, count)
        owner = CartOwner(user_id=user_id, token=None if user_id is not None else token)
    return owner


def placed_orders(
    units: Mapping[int, int],
    *,
    user_id: int | None = None,
    method: PaymentMethod = PaymentMethod.ONLINE,
    deliver_to: DeliverTo = HOME,
) -> list[int]:
    """Orders placed through the real cart and checkout: one per supplier, unpaid. Returns their ids."""
    owner = cart_with(units, user_id)
    token = place(owner, wish_for(owner, method=method, deliver_to=deliver_to))
    return list(
        db.session.scalars(
            select(Order.id)
            .join(Checkout, Checkout.id == Order.checkout_id)
            .where(Checkout.token == token)
            .order_by(Order.id)
        )
    )
