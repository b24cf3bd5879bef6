"""The books on the pages: balances, closing a month, an order's rows, a correction by two people; auditors read only."""

from collections.abc import Callable

import pytest
from flask import Flask

from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel.db import db
from orders.ledger.months import closed_months
from orders.ordering.models import Order
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.support.counting import statements
from tests.web.test_buying import hidden


@pytest.fixture
def sold(app: Flask, freeze: Callable[[str], object]) -> Order:
    freeze("2026-10-20 10:00")
    kiwi = builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)
    (order_id,) = sales.paid_orders({kiwi["sku"]: 2})
    freeze("2026-11-03 10:00")
    return db.session.get_one(Order, order_id)


def test_finance_closes_the_month_that_is_over(client: Client, sold: Order) -> None:
    builders.sign_in(client, builders.finance())
    page = client.get("/finance/ledger?month=2026-10").text
    assert "59.80" in page
    assert "结 2026-10 的账" in page
    token = hidden(page)
    early = client.post("/finance/ledger/close", data=token | {"month": "2026-11"})
    assert "还没过完" in client.get(early.headers["Location"]).text
    client.post("/finance/ledger/close", data=token | {"month": "2026-10"})
    assert [row.month for row in closed_months()] == ["2026-10"]
    assert "这个月已结账" in client.get("/finance/ledger?month=2026-10").text
    table = client.get("/finance/ledger.csv?month=2026-10").data.decode("utf-8-sig")
    assert "收到的货款" in table
    assert "59.80" in table


@pytest.mark.parametrize(
    "month", ["x", "2026-13", "０", "9" * 40, "2026-10'--", "9999-12", "0001-01", "2026-12"]
)
def test_a_month_that_is_none_shows_this_one(client: Client, sold: Order, month: str) -> None:
    builders.sign_in(client, builders.finance())
    page = client.get("/finance/ledger", query_string={"month": month}).text
    assert "科目余额 2026-11" in page
    assert "没有那个月的账" in page
    token = hidden(client.get("/finance/ledger").text)
    assert client.post("/finance/ledger/close", data=token | {"month": month}).status_code == 302
    assert closed_months() == []


def test_a_correction_from_order_to_books(client: Client, app: Flask, sold: Order) -> None:
    asker, other = builders.finance(), builders.finance()
    builders.sign_in(client, asker)
    assert client.get(f"/finance/ledger?order={sold.number}").headers["Location"].endswith(sold.number)
    path = f"/finance/orders/{sold.number}/correct"
    form = hidden(client.get(path).text) | {
        "source": "platform_fee",
        "target": "supplier_due",
        "fen": "9999",
        "reason": "开业月免服务费",
    }
    refused = client.post(path, data=form)
    assert refused.status_code == 422
    assert "只有 ¥1.19 可以移" in refused.text
    assert "开业月免服务费" in refused.text
    assert client.post(path, data=form | {"fen": "1.19"}).status_code == 302
    mine = client.get("/finance/corrections").text
    assert "撤回" in mine
    assert "同意，记账" not in mine
    second = app.test_client()
    assert isinstance(second, Client)
    builders.sign_in(second, other)
    token = hidden(second.get("/finance/corrections").text)
    bare = second.post("/finance/corrections/1/decide", data=token | {"decision": "refuse"})
    assert (bare.status_code, bare.text.count("不同意请写明理由")) == (422, 1)
    assert 'aria-describedby="note-error"' in bare.text
    long = second.post(
        "/finance/corrections/1/decide", data=token | {"decision": "refuse", "note": "多" * 201}
    )
    assert (long.status_code, "请不要超过 200 个字" in long.text, "多" * 201 in long.text) == (
        422,
        True,
        True,
    )
    second.post("/finance/corrections/1/decide", data=token | {"decision": "post"})
    shown = second.get(f"/finance/orders/{sold.number}").text
    assert "已记账" in shown
    assert "更正" in shown


def test_an_auditor_reads_and_changes_nothing(client: Client, sold: Order) -> None:
    builders.sign_in(client, builders.user(None, (Role.AUDITOR, ScopeKind.PLATFORM, "")))
    for path in ("/finance/ledger", f"/finance/orders/{sold.number}", "/finance/corrections"):
        page = client.get(path)
        assert page.status_code == 200
        assert "提一笔更正" not in page.text
        assert "的账</button>" not in page.text
    assert client.get(f"/finance/orders/{sold.number}/correct").status_code in (403, 404)


def test_the_pages_ask_little(client: Client, sold: Order) -> None:
    builders.sign_in(client, builders.finance())
    for path in ("/finance/ledger?month=2026-10", "/finance/corrections"):
        with statements() as sent:
            assert client.get(path).status_code == 200
        assert len(sent) <= 12, "\n".join(each[:90] for each in sent)
