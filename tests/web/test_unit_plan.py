"""The unit's year and its paired villages over HTTP: plan, progress, what waits, what to buy there."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties import unit_commands, unit_queries
from marketplace.parties.unit_rules import PlanDraft
from orders.bulk.models import PurchaseLine
from tests.factories import builders, purchases, registers
from tests.factories.purchases import Unit
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.signing import post, signed_in


@pytest.fixture
def unit(app: Flask) -> Unit:
    return purchases.unit("示例中学（示例）")


@pytest.fixture
def manager(app: Flask, unit: Unit) -> Client:
    return signed_in(app, unit.manager)


# plan


def test_a_year_without_plan_offers_one(manager: Client) -> None:
    page = manager.get("/unit").text
    assert "还没有今年的计划" in page
    assert "没有结对关系" in page


def test_the_plan_is_written_by_its_form(app: Flask, unit: Unit, manager: Client) -> None:
    fields = {
        "target_fen": "300000",
        "canteen_budget_fen": "860000",
        "union_budget_fen": "",
        "platform_832_fen": "1234.50",
    }
    assert post(manager, "/unit/plan", fields).status_code == 302
    plan = unit_queries.plan_of(unit.id, clock.today().year)
    assert plan is not None
    assert (plan.target_fen, plan.canteen_budget_fen, plan.union_budget_fen, plan.platform_832_fen) == (
        30_000_000,
        86_000_000,
        None,
        123_450,
    )
    page = manager.get("/unit").text
    assert "¥300,000.00" in page
    assert "离 10% 还差 ¥86,000.00" in page
    assert "没有填工会预算" in page
    assert "832 平台已买" in page
    assert signed_in(app, unit.buyer).get("/unit/plan").status_code == 403


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"target_fen": "", "no_canteen": "y"}, "target_fen"),
        ({"target_fen": "0", "no_canteen": "y"}, "target_fen"),
        ({"target_fen": "1", "canteen_budget_fen": ""}, "canteen_budget_fen"),
        ({"target_fen": "1", "canteen_budget_fen": "5", "no_canteen": "y"}, "canteen_budget_fen"),
        ({"target_fen": "12a", "no_canteen": "y"}, "target_fen"),
    ],
)
def test_a_wrong_plan_is_said_at_the_field(manager: Client, fields: dict[str, str], field: str) -> None:
    answer = post(manager, "/unit/plan", fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


@pytest.mark.parametrize("year", ["1999", "99999", "x", "２０２６"])
def test_a_year_out_of_bounds_is_this_year(manager: Client, year: str) -> None:
    assert f"{clock.today().year} 年采购计划" in manager.get("/unit", query_string={"year": year}).text


def paired(unit: Unit, **options: Any) -> int:
    return registers.arrangement(
        unit.id, starts_on=date(clock.today().year, 1, 1), target_fen=15_000_000, **options
    )


def test_bought_goods_count_to_the_plan_and_the_paired_village(app: Flask, unit: Unit) -> None:
    paired(unit)
    goods = builders.saleable(units=20, price_fen=5_000)
    unit_commands.save_plan(unit.manager, unit.id, clock.today().year, PlanDraft(100_000, 40_000))
    (order_id,) = purchases.placed(unit, {goods["sku"]: 10})
    before = signed_in(app, unit.buyer).get("/unit").text
    assert "待付款" in before
    assert "结对村、户" not in before  # nothing counts before it is paid
    purchases.transfer(unit, order_id)
    page = signed_in(app, unit.buyer).get("/unit").text
    assert "¥500.00" in page
    assert "50.0%" in page
    assert "结对村、户 ¥500.00" in page
    assert "涉及 1 户" in page
    assert "过了 10% 底线" in page


def test_what_waits_is_counted_beside_the_entries(app: Flask, unit: Unit) -> None:
    goods = builders.saleable(units=50, price_fen=5_000)
    purchases.submitted(unit, {goods["sku"]: 2})
    (order_id,) = purchases.placed(unit, {goods["sku"]: 3})
    purchases.transfer(unit, order_id)
    purchases.ship(order_id)
    page = signed_in(app, unit.approver).get("/unit").text
    assert "采购单待审批" in page
    assert "到货待验收" in page
    assert "待付款" not in page
    foreign = purchases.unit()
    assert "没有等着办的事" in signed_in(app, foreign.manager).get("/unit").text


# pairing


def test_the_paired_village_comes_first_and_says_what_counts(app: Flask, unit: Unit) -> None:
    paired(unit)
    near = builders.saleable(units=20, price_fen=5_000)
    builders.saleable(village_code=builders.VILLAGE_OF_SAME_TOWN)
    builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY)
    builders.saleable(village_code=builders.VILLAGE_OF_OTHER_COUNTY)
    purchases.tiers(near["supplier"], near["sku"], (10, 4_500))
    buyer = signed_in(app, unit.buyer)
    page = buyer.get(f"/unit/villages/{builders.VILLAGE}").text
    labels = re.findall(r"计入(?:结对村|同镇|同县|全市)(?=</span>)", page)
    assert labels == ["计入结对村", "计入同镇", "计入同县", "计入全市"]
    assert "10 份起 <b>¥45.00</b>" in page
    only = buyer.get(f"/unit/villages/{builders.VILLAGE}?near=county").text
    assert re.findall(r"计入(?:结对村|同镇|同县|全市)(?=</span>)", only) == ["计入同县"]


def test_goods_that_bring_households_of_the_village_income_count_to_it(app: Flask, unit: Unit) -> None:
    paired(unit)
    household = builders.household(builders.VILLAGE)
    builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, household_id=household)
    page = signed_in(app, unit.buyer).get(f"/unit/villages/{builders.VILLAGE}").text
    assert "同县的" in page
    assert re.findall(r"计入(?:结对村|同县)(?=</span>)", page) == ["计入结对村"]


def test_adding_from_the_village_comes_back_to_it(app: Flask, unit: Unit) -> None:
    paired(unit)
    goods = builders.saleable(units=20, price_fen=5_000)
    buyer = signed_in(app, unit.buyer)
    at = f"/unit/villages/{builders.VILLAGE}"
    fields = {
        "sku_id": goods["sku"],
        "units": 3,
        "village": builders.VILLAGE,
        "listing": goods["listing"],
    }
    answer = post(buyer, "/unit/catalogue/add", fields)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(at)
    assert "加到采购单了" in buyer.get(answer.headers["Location"]).text
    assert db.session.scalars(select(PurchaseLine.units)).one() == 3


def test_who_may_not_buy_sees_no_button(app: Flask, unit: Unit) -> None:
    paired(unit)
    builders.saleable()
    at = f"/unit/villages/{builders.VILLAGE}"
    assert "加到采购单" in signed_in(app, unit.buyer).get(at).text
    assert "加到采购单" not in signed_in(app, unit.finance).get(at).text
    purchases.suspend(unit.id)
    assert "加到采购单" not in signed_in(app, unit.buyer).get(at).text


def test_a_village_one_is_not_paired_with_is_not_found(app: Flask, unit: Unit) -> None:
    foreign = purchases.unit()
    paired(foreign)
    client = signed_in(app, unit.manager)
    for code in (builders.VILLAGE, "610124103204", "nonsense", "０" * 12):
        assert client.get(f"/unit/villages/{code}").status_code == 404


def test_an_ended_arrangement_says_that_it_ended(app: Flask, unit: Unit) -> None:
    today = clock.today()
    registers.arrangement(
        unit.id, starts_on=today - timedelta(days=400), ends_on=today - timedelta(days=1), target_fen=100
    )
    builders.saleable()
    client = signed_in(app, unit.manager)
    page = client.get(f"/unit/villages/{builders.VILLAGE}").text
    assert "不在期限内" in page
    assert "只计全年总数" in page
    assert "已经到期" in client.get("/unit/pairings").text


def test_a_paired_household_is_a_code_and_no_name(app: Flask, unit: Unit) -> None:
    household = builders.household(name="欧阳示礼")
    paired(unit, household_id=household)
    client = signed_in(app, unit.manager)
    for path in ("/unit", "/unit/pairings", f"/unit/villages/{builders.VILLAGE}"):
        page = client.get(path).text
        assert "H-" in page, path
        assert "欧阳" not in page, path


# how many statements


@pytest.mark.parametrize(
    ("path", "most"),
    [("/unit", 15), ("/unit/members", 6), ("/unit/pairings", 10), (f"/unit/villages/{builders.VILLAGE}", 17)],
)
def test_pages_ask_a_fixed_number_of_questions(
    app: Flask, unit: Unit, path: str, most: int, freeze: Callable[[str], object]
) -> None:
    freeze("2026-11-26 10:00")
    paired(unit)
    builders.saleable()
    unit_commands.save_plan(unit.manager, unit.id, 2026, PlanDraft(100, 1, 1))
    client = signed_in(app, unit.manager)
    client.get(path)
    with statements() as few:
        assert client.get(path).status_code == 200
    for number in range(4):
        paired(unit, household_id=builders.household(name=f"王{number}"))
        goods = builders.saleable(village_code=builders.VILLAGE_OF_SAME_TOWN)
        purchases.submitted(unit, {goods["sku"]: 1})
        purchases.member(unit.id, Role.UNIT_BUYER)
    client.get(path)
    with statements() as many:
        assert client.get(path).status_code == 200
    assert len(few) <= len(many) <= most, "\n".join(many)
    assert len(many) <= len(few) + 1  # the codes of paired households, once there are any
