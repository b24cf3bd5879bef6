"""The demo's partner units, purchase orders, outlets and copies: possible on every day of the year."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.demo.content.checks import faults, floor_fen
from marketplace.demo.content.households import households, linked_codes
from marketplace.demo.content.loader import Content, load
from marketplace.demo.content.lots_plan import plan_lots
from marketplace.demo.content.order_times import Target
from marketplace.demo.content.orders_plan import OrderIntent
from marketplace.demo.content.partners import Tier, UnitStage, plan_arrangements
from marketplace.demo.content.plan import Plan, make_plan
from marketplace.demo.content.purchases_plan import plan_purchases
from marketplace.demo.content.tiers import price_of, tiers_of
from marketplace.demo.content.variants import Village, variant
from marketplace.kernel.clock import local_date

NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
YEAR = [datetime(2026, 1, 1, 16, 0, tzinfo=UTC) + timedelta(days=9 * n, minutes=37 * n) for n in range(41)]


@pytest.fixture(scope="module")
def content() -> Content:
    return load()


@pytest.fixture(scope="module")
def plan(content: Content) -> Plan:
    return make_plan(content, NOW)


def test_units(content: Content) -> None:
    stages = Counter(unit.state for unit in content.units.values())
    assert stages == {UnitStage.ADMITTED: 20, UnitStage.SUBMITTED: 1, UnitStage.RETURNED: 1}
    assert len({unit.kind for unit in content.units.values()}) == 7
    assert len({unit.region[:6] for unit in content.units.values()}) >= 10
    assert all(unit.name.endswith("（示例）") for unit in content.units.values())
    numbers = [unit.uscc for unit in content.units.values()] + [
        s.uscc for s in content.suppliers.values() if s.uscc
    ]
    assert len(set(numbers)) == len(numbers)


def test_arrangements(content: Content) -> None:
    today = date(2026, 11, 26)
    found = list(plan_arrangements(content.units, today))
    known = {each.code for each in households(content)}
    assert len(found) >= 40
    assert {each.kind for each in found} == {"city", "county", "jiangsu_shaanxi", "enterprises"}
    assert sum(each.ends_on is not None for each in found) >= 4
    assert sum(bool(each.household) for each in found) >= 4
    for each in found:
        assert not each.household or each.household in known
        assert each.targets
        assert all(year >= each.starts_on.year for year in each.targets)
        assert each.ends_on is None or each.starts_on <= each.ends_on < today


def test_no_pair_twice_at_once(content: Content) -> None:
    pairs = Counter(
        (each.unit, each.village, each.household)
        for each in plan_arrangements(content.units, date(2026, 1, 1))
    )
    assert set(pairs.values()) == {1}


def test_outlets(content: Content) -> None:
    tiers = Counter(outlet.tier for outlet in content.outlets.values())
    assert tiers[Tier.COUNTY_CENTER] == 13
    assert tiers[Tier.TOWN_STATION] >= 12
    assert tiers[Tier.VILLAGE_POINT] >= 20
    assert min(tiers[Tier.HALL], tiers[Tier.ZONE], tiers[Tier.COUNTER]) >= 3
    station = next(outlet for outlet in content.outlets.values() if outlet.region == "610124120000")
    assert station.is_near("610124120201")
    assert not station.is_near("610124121202")


def test_bulk_prices_fall_and_carry_what_was_promised(content: Content) -> None:
    with_tiers = 0
    for sku in content.skus.values():
        product = content.products[sku.product]
        tiers = tiers_of(product, sku)
        with_tiers += bool(tiers)
        prices = [sku.price_fen, *(tier.price_fen for tier in tiers)]
        assert prices == sorted(prices, reverse=True)
        assert len(set(prices)) == len(prices)
        for tier in tiers:
            cheaper = replace(sku, price_fen=tier.price_fen)
            assert floor_fen(product, cheaper) <= tier.price_fen
            assert price_of(product, sku, tier.min_units) == tier.price_fen
            assert price_of(product, sku, tier.min_units - 1) > tier.price_fen
    assert with_tiers >= 25


def test_plan_has_what_the_desks_need(plan: Plan) -> None:
    orders = plan.orders
    assert len(orders) >= 600
    assert sum(order.refund is not None for order in orders) >= 20
    assert len(plan.purchases) >= 60
    assert {purchase.pays_later for purchase in plan.purchases} == {True, False}
    assert any(purchase.returned_at for purchase in plan.purchases)
    at_outlets = [order for order in orders if order.pickup_outlet or order.placed_outlet]
    assert len(at_outlets) >= 40
    assert sum(bool(order.channel_outlet) for order in orders) >= 20
    assert all(order.pickup_outlet for order in orders if order.placed_outlet)


@pytest.mark.parametrize("now", YEAR, ids=lambda moment: moment.isoformat()[:16])
def test_purchases_work_out_on_every_day(content: Content, now: datetime) -> None:
    purchases, orders = plan_purchases(content, now)
    assert len(purchases) >= 60
    assert {order.purchase for order in orders} == {purchase.key for purchase in purchases}
    for purchase in purchases:
        steps = [purchase.created_at, purchase.returned_at, purchase.submitted_at, purchase.decided_at, now]
        known = [step for step in steps if step]
        assert known == sorted(known)
    for order in orders:
        _check_course(order, now)
        for line in order.lines:
            product = content.products[content.skus[line.sku_key].product]
            assert product.in_season(local_date(order.at.placed_at).month)
            assert content.freight_of(product).group_for(order.address.street)
            assert 6 <= line.units <= 90
    targets = {order.target for order in orders}
    assert {Target.ACKNOWLEDGED, Target.RECEIVED, Target.PARTIALLY_SHIPPED} <= targets
    late = [
        order for order in orders if order.unit == "metro" and order.at.received_at and not order.at.paid_at
    ]
    assert any(order.at.received_at < now - timedelta(days=16) for order in late if order.at.received_at)


def _check_course(order: OrderIntent, now: datetime) -> None:
    at = order.at
    batches = [
        at.placed_at,
        at.first_shipped_at,
        at.first_accepted_at,
        at.shipped_at,
        at.received_at,
        at.completed_at,
    ]
    known = [moment for moment in batches if moment]
    assert known == sorted(known)
    moments = [m for m in (*known, at.paid_at, at.disbursed_at, at.acknowledged_at, at.refunded_at) if m]
    assert max(moments) <= now
    if order.pays_later:
        assert at.paid_at is None or (at.received_at and at.received_at < at.paid_at)
    elif at.first_shipped_at:
        assert at.paid_at
        assert at.paid_at < at.first_shipped_at
    assert (at.completed_at is not None) == (at.received_at is not None and at.paid_at is not None)


@pytest.mark.parametrize("now", YEAR[::8], ids=lambda moment: moment.isoformat()[:16])
def test_something_is_for_sale_on_every_day(content: Content, now: datetime) -> None:
    month = local_date(now).month
    for_sale = [
        product
        for product in content.products.values()
        if product.in_season(month) and any(sku.stock for sku in product.skus)
    ]
    assert len(for_sale) >= 30
    assert len({product.supplier for product in for_sale}) >= 12


def test_lots_carry_purchases(content: Content, plan: Plan) -> None:
    received: Counter[str] = Counter()
    for lot in plan_lots(content, plan.orders, NOW):
        received[lot.sku_key] += lot.units
    taken: Counter[str] = Counter()
    for order in plan.orders:
        for line in order.lines:
            if content.products[content.skus[line.sku_key].product].lots:
                taken[line.sku_key] += line.units
    assert all(received[key] >= units for key, units in taken.items())


VILLAGES = {
    county: [Village(f"{county}{200 + n:06d}", f"示例{n}村") for n in range(60)]
    for county in ("610111", "610114", "610115", "610116", "610117", "610118", "610122", "610124")
}


@pytest.fixture(scope="module")
def copies(content: Content) -> list[Content]:
    return [variant(content, number, VILLAGES) for number in (1, 2, 75)]


class TestCopies:
    def test_they_hold_to_the_rules_of_the_content(self, content: Content, copies: list[Content]) -> None:
        regions = {v.code for villages in VILLAGES.values() for v in villages}
        known = (
            regions
            | {a.street for a in content.addresses}
            | {p.region for p in content.people.values() if p.region}
        )
        for copy in copies:
            found = faults(replace(copy, people={}), known)
            wrong = [fault for fault in found if "usual range" not in fault]
            assert wrong == []

    def test_nothing_of_them_is_anothers(self, content: Content, copies: list[Content]) -> None:
        everything = [content, *copies]
        for key in ("code", "id_number", "bank_card"):
            found = [getattr(each, key) for one in everything for each in households(one)]
            assert len(set(found)) == len(found), key
        licences = [s.uscc for one in everything for s in one.suppliers.values() if s.uscc]
        assert len(set(licences)) == len(licences)
        for part in ("products", "skus", "suppliers"):
            keys = [key for one in everything for key in getattr(one, part)]
            assert len(set(keys)) == len(keys), part

    def test_prices_differ_and_titles_name_the_village(self, content: Content, copies: list[Content]) -> None:
        first, second = ([p.skus[0].price_fen for p in one.products.values()] for one in copies[:2])
        assert sum(a != b for a, b in zip(first, second, strict=True)) > len(first) * 3 // 4
        for product in copies[0].products.values():
            assert product.title.startswith("示例")

    def test_their_households_take_part(self, copies: list[Content]) -> None:
        for copy in copies:
            linked = {code for product in copy.products.values() for code in linked_codes(product)}
            assert linked == {each.code for each in households(copy)}

    def test_nobody_with_a_login_buys_in_bulk(self, copies: list[Content]) -> None:
        orders = make_plan(copies[0], NOW).orders
        assert not [order for order in orders if not order.unit and order.buyer_index in (0, 1)]
