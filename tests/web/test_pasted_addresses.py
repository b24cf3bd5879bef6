"""姓名 电话 地址 in one line, at the checkout and in the address book."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Address
from marketplace.kernel.db import db
from orders.ordering.models import Order
from tests.factories import builders
from tests.support.clients import Client
from tests.support.forms import client_of
from tests.web.test_buying import hidden, put

LINE = "王女士 19900001234 陕西省西安市雁塔区小寨路街道示例小区1号楼502"


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return builders.saleable(units=10)


def chosen(html: str) -> list[str]:
    return re.findall(r'<option value="(\d{12})" selected', html)


def test_at_the_checkout_it_fills_the_fields_and_the_freight(client: Client, kiwi: dict[str, int]) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout").text
    sent = {**hidden(page), "method": "online", "address": "new", "step": "paste"}
    filled = client.post("/checkout", data={**sent, "pasted": LINE}).text
    for value in ("王女士", "19900001234", "示例小区1号楼502"):
        assert f'value="{value}"' in filled
    assert chosen(filled)[-1] == builders.STREET
    assert "认出来了，请核对" in filled
    half = client.post(
        "/checkout", data={**sent, "pasted": "王女士 西安市雁塔区小寨西路12号", "remark-1": "放门口"}
    ).text
    assert "手机号、街道或乡镇没认出来，请补上" in half
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_what_is_not_understood_changes_nothing(client: Client, kiwi: dict[str, int]) -> None:
    put(client, kiwi["sku"])
    page = client.get("/checkout").text
    typed = {
        "recipient": "李示例",
        "mobile": "19900005678",
        "detail": "示例村 3 号",
        "region_1": "610000000000",
    }
    sent = {**hidden(page), **typed, "method": "online", "address": "new", "step": "paste", "pasted": "你好"}
    shown = client.post("/checkout", data=sent).text
    assert "没认出来，请在下面填" in shown
    for value in ("19900005678", "示例村 3 号"):
        assert f'value="{value}"' in shown
    assert chosen(shown) == ["610000000000"]


def test_what_has_no_field_or_no_room_is_told_where_the_rest_is(
    app: Flask, client: Client, kiwi: dict[str, int]
) -> None:
    line = LINE.replace("示例小区", "示例小区" * 20) + " 029-85551234 邮编710061"
    member = client_of(app, builders.user())
    put(client, kiwi["sku"])
    for person, path in ((client, "/checkout"), (member, "/my/addresses")):
        sent = {**hidden(person.get(path).text), "method": "online", "address": "new", "step": "paste"}
        filled = person.post(path, data={**sent, "pasted": line}).text
        assert f'value="{"示例小区" * 20}1号楼502"' in filled
        told = "详细地址超过 80 字，请改短；座机 029-85551234 没填进去，快递打手机号；邮编 710061 不用填"
        assert f"认出来了，请核对；{told}" in filled


def test_in_the_address_book_it_is_filled_in_and_then_kept(app: Flask) -> None:
    member = client_of(app, builders.user())
    page = member.get("/my/addresses").text
    filled = member.post("/my/addresses", data={**hidden(page), "step": "paste", "pasted": LINE})
    assert filled.status_code == 200
    assert 'value="王女士"' in filled.text
    assert chosen(filled.text)[-1] == builders.STREET
    assert db.session.scalar(select(func.count()).select_from(Address)) == 0
