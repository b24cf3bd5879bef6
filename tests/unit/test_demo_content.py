"""The demo's content holds together, and its plans could have happened."""

import csv
import gzip
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from stdnum.cn import ric

from marketplace.demo.content.checks import faults
from marketplace.demo.content.households import BUYER_COUNT, buyers, households, linked_codes
from marketplace.demo.content.identity import bank_card, id_check_digit, passes_luhn, person_name, phone
from marketplace.demo.content.loader import Content, Mode, SupplierKind, load
from marketplace.demo.content.lots_plan import LotIntent, opening_stock, plan_lots
from marketplace.demo.content.order_times import HISTORY_DAYS, PAYDAYS, Target, next_payday
from marketplace.demo.content.orders_plan import OrderIntent, plan_orders
from marketplace.demo.content.partners import Tier
from marketplace.kernel.clock import BUSINESS_ZONE, local_date
from marketplace.regions.commands import DIVISIONS_FILE

#: among them Shanghai's midnight (16:00 UTC), its new year from both sides, paydays to the minute and a leap day
MOMENTS = [
    datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
    datetime(2026, 5, 20, 7, 1, tzinfo=UTC),
    datetime(2027, 2, 28, 20, 0, tzinfo=UTC),
    datetime(2026, 8, 1, 16, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 15, 59, tzinfo=UTC),
    datetime(2026, 12, 31, 16, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 6, 59, tzinfo=UTC),
    datetime(2027, 4, 4, 23, 0, tzinfo=UTC),
    datetime(2027, 6, 30, 16, 1, tzinfo=UTC),
]


@pytest.fixture(scope="module")
def content() -> Content:
    return load()


@pytest.fixture(scope="module")
def regions() -> dict[str, str]:
    with gzip.open(DIVISIONS_FILE, "rt", encoding="utf-8", newline="") as lines:
        return {row["code"]: row["level"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="module", params=MOMENTS, ids=lambda moment: moment.isoformat()[:16])
def now(request: pytest.FixtureRequest) -> datetime:
    moment: datetime = request.param
    return moment


@pytest.fixture(scope="module")
def orders(content: Content, now: datetime) -> list[OrderIntent]:
    return plan_orders(content, now)


@pytest.fixture(scope="module")
def lots(content: Content, orders: list[OrderIntent], now: datetime) -> list[LotIntent]:
    return plan_lots(content, orders, now)


def test_content_has_no_faults(content: Content, regions: dict[str, str]) -> None:
    assert faults(content, regions) == []


def test_faults_are_found(content: Content, regions: dict[str, str]) -> None:
    coop, egg = content.suppliers["qinling-fresh"], content.products["gepai-egg"]
    dear = replace(egg, skus=(replace(egg.skus[0], household_fen=3980),))
    spoilt = replace(
        content,
        suppliers={**content.suppliers, coop.code: replace(coop, uscc=coop.uscc[:-1] + "0")},
        products={**content.products, egg.code: dear},
        village_households={**content.village_households, "610124999999": 3},
    )
    assert faults(spoilt, regions) == [
        "no such region: 610124999999",
        f"supplier qinling-fresh: licence number {coop.uscc[:-1]}0",
        "sku gepai-egg/30: price below the floor",
        "sku gepai-egg/30: household share out of the usual range",
    ]


def test_places_have_the_right_level(content: Content, regions: dict[str, str]) -> None:
    villages = {*content.village_households, *(s.village for s in content.suppliers.values())}
    assert {regions[code] for code in villages} == {"village"}
    assert {regions[code] for code in (p.origin for p in content.products.values())} == {"village"}
    assert {regions[each.street] for each in content.addresses} == {"town"}
    assert {regions[unit.region] for unit in content.units.values()} == {"town"}
    assert {regions[pair.village] for unit in content.units.values() for pair in unit.pairs} == {"village"}
    assert {regions[outlet.street] for outlet in content.outlets.values()} == {"town"}
    levels = {outlet.tier: regions[outlet.region] for outlet in content.outlets.values()}
    assert levels[Tier.COUNTY_CENTER] == levels[Tier.HALL] == "county"
    assert (levels[Tier.TOWN_STATION], levels[Tier.VILLAGE_POINT]) == ("town", "village")
    scopes = {p.login: regions[p.region] for p in content.people.values() if p.region}
    assert scopes == {
        "village": "village", "town": "town", "county": "county", "county2": "county", "city": "city",
    }  # fmt: skip


def test_officials_are_those_of_the_cooperative(content: Content) -> None:
    people, origin = content.people, content.suppliers["qinling-fresh"].village
    assert people["village"].region == origin
    assert people["town"].region == origin[:9] + "000"
    assert people["county"].region == origin[:6] + "000000"
    assert people["county2"].region == content.suppliers["gepai-hill"].village[:6] + "000000"


def test_counts(content: Content) -> None:
    counties = {supplier.village[:6] for supplier in content.suppliers.values()}
    kinds = {supplier.kind for supplier in content.suppliers.values()}
    assert (len(content.suppliers) >= 20, len(counties) >= 7, kinds) == (True, True, set(SupplierKind))
    assert (len(content.products) >= 60, len(content.village_households) >= 40) == (True, True)
    assert len({p.pictures[0].name for p in content.products.values()}) > len(content.products) * 4 // 5
    assert {mode for product in content.products.values() for mode in product.modes} == set(Mode)
    assert all(1 <= len(p.pictures) <= 4 and len(p.paragraphs) >= 3 for p in content.products.values())


def test_households_are_invented_and_well_formed(content: Content) -> None:
    people = households(content)
    assert len(people) >= 300
    for key in ("code", "name", "phone", "id_number", "bank_card"):
        assert len({getattr(each, key) for each in people}) == len(people), key
    for each in people:
        assert each.id_number[:6] == each.village[:6]
        assert each.id_number[6:10] == "1899"
        assert each.id_number[17] == id_check_digit(each.id_number[:17])
        assert not passes_luhn(each.bank_card)
        assert each.name[1] == "示"
    assert people[0].name == content.people["household"].name


def test_check_digit_agrees_with_a_known_number() -> None:
    assert ric.is_valid("11010519491231002X")
    assert id_check_digit("11010519491231002") == "X"


def test_numbers_of_invented_people_run_out_loudly() -> None:
    assert (phone(7), bank_card(1)[:8], len({person_name(i) for i in range(1480)})) == (
        "19900000007", "62000000", 1480,
    )  # fmt: skip
    with pytest.raises(ValueError, match="four free digits"):
        phone(10_000)


def test_every_household_takes_part_in_something(content: Content) -> None:
    linked = {code for product in content.products.values() for code in linked_codes(product)}
    assert linked == {each.code for each in households(content)}


def test_buyers_are_distinct(content: Content) -> None:
    found = buyers(content)
    names = {each.name for each in households(content)} - {"王示礼"}
    assert len(found) == len({each.phone for each in found}) == BUYER_COUNT
    assert found[0].login == "buyer"
    assert found[1].login == "buyer2"
    assert not names & {each.name for each in found}


def test_freight_says_where_it_does_not_go(content: Content) -> None:
    fresh, local = content.freights["fresh"], content.freights["local"]
    assert fresh.group_for("540102002000") is None
    assert local.group_for("310104014000") is None
    home, far = fresh.group_for("610113001000"), fresh.group_for("310104014000")
    assert home is not None
    assert far is not None
    assert home.first_fen < far.first_fen


def test_plan_is_the_same_every_time(content: Content, orders: list[OrderIntent], now: datetime) -> None:
    assert plan_orders(content, now) == orders
    assert plan_orders(content, now, seed=2) != orders


def test_orders_cover_all_states(orders: list[OrderIntent]) -> None:
    states = Counter(order.target for order in orders)
    assert len(orders) >= 440
    assert set(states) == set(Target)
    assert min(states.values()) >= 3
    clicks = Counter(order.checkout_key for order in orders)
    assert max(clicks.values()) >= 2
    assert len({order.target for order in orders if order.buyer_index == 0}) >= 6


def test_times_run_forward_and_never_beyond_now(orders: list[OrderIntent], now: datetime) -> None:
    for order in orders:
        at = order.at
        chain = [
            at.placed_at, at.paid_at, at.shipped_at, at.received_at, at.completed_at,
            at.disbursed_at, at.bounced_at or at.acknowledged_at,
        ]  # fmt: skip
        known = [moment for moment in chain if moment]
        assert known == sorted(known)
        assert max(known + [m for m in (at.cancelled_at, at.refunded_at) if m]) <= now
        assert now - at.placed_at <= timedelta(days=HISTORY_DAYS + 1)


def test_state_follows_from_the_times(content: Content, orders: list[OrderIntent], now: datetime) -> None:
    for order in orders:
        at, target = order.at, order.target
        hours = max(
            content.categories[
                content.products[content.skus[line.sku_key].product].category
            ].after_sales_hours
            for line in order.lines
        )
        if at.received_at:
            over = at.received_at + timedelta(hours=hours)
            assert at.completed_at == (over if over <= now else None)
        assert (at.paid_at is None) == (target in {Target.UNPAID, Target.EXPIRED})
        if target in {Target.SHIPPED, Target.PARTIALLY_SHIPPED}:
            assert at.shipped_at
            assert at.received_at is None
        if target is Target.RECEIVED:
            assert at.received_at
            assert at.completed_at is None
        if target in {Target.DISBURSED, Target.ACKNOWLEDGED, Target.BOUNCED, Target.REFUNDED_AFTER_PAYOUT}:
            assert at.disbursed_at
            assert at.completed_at
            assert at.disbursed_at.astimezone(BUSINESS_ZONE).day in PAYDAYS


def test_lines_are_in_season_from_one_supplier_and_deliverable(
    content: Content, orders: list[OrderIntent]
) -> None:
    for order in orders:
        assert 1 <= len({line.sku_key for line in order.lines}) == len(order.lines)
        for line in order.lines:
            product = content.products[content.skus[line.sku_key].product]
            assert product.supplier == order.supplier
            assert product.in_season(local_date(order.at.placed_at).month)
            assert content.freight_of(product).group_for(order.address.street)
            assert 1 <= line.units <= 3
            assert line.price_fen is None


def test_parts_are_parts(orders: list[OrderIntent]) -> None:
    for order in orders:
        partly = order.refund.units if order.refund else order.shipped_units
        if partly is not None:
            assert 0 < partly < sum(line.units for line in order.lines)
        if order.refund:
            assert order.refund.units <= order.lines[order.refund.line_index].units


def test_lots_carry_every_order(content: Content, orders: list[OrderIntent], lots: list[LotIntent]) -> None:
    received: dict[str, list[LotIntent]] = {}
    for lot in lots:
        received.setdefault(lot.sku_key, []).append(lot)
    taken: Counter[str] = Counter()
    for order in orders:
        day = local_date(order.at.placed_at)
        for line in order.lines:
            if Mode.PURCHASE in content.products[content.skus[line.sku_key].product].modes:
                taken[line.sku_key] += line.units
                there = sum(lot.units for lot in received[line.sku_key] if lot.received_on < day)
                assert there >= taken[line.sku_key], line.sku_key


def test_lots_hold_to_the_terms(content: Content, lots: list[LotIntent]) -> None:
    for lot in lots:
        sku = content.skus[lot.sku_key]
        fixed = sku.household_fen
        assert fixed is not None
        assert fixed * lot.units <= lot.agreed_total_fen < (fixed + 1) * lot.units or lot.units == 1
        assert lot.household in linked_codes(content.products[sku.product])
        assert lot.grams >= lot.units * sku.grams
    assert any(lot.agreed_total_fen % lot.units for lot in lots)


def test_stock_today_is_what_the_content_says(
    content: Content, orders: list[OrderIntent], lots: list[LotIntent], now: datetime
) -> None:
    left: Counter[str] = Counter(opening_stock(content, orders, now))
    for lot in lots:
        left[lot.sku_key] += lot.units
    for order in orders:
        for line in order.lines:
            left[line.sku_key] -= line.units
    for key, sku in content.skus.items():
        on_sale = content.products[sku.product].in_season(local_date(now).month)
        assert left[key] >= sku.stock if on_sale and sku.stock else left[key] == 0, key


def test_payday_is_the_next_one() -> None:
    before = datetime(2026, 11, 20, 6, 59, tzinfo=UTC)
    assert next_payday(before) == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert next_payday(before + timedelta(minutes=1)) == datetime(2026, 12, 5, 7, 0, tzinfo=UTC)
