"""Half a year of order intentions: who buys what, when, sent where, and how far each order has come.

One intention is one order of one supplier; intentions with the same ``checkout_key`` were placed with one click. The
same content, seed and ``now`` always give the same list.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.demo.content.households import BUYER_COUNT, GUESTS_FROM
from marketplace.demo.content.loader import Address, Content, Product, Sku
from marketplace.demo.content.order_times import Moments, Payment, Target, moments_for
from marketplace.kernel.clock import local_date

SEED = 20201124
CHECKOUTS = 420
TRANSFER_PERCENT = 12
_FRESH_PULL = 3  # what is in season sells better than what keeps
_LOGIN_EVERY = 9  # how often the login `buyer` is the one who buys
_PICKUP_EVERY = 8  # how often goods are fetched at an outlet; every other time the outlet ordered them, too
_CHANNEL_EVERY = 11  # how often an outlet's link brought the buyer
_SAME_SELLER_PERCENT = 60  # how often something else comes from the seller of the first thing
_ARRIVES = 0.6  # how much of the way to its receipt a parcel takes to get to its outlet

#: in percent of the checkouts
_MIX = {
    Target.UNPAID: 3,
    Target.EXPIRED: 3,
    Target.CANCELLED: 4,
    Target.PAID: 10,
    Target.PARTIALLY_SHIPPED: 3,
    Target.SHIPPED: 7,
    Target.RECEIVED: 6,
    Target.COMPLETED: 11,
    Target.REFUNDED_BEFORE_PAYOUT: 4,
    Target.REFUNDED_AFTER_PAYOUT: 3,
    Target.DISBURSED: 20,
    Target.ACKNOWLEDGED: 23,
    Target.BOUNCED: 3,
}
#: targets whose units go back on sale, so the SKU must be one that is on sale
_GIVES_BACK = {Target.EXPIRED, Target.CANCELLED}
#: targets that depend on whether the after-sales window is over, so all lines must share one
_ONE_WINDOW = {Target.RECEIVED, Target.COMPLETED, Target.REFUNDED_BEFORE_PAYOUT}
_REFUND_REASONS = (
    "到货有压坏的，已拍照",
    "少了一份，称重不足",
    "买多了，剩下的没拆封",
    "包装破了，里面受潮",
    "和描述的大小不一样",
)
_NOTES = ("", "", "", "", "", "放门卫，谢谢", "周末送到", "请挑硬一点的", "送人的，别放价签", "到了先打电话")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineIntent:
    """``price_fen`` is a unit's bulk price; None is everybody's."""

    sku_key: str
    units: int
    price_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundIntent:
    """Part of one line: ``units`` of ``lines[line_index]``; ``restock`` puts them back into their stock row."""

    line_index: int
    units: int
    reason: str
    restock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """``shipped_units`` is set for a partially shipped order: how many units of the first line have gone.

    ``buyer_index`` is that of ``households.buyers``. ``purchase`` and ``unit`` are a partner unit's; the three outlets
    are codes, "" for none.
    """

    key: str
    checkout_key: str
    buyer_index: int
    supplier: str
    lines: tuple[LineIntent, ...]
    address: Address
    payment: Payment
    target: Target
    at: Moments
    note: str
    refund: RefundIntent | None = None
    shipped_units: int | None = None
    purchase: str = ""
    unit: str = ""
    pays_later: bool = False
    placed_outlet: str = ""
    pickup_outlet: str = ""
    channel_outlet: str = ""


def _targets(rng: random.Random, count: int) -> list[Target]:
    """``count`` targets in the proportions of the mix, shuffled."""
    pool = [target for target, percent in _MIX.items() for _ in range(percent)]
    targets = [pool[i * len(pool) // count] for i in range(count)]
    rng.shuffle(targets)
    return targets


def _on_offer(
    content: Content, at: datetime, now: datetime, target: Target, window: int
) -> list[tuple[Product, Sku]]:
    month, this_month = local_date(at).month, local_date(now).month
    return [
        (product, sku)
        for product in content.products.values()
        if product.in_season(month)
        and (target not in _ONE_WINDOW or content.categories[product.category].after_sales_hours == window)
        for sku in product.skus
        if target not in _GIVES_BACK or (sku.stock > 0 and product.in_season(this_month))
    ]


def _basket(
    rng: random.Random, offer: Sequence[tuple[Product, Sku]], street: str, content: Content
) -> dict[str, list[LineIntent]]:
    """Lines by supplier; only what is sent to that street."""
    reachable = [
        (product, sku) for product, sku in offer if content.freight_of(product).group_for(street) is not None
    ]
    wanted = rng.choices((1, 2, 3), (62, 28, 10))[0] if not content.copy else rng.randint(2, 5)
    weights = [
        (sku.stock + 20) * (_FRESH_PULL if content.categories[product.category].fresh else 1)
        for product, sku in reachable
    ]
    lines: dict[str, list[LineIntent]] = {}
    seen: set[str] = set()
    for found in rng.choices(reachable, weights, k=wanted):
        product, sku = found
        if lines and rng.randrange(100) < _SAME_SELLER_PERCENT:
            seller = next(iter(lines))
            product, sku = rng.choice([each for each in reachable if each[0].supplier == seller])
        if sku.key in seen:
            continue
        seen.add(sku.key)
        units = rng.choices((1, 2, 3), (66, 24, 10))[0]
        lines.setdefault(product.supplier, []).append(LineIntent(sku_key=sku.key, units=units))
    return lines


def _at_least_two(lines: Sequence[LineIntent]) -> tuple[LineIntent, ...]:
    """A part can only be shipped or refunded where there are two units."""
    first, *rest = lines
    return (replace(first, units=max(first.units, 2)), *rest)


def _fresh(content: Content, lines: Sequence[LineIntent]) -> bool:
    products = (content.products[content.skus[line.sku_key].product] for line in lines)
    return any(content.categories[product.category].fresh for product in products)


def _window_hours(content: Content, lines: Sequence[LineIntent]) -> int:
    """An order is over when the last window of its lines is."""
    products = (content.products[content.skus[line.sku_key].product] for line in lines)
    return max(content.categories[product.category].after_sales_hours for product in products)


def _order(
    rng: random.Random, content: Content, target: Target, lines: Sequence[LineIntent], base: OrderIntent
) -> OrderIntent:
    if base.at.received_at and base.at.completed_at:
        over = base.at.received_at + timedelta(hours=_window_hours(content, lines))
        base = replace(base, at=replace(base.at, completed_at=over))
    if target is Target.PARTIALLY_SHIPPED:
        return replace(base, lines=_at_least_two(lines), shipped_units=1)
    if target in {Target.REFUNDED_BEFORE_PAYOUT, Target.REFUNDED_AFTER_PAYOUT}:
        back = target is Target.REFUNDED_BEFORE_PAYOUT and not _fresh(content, lines)
        refund = RefundIntent(line_index=0, units=1, reason=rng.choice(_REFUND_REASONS), restock=back)
        return replace(base, lines=_at_least_two(lines), refund=refund)
    return base


@dataclass(frozen=True, slots=True)
class _Outlets:
    """Codes of the outlets that had to do with a checkout, "" for none."""

    placed: str = ""
    pickup: str = ""
    channel: str = ""


def _outlets(rng: random.Random, content: Content, number: int) -> _Outlets:
    places = [outlet.code for outlet in content.outlets.values() if outlet.collects]
    # the operator with a login sees more of it than one of fifty would
    operated = [person.outlet for person in content.people.values() if person.outlet]
    chosen = rng.choice(operated) if operated and rng.randrange(4) == 0 else rng.choice(places)
    fetched = number % _PICKUP_EVERY == 3
    return _Outlets(
        placed=chosen if fetched and number % (2 * _PICKUP_EVERY) == 3 else "",
        pickup=chosen if fetched else "",
        channel=rng.choice([*content.outlets]) if number % _CHANNEL_EVERY == 5 else "",
    )


def _with_arrival(order: OrderIntent, now: datetime) -> OrderIntent:
    """When a parcel to be fetched lay at its outlet; one that is still on its way may have got there, or not."""
    shipped, received = order.at.shipped_at, order.at.received_at
    if not order.pickup_outlet or shipped is None or order.shipped_units is not None:
        return order
    arrived = shipped + ((received - shipped) * _ARRIVES if received else timedelta(hours=20))
    return replace(order, at=replace(order.at, arrived_at=arrived)) if arrived <= now else order


def _buyer(rng: random.Random, number: int, outlets: _Outlets, *, transfer: bool, bulk: bool) -> int:
    """A guest has no account to send a transfer's proof from; whom an outlet orders for has none either."""
    if outlets.placed and not transfer:
        return rng.randrange(GUESTS_FROM, BUYER_COUNT)
    if number % _LOGIN_EVERY == 0 and not bulk:
        return 0
    return rng.randrange(2 if bulk else 1, GUESTS_FROM if transfer else BUYER_COUNT)


def _checkout(
    rng: random.Random, content: Content, now: datetime, target: Target, number: int, *, bulk: bool
) -> list[OrderIntent]:
    """The orders of one click. Lines are chosen for the day it was placed, so times come first."""
    transfer = rng.randrange(100) < TRANSFER_PERCENT or (target is Target.UNPAID and number % 2 == 0)
    payment = Payment.TRANSFER if transfer else Payment.SANDBOX
    outlets = _outlets(rng, content, number)
    buyer = _buyer(rng, number, outlets, transfer=transfer, bulk=bulk)
    address = rng.choices(content.addresses, [each.weight for each in content.addresses])[0]
    if outlets.pickup:
        outlet = content.outlets[outlets.pickup]
        address = Address(street=outlet.street, detail=outlet.address, weight=0)
    windows = sorted({category.after_sales_hours for category in content.categories.values()})
    window = rng.choice(windows) if target in _ONE_WINDOW else windows[-1]
    at = moments_for(rng, now, target, payment, window)
    offer = _on_offer(content, at.placed_at, now, target, window)
    note = rng.choice(_NOTES)
    orders = []
    for supplier, lines in _basket(rng, offer, address.street, content).items():
        base = OrderIntent(
            key="", checkout_key=f"C{number:04d}", buyer_index=buyer, supplier=supplier, lines=tuple(lines),
            address=address, payment=payment, target=target, at=at, note=note,
            placed_outlet=outlets.placed, pickup_outlet=outlets.pickup, channel_outlet=outlets.channel,
        )  # fmt: skip
        orders.append(_with_arrival(_order(rng, content, target, lines, base), now))
    return orders


def plan_orders(
    content: Content, now: datetime, *, seed: int = SEED, checkouts: int = CHECKOUTS, bulk: bool = False
) -> list[OrderIntent]:
    """Orders of the last ``HISTORY_DAYS`` before ``now`` (aware), oldest first, keyed ``D0001``…

    In ``bulk`` none of them is of a demo login, whose own list would otherwise have thousands.
    """
    rng = random.Random(seed)
    orders = [
        order
        for number, target in enumerate(_targets(rng, checkouts))
        for order in _checkout(rng, content, now, target, number, bulk=bulk)
    ]
    orders.sort(key=lambda order: (order.at.placed_at, order.checkout_key, order.supplier))
    return [replace(order, key=f"D{number:04d}") for number, order in enumerate(orders, 1)]
