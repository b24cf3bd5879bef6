"""Who still owes households, since when, and the household's own statement: the same fen everywhere."""

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask

from orders.settlement import overdue, queries
from orders.settlement.commands import record_bounce
from orders.settlement.workflow import DisbursementState
from tests.factories import builders, sales
from tests.support.counting import statements
from tests.support.forms import client_of

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    """Two completed orders: 7,500 fen are due to one household."""
    freeze("2026-09-10 09:00")
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    for units in (3, 2):
        sales.sold_and_completed({made["sku"]: units})
    return made


def test_what_is_confirmed_waits_until_it_is_paid(kiwi: World, freeze: Callable[[str], object]) -> None:
    (owing,) = overdue.owing()
    assert (owing.supplier_id, owing.households, owing.fen) == (kiwi["supplier"], 1, 7_500)
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    assert overdue.owing() == []
    record_bounce(builders.owner_of(kiwi["supplier"]), paid, "户名不符")
    assert [each.fen for each in overdue.owing()] == [7_500]
    due = owing.due_at
    freeze(f"{due:%Y-%m-%d} 00:00")
    assert [each.is_overdue for each in overdue.owing()] == [False]
    freeze(f"{due:%Y-%m-%d} 23:59")
    assert [each.is_overdue for each in overdue.owing()] == [True]


def test_finance_sees_who_owes_and_what_was_paid(app: Flask, kiwi: World) -> None:
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    sales.sold_and_completed({kiwi["sku"]: 1})
    finance = client_of(app, builders.finance())
    shown = finance.get("/finance/disbursements")
    assert ("¥75.00" in shown.text, "¥15.00" in shown.text) == (True, True)
    assert queries.get_disbursement(paid).number in shown.text
    assert "¥75.00" not in finance.get("/finance/disbursements?state=bounced").text
    table = finance.get("/finance/disbursements.csv").text
    assert "15.00" in table
    with statements() as seen:
        finance.get("/finance/disbursements")
    assert len(seen) <= 12
    assert queries.count_disbursements() == {DisbursementState.PAID: 1}
    assert (
        client_of(app, builders.owner_of(kiwi["supplier"])).get("/finance/disbursements").status_code == 403
    )


def test_a_household_takes_its_statement_home(app: Flask, kiwi: World) -> None:
    head = client_of(app, builders.head_of(kiwi["household"]))
    rows = list(csv.DictReader(io.StringIO(head.get("/household/statement.csv").text.removeprefix("\ufeff"))))
    assert [(row["件数"], row["走到哪一步"]) for row in rows] == [
        ("2", "等合作社打款"),
        ("3", "等合作社打款"),
    ]
    assert sum(round(float(row["金额（元）"]) * 100) for row in rows) == 7_500
    sales.pay_household(kiwi["supplier"], kiwi["household"])
    assert "已打款" in head.get("/household/statement.csv").text
    assert client_of(app, builders.finance()).get("/household/statement.csv").status_code == 403
