"""An outlet reads what each order brought it: the ledger's own entries, of its own account."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.ledger.models import Posting
from orders.settlement import bills
from orders.settlement.bill_queries import bills as listed
from tests.factories import builders, outlets, sales
from tests.support.clients import Client

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=40, price_fen=2990, lot_total_fen=60_000)


def desk_of(app: Flask, outlet_id: int) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    builders.sign_in(client, outlets.operator_of(outlet_id))
    return client


def owed(outlet_id: int) -> int:
    """What the ledger says, in fen."""
    account = f"outlet_fee:{outlet_id}"
    return -(db.session.scalar(select(func.sum(Posting.fen)).where(Posting.account == account)) or 0)


def rows_of(client: Client, month: str = "") -> list[list[str]]:
    text = client.get(f"/outlet/commission.csv?month={month}").get_data(as_text=True)
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))[1:]


def tiles_of(page: str) -> list[str]:
    """The four sums, as they are read."""
    found = re.findall(r'<span class="v">(.*?)</span>', page)
    return [re.sub(r"<[^>]+>", "", each).strip() for each in found]


def test_every_entry_of_the_outlets_account_and_nobody_elses(app: Flask, kiwi: World) -> None:
    outlet, other = outlets.outlet(), outlets.outlet()
    order_id = outlets.sent_to(outlet, kiwi["sku"], 2)
    desk, stranger = desk_of(app, outlet), desk_of(app, other)
    number = outlets.number_of(order_id)
    assert rows_of(desk) == [[rows_of(desk)[0][0], "付款入账", number, "到这里自提", "0.59"]]
    assert owed(outlet) == 59
    sales.refund(order_id, 1)
    assert [row[1:] for row in rows_of(desk)] == [
        ["退款冲回", number, "到这里自提", "-0.29"],
        ["付款入账", number, "到这里自提", "0.59"],
    ]
    page = desk.get("/outlet/commission").text
    assert owed(outlet) == 30
    assert tiles_of(page) == ["¥0.30", "¥0.30", "¥0.00", "¥0.30"]
    assert number in page
    assert "共 2 笔" in page
    assert rows_of(stranger) == []
    assert number not in stranger.get("/outlet/commission").text
    assert "这个月还没有佣金" in stranger.get("/outlet/commission").text


def test_a_month_holds_its_own_entries_and_bills_settle_them(
    app: Flask, freeze: Callable[[str], object]
) -> None:
    freeze("2026-09-30 23:50")
    kiwi = builders.saleable(units=40, price_fen=2990, lot_total_fen=60_000)
    outlet = outlets.outlet()
    outlets.sent_to(outlet, kiwi["sku"])
    freeze("2026-10-01 00:10")
    outlets.sent_to(outlet, kiwi["sku"], 3)
    desk = desk_of(app, outlet)
    assert [row[4] for row in rows_of(desk)] == ["0.89"]
    assert [row[4] for row in rows_of(desk, "2026-09")] == ["0.29"]
    assert tiles_of(desk.get("/outlet/commission").text) == ["¥0.89", "¥1.18", "¥0.00", "¥1.18"]
    for odd in ("2999-01", "２０２６-09", "x", "2026-13"):
        assert [row[4] for row in rows_of(desk, odd)] == ["0.89"]
    bills.issue_due()
    (bill,) = listed(kiwi["supplier"], None, 1).items
    bills.check_bill(builders.owner_of(kiwi["supplier"]), bill.id)
    bills.settle_bill(builders.finance(), bill.id, clock.today(), "HD-1")
    page = desk.get("/outlet/commission?month=2026-09").text
    assert tiles_of(page) == ["¥0.29", "¥1.18", "¥0.29", "¥0.89"]
    assert 'rel="next"' in page
    assert [row[4] for row in rows_of(desk, "2026-09")] == ["0.29"]  # settling is no order's
    assert owed(outlet) == 89
