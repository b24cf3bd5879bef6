"""Every report within eight statements, also while what was just sold waits to be summed up."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.reporting.by_key import By
from marketplace.reporting.dimensions import OUTLET_ROLES, Dimension
from marketplace.reporting.facts import read_waiting
from marketplace.reporting.models import WaitingEntry
from marketplace.reporting.reconciliation import check_books
from marketplace.reporting.roll import roll_up_all
from marketplace.reporting.totals import read_tail
from tests.factories import builders
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.report_world import EDGES, ReportWorld, build_world, live_on, sell

BUDGET = 8
LEVELS = (builders.CITY, builders.COUNTY, builders.TOWN, builders.VILLAGE)
PERIODS = ("period=2026-03", "period=custom&from=2026-01-15&to=2026-03-31")


@pytest.fixture
def world(app: Flask) -> Iterator[ReportWorld]:
    """A year's sales with units, arrangements, outlets and lots that outlets collected; nothing of it is summed up."""
    with app.test_request_context():
        world, random = build_world(), Random(11)
        for moment in EDGES:
            sell(world, random, moment)
            live_on(world, random, EDGES[-1] + timedelta(days=3))
        check_books()
        yield world


def addresses(world: ReportWorld) -> list[str]:
    """Reports by region, period and dimension, the same as files, and the orders behind a total of each."""
    regions = [
        f"/reports?period=2026&region={code}{more}" for code in LEVELS for more in ("", "&category=fruit")
    ]
    periods = [f"/reports?{period}" for period in PERIODS]
    by_keys = [f"/reports?period=2026&region={code}&by={by}" for code in (LEVELS[0], LEVELS[-1]) for by in By]
    of_category = "/reports?period=2026&by=product&category=fruit"
    files = [
        address.replace("/reports?", "/reports/export.csv?") for address in (of_category, *by_keys[: len(By)])
    ]
    supplier = world.suppliers[0]
    keys = {
        By.PAIRING: world.arrangements[0],
        By.UNIT: world.units[0],
        By.SUPPLIER: supplier["id"],
        By.PRODUCT: supplier["products"][0]["product"],
        By.CATEGORY: "fruit",
        By.CHANNEL: "live",
    }
    behind = [f"by={by}&key={key}" for by, key in keys.items()]
    behind += [f"by=outlet&role={role}&key={key}" for role in OUTLET_ROLES for key in ("", world.outlets[0])]
    lists = [f"/reports/orders?period=2026&{more}" for more in ("", "own=1", *behind)]
    return [
        *(*regions, *periods, *by_keys, of_category, *files, *lists),
        "/reports/export.xlsx?period=2026&by=pairing",
        "/reports/orders.csv?period=2026&by=outlet&role=outlet_collected",
    ]


def spent_on(client: Client, asked: list[str]) -> dict[str, int]:
    spent = {}
    for address in asked:
        with statements() as sent, client.get(address) as response:
            assert response.status_code == 200, address
        spent[address] = len(sent)
    return spent


def over(spent: dict[str, int]) -> dict[str, int]:
    return {address: count for address, count in spent.items() if count > BUDGET}


def test_a_report_keeps_its_budget_while_entries_wait(
    world: ReportWorld, client: Client, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    """Every page asked before, and within the minute for which a process keeps the names of categories."""
    freeze("2026-11-24 15:30")
    builders.sign_in(client, builders.official_of(builders.CITY))
    asked = addresses(world)
    spent_on(client, asked)
    waiting = db.session.scalar(select(func.count()).select_from(WaitingEntry))
    assert waiting
    assert any(line.collected for line in read_waiting()[0])
    assert over(spent_on(client, asked)) == {}
    assert db.session.scalar(select(func.count()).select_from(WaitingEntry)) == waiting
    roll_up_all()
    assert over(spent_on(client, asked)) == {}


def test_what_waits_is_one_statement(world: ReportWorld) -> None:
    """Whether nothing waits or much."""
    with statements() as sent:
        lines, postings = read_waiting()
    assert len(sent) == 1
    assert {posting.line_id for posting in postings} == {line.line_id for line in lines}
    roll_up_all()
    with statements() as sent:
        assert read_waiting() == ([], [])
    assert len(sent) == 1


def test_what_a_tail_was_not_read_for_it_does_not_call_nothing(world: ReportWorld) -> None:
    tail = read_tail(Dimension.ALL)
    assert tail.days[Dimension.ALL]
    with pytest.raises(KeyError):
        tail.days[Dimension.UNIT]
