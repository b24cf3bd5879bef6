"""What an outlet has before it today, through the real commands: parcels with codes, some on their way, an order for a
villager, produce taken in."""

from sqlalchemy import select

from catalog.products.queries import get_skus_for_sale
from catalog.stock.receiving import get_sku, purchase_terms, receive_lot, skus_of_suppliers
from certification.linkage.lots import LotDelivery
from certification.linkage.rules import LotPayment
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, owner_of_supplier, pay_online, skus_for_sale, units_of_order
from marketplace.demo.build.world import Progress
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError
from marketplace.parties.outlet_links import suppliers_of_outlet
from marketplace.regions.rules import province_code_of
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place
from orders.checkout.pickup import deliver_to_outlet
from orders.checkout.queries import lines_beside_cart, quote_of
from orders.fulfilment.commands import ship
from orders.fulfilment.models import Pickup
from orders.fulfilment.pickups import arrive, hand_over
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod

OPERATOR = "outlet"
#: how many parcels lie there, of how many that were sent, and how many of those are handed over
SENT, ARRIVED, HANDED_OVER = 6, 4, 1
#: per packed unit, of the price, what the household is promised for today's lot
PROMISED_BP = 3_000
LOT_UNITS = 8
VILLAGERS = (("示例老张", "19900008001"), ("示例李婶", "19900008002"))


def load_outlet(progress: Progress) -> None:
    operator = actor_of(OPERATOR)
    outlet_id = operator.outlet_ids[0]
    for index in range(SENT):
        _parcel(operator, outlet_id, index)
        progress("网点今天的包裹", index + 1, SENT)
    for index, (name, mobile) in enumerate(VILLAGERS):
        token = _order_for(operator, outlet_id, index, name, mobile)
        if index == 0:
            pay_online(token)
    _collect(operator, outlet_id)


def _place(operator: Actor | None, owner: CartOwner, outlet_id: int, index: int, who: tuple[str, str]) -> str:
    deliver_to = deliver_to_outlet(outlet_id, *who)
    offer = skus_for_sale(2)
    province = province_code_of(deliver_to.street_code)
    for sku in [*offer[index:], *offer[:index]]:
        units = {sku.sku_id: 1}
        quote = quote_of(lines_beside_cart(units), province)
        wish = Wish(
            f"demo-outlet-{outlet_id}-{index:02d}-{'v' if operator else 'p'}",
            quote.digest,
            deliver_to,
            PaymentMethod.ONLINE,
            agrees_fresh=True,
            placed_outlet_id=outlet_id if operator else None,
            placed_by=operator.user_id if operator else None,
            units=units,
        )
        try:
            return place(owner, wish)
        except DomainError:
            continue
    raise LookupError("nothing is sent to the outlet")


def _parcel(operator: Actor, outlet_id: int, index: int) -> None:
    buyer = actor_of("buyer" if index % 2 else "buyer2")
    who = ("秦示选", "19900000001") if index % 2 else ("唐示购", "19900000002")
    token = _place(None, CartOwner(user_id=buyer.user_id), outlet_id, index, who)
    pay_online(token)
    order_id, number, supplier_id = _order_of(token)
    ship(
        owner_of_supplier(supplier_id), order_id, "中国邮政", f"DEMOPICK{index:04d}", units_of_order(order_id)
    )
    if index >= ARRIVED:
        return
    arrive(operator, outlet_id, number, f"A-{index + 1:02d}")
    if index < HANDED_OVER:
        code = db.session.scalar(select(Pickup.code).where(Pickup.order_id == order_id))
        hand_over(operator, outlet_id, code or "")


def _order_of(token: str) -> tuple[int, str, int]:
    row = db.session.execute(
        select(Order.id, Order.number, Order.supplier_id)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .where(Checkout.token == token)
    ).one()
    return row[0], row[1], row[2]


def _order_for(operator: Actor, outlet_id: int, index: int, name: str, mobile: str) -> str:
    owner = CartOwner(token=f"demo-outlet-villager-{index}")
    return _place(operator, owner, outlet_id, index + SENT, (name, mobile))


def _collect(operator: Actor, outlet_id: int) -> None:
    """One household brings something for a supplier that lets the outlet collect."""
    skus = skus_of_suppliers(list(suppliers_of_outlet(outlet_id)))
    terms = purchase_terms({sku.product_id for sku in skus})
    sku = next(get_sku(sku.sku_id) for sku in skus if sku.product_id in terms)
    price = get_skus_for_sale([sku.sku_id])[sku.sku_id].price_fen
    member = terms[sku.product_id].members[0].household_id
    receive_lot(
        operator,
        sku.sku_id,
        member,
        LotDelivery(
            payment=LotPayment.CONSIGNED,
            grams=sku.grams * LOT_UNITS * 103 // 100,
            total_fen=price * LOT_UNITS * PROMISED_BP // 10_000,
            units=LOT_UNITS,
            received_on=clock.today(),
            grade="一级",
            place="网点收购台",
        ),
        outlet_id=outlet_id,
    )
