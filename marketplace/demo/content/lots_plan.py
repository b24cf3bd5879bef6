"""What households must have brought, and when, for the planned orders to have been possible.

Lots follow the orders: a household brings goods shortly before the stock would run out, so every order finds its units
in lots received before it, oldest first. On top comes what is on sale today. Units that cancelled orders give back are
not counted, so stock is never short.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import cycle

from marketplace.demo.content.households import linked_codes
from marketplace.demo.content.loader import Content, LotKind, Mode, Product, Sku
from marketplace.demo.content.orders_plan import OrderIntent
from marketplace.kernel.clock import local_date

LOT_SEED = 61
_LOT_UNITS = (4, 15)
_PACKING_LOSS_PERCENT = (2, 7)
_DAYS_BEFORE = {True: (1, 1), False: (3, 15)}  # fresh goods come in the day before


@dataclass(frozen=True, slots=True, kw_only=True)
class LotIntent:
    """``agreed_total_fen`` ÷ ``units`` is within one fen of the SKU's ``household_fen``, never below it."""

    key: str
    household: str
    sku_key: str
    units: int
    agreed_total_fen: int
    grams: int
    grade: str
    place: str
    received_on: date
    kind: LotKind


@dataclass(slots=True)
class _Shelf:
    """One SKU's lots in the making."""

    product: Product
    sku: Sku
    fresh: bool
    on_sale: bool
    rng: random.Random
    bringers: Iterator[str]
    balance: int = 0
    last: date = date.min

    def deliver(self, short: int, before: date) -> LotIntent:
        """A lot received before a day, at least one unit and, for goods that are to sell out, never too many."""
        size = self.rng.randint(*_LOT_UNITS)
        units = size if self.on_sale else min(size, short)
        received = max(self.last, before - timedelta(days=self.rng.randint(*_DAYS_BEFORE[self.fresh])))
        self.last = received
        self.balance += units
        household = next(self.bringers)
        loss = self.rng.randint(*_PACKING_LOSS_PERCENT)
        return LotIntent(
            key="",
            household=household,
            sku_key=self.sku.key,
            units=units,
            agreed_total_fen=units * (self.sku.household_fen or 0)
            + self.rng.choice((0, 0, self.rng.randrange(units))),
            grams=units * self.sku.grams * (100 + loss) // 100,
            grade=self.product.grade,
            place=household.split("-")[1],
            received_on=received,
            kind=self.product.lots or LotKind.CONSIGNED,
        )


def _demand(orders: Sequence[OrderIntent]) -> dict[str, list[tuple[date, int]]]:
    """Units by SKU in the order of placing. Sorted here, for a caller may hold the orders by buyer or state."""
    wanted: dict[str, list[tuple[date, int]]] = {}
    for order in sorted(orders, key=lambda each: each.at.placed_at):
        for line in order.lines:
            wanted.setdefault(line.sku_key, []).append((local_date(order.at.placed_at), line.units))
    return wanted


def _lots_of(shelf: _Shelf, demand: Sequence[tuple[date, int]], today: date) -> Iterator[LotIntent]:
    for day, units in demand:
        while shelf.balance < units:
            yield shelf.deliver(units - shelf.balance, day)
        shelf.balance -= units
    if shelf.on_sale:
        while shelf.balance < shelf.sku.stock:
            yield shelf.deliver(shelf.sku.stock - shelf.balance, today)


def plan_lots(content: Content, orders: Sequence[OrderIntent], now: datetime) -> list[LotIntent]:
    """Lots of every SKU sold by purchase, oldest first, keyed ``L0001``…"""
    today, demand = local_date(now), _demand(orders)
    found: list[LotIntent] = []
    for index, (product, sku) in enumerate(_skus(content, purchase=True)):
        shelf = _Shelf(
            product=product,
            sku=sku,
            fresh=content.categories[product.category].fresh,
            on_sale=sku.stock > 0 and product.in_season(today.month),
            rng=random.Random(LOT_SEED + index),
            bringers=cycle(linked_codes(product)),
        )
        found.extend(_lots_of(shelf, demand.get(sku.key, []), today))
    found.sort(key=lambda lot: (lot.received_on, lot.sku_key))
    return [replace(lot, key=f"L{number:04d}") for number, lot in enumerate(found, 1)]


def opening_stock(content: Content, orders: Sequence[OrderIntent], now: datetime) -> Mapping[str, int]:
    """Units to put into the lot-less stock row of each other SKU before the first order: what the orders take and
    what is on sale today.
    """
    month, demand = local_date(now).month, _demand(orders)
    return {
        sku.key: sum(units for _, units in demand.get(sku.key, []))
        + (sku.stock if product.in_season(month) else 0)
        for product, sku in _skus(content, purchase=False)
    }


def _skus(content: Content, *, purchase: bool) -> Iterator[tuple[Product, Sku]]:
    for product in content.products.values():
        if (Mode.PURCHASE in product.modes) is purchase:
            for sku in product.skus:
                yield product, sku
