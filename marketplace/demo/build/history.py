"""The half year as a list of happenings in the order of time; each is taken by the builders of sales and of money."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from marketplace.demo.build.money import Money
from marketplace.demo.build.parcels import Parcels
from marketplace.demo.build.purchases import Purchases
from marketplace.demo.build.sales import Sales, SoldOrder
from marketplace.demo.build.shelves import Shelves
from marketplace.demo.build.world import World
from marketplace.demo.content.lots_plan import opening_stock
from marketplace.demo.content.order_times import Target
from marketplace.demo.content.orders_plan import OrderIntent
from marketplace.kernel.clock import local_day_start
from marketplace.kernel.media import Media

Happening = tuple[datetime, int, Callable[[], None]]


def build_history(world: World, paper: Media) -> None:
    shelves = Shelves(world)
    purchases = Purchases(world)
    purchases.build()
    sales = Sales(world, shelves, purchases, world.plan.seed)
    parcels = Parcels(world, sales, purchases, world.plan.seed)
    money = Money(world, sales, paper)
    happenings = _deliveries(world, shelves)
    for intent in world.plan.orders:
        happenings += _course(intent, sales, parcels, money)
    happenings.sort(key=lambda happening: happening[:2])
    for index, (_, _, happen) in enumerate(happenings):
        happen()
        world.progress("半年的订单", index + 1, len(happenings))
    shelves.write()
    money.close_sessions()
    _count_sales(world, sales)
    world.rows.write()
    money.write()


def _deliveries(world: World, shelves: Shelves) -> list[Happening]:
    happenings: list[Happening] = []

    def bring(sku_key: str, units: int, lot_id: int | None, at: datetime) -> None:
        happenings.append((at, 0, lambda: shelves.receive(sku_key, units, lot_id, at)))

    for sku_key, lots in world.lots_by_sku.items():
        for day, lot_id in lots:
            bring(sku_key, world.lots[lot_id].units, lot_id, local_day_start(day))
    for sku_key, units in opening_stock(world.content, world.plan.orders, world.now).items():
        if units:
            bring(sku_key, units, None, world.start)
    return happenings


def _course(intent: OrderIntent, sales: Sales, parcels: Parcels, money: Money) -> list[Happening]:
    """Everything that happens to one order; the second figure decides between things of one moment."""
    at = intent.at

    def sold() -> SoldOrder:
        return sales.sold[intent.key]

    def pay(moment: datetime) -> None:
        sales.pay(sold(), moment)
        money.pay(sold(), moment)

    def cancel(moment: datetime) -> None:
        paid = sold().row.paid_at is not None
        sales.cancel(sold(), moment)
        if paid:
            money.refund_all(sold(), moment)

    def complete(moment: datetime) -> None:
        parcels.complete(sold(), moment)
        money.confirm(sold(), moment)

    def place(_moment: datetime) -> None:
        sales.place(intent)
        money.open_payment(sold())

    steps: list[tuple[datetime | None, int, Callable[[datetime], None]]] = [
        (at.placed_at, 1, place),
        (at.paid_at, 2, pay),
        (at.first_shipped_at, 3, lambda moment: parcels.ship_first(sold(), moment)),
        (at.first_accepted_at, 3, lambda moment: parcels.accept(sold(), moment)),
        (at.shipped_at, 3, lambda moment: parcels.ship(sold(), moment)),
        (at.arrived_at, 3, lambda moment: parcels.arrive(sold(), moment)),
        (at.received_at, 4, lambda moment: parcels.receive(sold(), moment)),
        (at.completed_at, 5, complete),
        (at.disbursed_at, 6, lambda moment: money.collect(sold(), moment)),
        (at.disbursed_at, 7, money.disburse),
        (at.cancelled_at, 8, cancel),
    ]
    payday = at.disbursed_at
    if intent.refund is not None:
        steps.append((at.refunded_at, 9, lambda moment: money.refund_part(sold(), moment)))
    if payday is not None:
        steps.append((at.bounced_at, 10, lambda moment: money.settle(Target.BOUNCED, payday, moment)))
        steps.append(
            (at.acknowledged_at, 10, lambda moment: money.settle(Target.ACKNOWLEDGED, payday, moment))
        )
    return [(moment, rank, partial(step, moment)) for moment, rank, step in steps if moment]


def _count_sales(world: World, sales: Sales) -> None:
    """Sold units of a listing: paid and not given back."""
    listings = {listing.id: listing for listing in world.listings.values()}
    for sold in sales.sold.values():
        if sold.row.paid_at is not None:
            for line in sold.lines:
                listings[line.row.listing_id].sold_units += line.row.units - line.row.refunded_units
