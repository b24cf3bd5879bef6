"""Invoices through the pages: wanted at the checkout or from the order, issued at the supplier's desk."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db
from orders.invoices.models import InvoicePaper, InvoiceRequest
from orders.ordering.models import Checkout, Order
from tests.factories import builders, sales
from tests.support.forms import client_of, hidden, post

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
NUMBER = "26617000000000000001"


def pdf() -> tuple[io.BytesIO, str]:
    return io.BytesIO(PDF), "fapiao.pdf"


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    (order_id,) = sales.paid_orders({made["sku"]: 3})
    order = db.session.get_one(Order, order_id)
    secret = db.session.get_one(Checkout, order.checkout_id).token
    return {
        **made,
        "order": order_id,
        "base": f"/o/{secret}/{order.number}",
        "buyer": client_of(app),
        "coop": client_of(app, builders.owner_of(made["supplier"])),
    }


def request_id() -> int:
    return db.session.scalars(select(InvoiceRequest.id)).one()


def test_from_the_wish_to_the_download(shop: dict[str, Any]) -> None:
    page = f"{shop['base']}/invoice"
    assert page in shop["buyer"].get(shop["base"]).text
    wrong = post(
        shop["buyer"], page, invoice_kind="unit", invoice_title="周至小学（示例）", invoice_tax_number="123"
    )
    assert (wrong.status_code, "18" in wrong.text, "周至小学（示例）" in wrong.text) == (422, True, True)
    assert post(shop["buyer"], page, invoice_kind="person", invoice_title="孙示例").status_code == 303
    assert "等供应商开票" in shop["buyer"].get(page).text
    desk = f"/supplier/invoices/{request_id()}"
    assert "孙示例" in shop["coop"].get("/supplier/invoices").text
    assert "先填税率" in shop["coop"].get(desk).text
    rate = f"/supplier/tax-rates/{shop['product']}"
    assert post(shop["coop"], rate, rate_bp="0", basis="").status_code == 422
    assert post(shop["coop"], rate, rate_bp="0", basis="增值税法第二十四条").status_code == 303
    assert "增值税法第二十四条" in shop["coop"].get("/supplier/tax-rates").text
    assert "¥89.97" in shop["coop"].get(desk).text
    late = post(shop["coop"], desk, number=NUMBER, issued_on="2099-01-01", document=pdf())
    assert (late.status_code, NUMBER in late.text) == (422, True)
    today = hidden(shop["coop"].get(desk).text, "issued_on")
    assert post(shop["coop"], desk, number=NUMBER, issued_on=today).status_code == 422
    good = post(shop["coop"], desk, number=NUMBER, issued_on=today, document=pdf())
    assert good.status_code == 303
    shown = shop["buyer"].get(page).text
    assert (NUMBER in shown, "申请发票" in shown) == (True, False)
    paper_id = db.session.scalars(select(InvoicePaper.id)).one()
    with shop["buyer"].get(f"{page}/{paper_id}") as download:
        assert download.data == PDF
    assert shop["buyer"].get(f"{page}/{paper_id + 1}").status_code == 404
    table = shop["coop"].get("/supplier/invoices/export")
    assert (table.status_code, table.data[:2]) == (200, b"PK")


def test_nothing_is_for_other_suppliers(app: Flask, shop: dict[str, Any]) -> None:
    post(shop["buyer"], f"{shop['base']}/invoice", invoice_kind="person", invoice_title="孙示例")
    other = client_of(app, builders.owner_of(builders.saleable(units=1)["supplier"]))
    for path in (f"/supplier/invoices/{request_id()}", f"/supplier/tax-rates/{shop['product']}"):
        assert other.get(path).status_code == 404
    assert "孙示例" not in other.get("/supplier/invoices?state=all").text


def test_a_paper_for_what_is_no_longer_so_is_shown_again(shop: dict[str, Any]) -> None:
    post(shop["buyer"], f"{shop['base']}/invoice", invoice_kind="person", invoice_title="孙示例")
    coop = shop["coop"]
    post(coop, f"/supplier/tax-rates/{shop['product']}", rate_bp="900", basis="农产品适用税率")
    desk = f"/supplier/invoices/{request_id()}"
    shown = coop.get(desk).text
    sent = {"number": NUMBER, "issued_on": hidden(shown, "issued_on"), "seen": hidden(shown, "seen")}
    sales.refund(shop["order"], 1)
    stale = post(coop, desk, document=pdf(), **sent)
    assert (stale.status_code, "刚刚变了" in stale.text, "¥59.98" in stale.text) == (409, True, True)
    assert db.session.scalars(select(InvoicePaper.id)).all() == []
    assert post(coop, desk, document=pdf(), **sent | {"seen": hidden(stale.text, "seen")}).status_code == 303
