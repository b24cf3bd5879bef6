"""What partner units bought: purchase orders drawn up, approved by somebody else, delivered in two batches, paid before
or after. The same content, seed and ``now`` always give the same list.

Here the days come first and how far an order has come follows from them, so that it works out on every day of a year.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from marketplace.demo.content.loader import Address, Content, Product, Sku
from marketplace.demo.content.order_times import Moments, Payment, Target, at_hours, next_payday
from marketplace.demo.content.orders_plan import LineIntent, OrderIntent, RefundIntent
from marketplace.demo.content.partners import Unit
from marketplace.demo.content.tiers import price_of
from marketplace.kernel.clock import local_date

SEED = 832
PURCHASES = 72
_OLDEST_DAYS = 176
_LATER_PERCENT = 45
_NEAR_PERCENT = 65  # how often a unit looks in the counties it supports
_RETURNED_EVERY = 9
_REFUND_PERCENT = 8
_LATE_UNIT = "metro"  # the one with logins: everybody is to see what an overdue payment looks like
_OVERDUE_AT, _OVERDUE_DAYS = 4, 52
#: what a line is to come to, and its units
_SPEND_FEN = (60_000, 320_000)
_UNITS = (6, 90)
_ACKNOWLEDGED_PERCENT, _BOUNCED_PERCENT = 72, 4
_PURPOSES = ("canteen", "canteen", "union", "union", "other")
_NOTES = ("", "请按食堂验收时间上午送", "节日慰问，箱外贴单位标签", "分两批送，第二批提前一天电话", "")
_REFUND_REASONS = ("验收时有几箱压坏，已拍照", "抽检分量不足，按件退", "两箱受潮")


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseIntent:
    """A purchase order that was placed at ``decided_at``; ``returned_at`` when the approver first gave it back."""

    key: str
    unit: str
    purpose: str
    pays_later: bool
    created_at: datetime
    submitted_at: datetime
    returned_at: datetime | None
    decided_at: datetime
    deliver_on: date
    address: Address
    note: str
    #: paid later, and not paid although it should have been
    is_overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """All that will happen to one of its orders."""

    placed: datetime
    paid: datetime
    first: datetime
    first_accepted: datetime
    second: datetime
    accepted: datetime
    done: datetime
    payday: datetime


def plan_purchases(
    content: Content, now: datetime, *, seed: int = SEED, purchases: int = PURCHASES
) -> tuple[list[PurchaseIntent], list[OrderIntent]]:
    """Purchase orders of the last half year, oldest first, keyed ``P0001``…, and the orders they were placed as."""
    rng = random.Random(seed)
    buyers = [unit for unit in content.units.values() if unit.weight]
    found: list[PurchaseIntent] = []
    orders: list[OrderIntent] = []
    for number in range(1, purchases + 1):
        age = _OLDEST_DAYS * (purchases - number + rng.random()) / purchases
        unit = rng.choices(buyers, [each.weight for each in buyers])[0]
        is_overdue = number == purchases - purchases // _OVERDUE_AT and not content.copy
        if is_overdue:
            unit, age = content.units[_LATE_UNIT], _OVERDUE_DAYS
        purchase = _purchase(rng, unit, now, timedelta(days=age), number, is_overdue=is_overdue)
        lines = _lines(rng, content, unit, purchase)
        found.append(purchase)
        orders += [
            _order(rng, purchase, supplier, tuple(chosen), now, index)
            for index, (supplier, chosen) in enumerate(lines.items(), 1)
        ]
    return found, orders


def _purchase(
    rng: random.Random, unit: Unit, now: datetime, age: timedelta, number: int, *, is_overdue: bool
) -> PurchaseIntent:
    decided = at_hours(rng, now - age, 9, 17)
    if decided > now:
        decided -= timedelta(days=1)
    submitted = at_hours(rng, decided - timedelta(days=1), 9, 17)
    returned = decided - timedelta(days=2) if number % _RETURNED_EVERY == 0 else None
    return PurchaseIntent(
        key=f"P{number:04d}",
        unit=unit.code,
        purpose=rng.choice(_PURPOSES) if unit.year and unit.year.canteen else "union",
        pays_later=is_overdue or rng.randrange(100) < _LATER_PERCENT,
        is_overdue=is_overdue,
        created_at=at_hours(rng, decided - timedelta(days=4), 9, 17),
        submitted_at=submitted,
        returned_at=returned,
        decided_at=decided,
        deliver_on=local_date(decided) + timedelta(days=rng.randint(8, 25)),
        address=Address(street=unit.region, detail="示例路1号院后勤库房", weight=0),
        note=rng.choice(_NOTES),
    )


def _lines(
    rng: random.Random, content: Content, unit: Unit, purchase: PurchaseIntent
) -> dict[str, list[LineIntent]]:
    """What is in season, is sent to the unit and is sold in bulk; by supplier."""
    month = local_date(purchase.decided_at).month
    offer = [
        (product, sku)
        for product in content.products.values()
        if product.in_season(month) and content.freight_of(product).group_for(purchase.address.street)
        for sku in product.skus
        if sku.sponsor_fee_fen is None
    ]
    counties = {pair.village[:6] for pair in unit.pairs}
    villages = {pair.village for pair in unit.pairs}
    near = [each for each in offer if villages & set(each[0].linked)] or offer
    around = [each for each in offer if each[0].origin[:6] in counties] or offer
    lines: dict[str, list[LineIntent]] = {}
    seen: set[str] = set()
    for _ in range(rng.choices((2, 3, 4, 5), (30, 35, 25, 10))[0]):
        pool = rng.choice((near, around)) if rng.randrange(100) < _NEAR_PERCENT else offer
        product, sku = rng.choice(pool)
        if sku.key not in seen and len(lines) < 3:
            seen.add(sku.key)
            lines.setdefault(product.supplier, []).append(_line(rng, product, sku))
    return lines


def _line(rng: random.Random, product: Product, sku: Sku) -> LineIntent:
    least, most = _UNITS
    units = min(max(rng.randint(*_SPEND_FEN) // sku.price_fen, least), most)
    return LineIntent(sku_key=sku.key, units=units, price_fen=price_of(product, sku, units))


def _course(rng: random.Random, purchase: PurchaseIntent) -> _Course:
    placed = purchase.decided_at
    prepaid = at_hours(rng, placed + timedelta(days=rng.randint(1, 3)), 9, 16)
    first = at_hours(
        rng, (placed if purchase.pays_later else prepaid) + timedelta(days=rng.randint(1, 3)), 9, 17
    )
    first_accepted = at_hours(rng, first + timedelta(days=rng.randint(1, 2)), 10, 17)
    second = at_hours(rng, first_accepted + timedelta(days=rng.randint(3, 7)), 9, 17)
    accepted = at_hours(rng, second + timedelta(days=rng.randint(1, 2)), 10, 17)
    later = timedelta(days=_OLDEST_DAYS if purchase.is_overdue else rng.randint(4, 22))
    paid = at_hours(rng, accepted + later, 9, 16) if purchase.pays_later else prepaid
    done = max(accepted, paid)
    return _Course(
        placed=placed,
        paid=paid,
        first=first,
        first_accepted=first_accepted,
        second=second,
        accepted=accepted,
        done=done,
        payday=next_payday(done),
    )


def _target(rng: random.Random, course: _Course, now: datetime, *, pays_later: bool) -> Target:
    if not pays_later and now < course.paid:
        return Target.UNPAID
    for moment, target in (
        (course.first, Target.PAID),
        (course.second, Target.PARTIALLY_SHIPPED),
        (course.accepted, Target.SHIPPED),
        (course.done, Target.RECEIVED),
        (course.payday, Target.COMPLETED),
    ):
        if now < moment:
            return target
    die = rng.randrange(100)
    if die < _ACKNOWLEDGED_PERCENT and course.payday + timedelta(hours=28) <= now:
        return Target.ACKNOWLEDGED
    if die >= 100 - _BOUNCED_PERCENT and course.payday + timedelta(hours=20) <= now:
        return Target.BOUNCED
    return Target.DISBURSED


def _order(
    rng: random.Random,
    purchase: PurchaseIntent,
    supplier: str,
    lines: tuple[LineIntent, ...],
    now: datetime,
    index: int,
) -> OrderIntent:
    course = _course(rng, purchase)
    target = _target(rng, course, now, pays_later=purchase.pays_later)
    intent = OrderIntent(
        key=f"{purchase.key}-{index}",
        checkout_key=purchase.key,
        buyer_index=0,
        supplier=supplier,
        lines=lines,
        address=purchase.address,
        payment=Payment.TRANSFER,
        target=target,
        at=_moments(course, target, now),
        note=purchase.note,
        purchase=purchase.key,
        unit=purchase.unit,
        pays_later=purchase.pays_later,
    )
    return _with_refund(rng, intent, course, now)


def _moments(course: _Course, target: Target, now: datetime) -> Moments:
    def past(moment: datetime) -> datetime | None:
        return moment if moment <= now else None

    paid_out = target in {Target.ACKNOWLEDGED, Target.DISBURSED, Target.BOUNCED}
    return Moments(
        placed_at=course.placed,
        paid_at=past(course.paid),
        first_shipped_at=past(course.first),
        first_accepted_at=past(course.first_accepted),
        shipped_at=past(course.second),
        received_at=past(course.accepted),
        completed_at=past(course.done),
        disbursed_at=course.payday if paid_out else None,
        bounced_at=course.payday + timedelta(hours=20) if target is Target.BOUNCED else None,
        acknowledged_at=course.payday + timedelta(hours=28) if target is Target.ACKNOWLEDGED else None,
    )


def _with_refund(rng: random.Random, intent: OrderIntent, course: _Course, now: datetime) -> OrderIntent:
    """Some of what a unit paid beforehand was damaged: it said so on the day it took the second batch."""
    claimed = course.accepted - timedelta(hours=1)
    if intent.pays_later or claimed > now or rng.randrange(100) >= _REFUND_PERCENT:
        return intent
    refund = RefundIntent(line_index=0, units=2, reason=rng.choice(_REFUND_REASONS), restock=False)
    return replace(intent, refund=refund, at=replace(intent.at, refunded_at=claimed))
