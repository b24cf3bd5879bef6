"""A set of packings made at once from two lists of words."""

from urllib.parse import urlencode

import pytest
from flask import Flask

from catalog.products.queries import skus_of
from catalog.products.rules import crossed, grams_in
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.forms import untouched


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


@pytest.fixture
def coop(client: Client, kiwi: dict[str, int]) -> Client:
    build.sign_in(client, build.owner_of(kiwi["supplier"]))
    return client


def address(kiwi: dict[str, int], rows: str, columns: str = "") -> str:
    query = urlencode({"rows": rows, "columns": columns})
    return f"/supplier/listings/{kiwi['listing']}/skus/set?{query}"


def names(kiwi: dict[str, int]) -> list[str]:
    return [sku.name for sku in skus_of(kiwi["listing"])]


@pytest.mark.parametrize(
    ("name", "grams"),
    [
        ("5斤", 2500),
        ("2.5公斤 布袋", 2500),
        ("500克瓶", 500),
        ("1KG", 1000),
        ("约750克真空装", 750),
        ("30枚", None),
        ("礼盒装", None),
        ("0克", None),
        ("9999公斤", None),
    ],
)
def test_a_name_that_begins_with_its_weight_says_it(name: str, grams: int | None) -> None:
    assert grams_in(name) == grams


def test_two_lists_of_words_make_a_table_and_one_makes_a_list() -> None:
    assert crossed(["5斤", "10斤"], ["大果"]) == [["5斤 · 大果"], ["10斤 · 大果"]]
    assert crossed(["5斤", "10斤"], []) == [["5斤"], ["10斤"]]


def test_those_with_a_price_are_made_and_the_others_not(coop: Client, kiwi: dict[str, int]) -> None:
    before = names(kiwi)
    at = address(kiwi, "5斤\n10斤\n", "大果\n中果")
    form = untouched(coop.get(at).get_data(as_text=True), "set")
    assert [form[f"c{row}-0-grams"] for row in (0, 1)] == ["2500", "5000"]
    answer = coop.post(at, data={**form, "c0-0-price_fen": "39.90", "c1-1-price_fen": "69"})
    assert answer.status_code == 303
    assert names(kiwi) == [*before, "5斤 · 大果", "10斤 · 中果"]
    again = coop.get(at).get_data(as_text=True)
    assert again.count("已经有了") == 2


def test_all_or_none_and_what_is_wrong_stands_in_its_cell(coop: Client, kiwi: dict[str, int]) -> None:
    before = names(kiwi)
    at = address(kiwi, "大盒\n小盒")
    form = untouched(coop.get(at).get_data(as_text=True), "set")
    for wrong, words in (
        ({}, "还没有填售价"),
        ({"c0-0-price_fen": "39.90"}, "请填"),  # a box says no weight
        ({"c0-0-price_fen": "0", "c0-0-grams": "900"}, "0.01"),
        (
            {"c0-0-price_fen": "0", "c0-0-grams": "9", "c1-0-price_fen": "1", "c1-0-grams": "x"},
            "0.01",
        ),  # both at once
        (
            {"c0-0-price_fen": "39", "c0-0-grams": "900", "c1-0-price_fen": "很便宜", "c1-0-grams": "1"},
            "金额",
        ),
    ):
        answer = coop.post(at, data={**form, **wrong})
        assert answer.status_code == 422, wrong
        assert words in answer.get_data(as_text=True)
    assert names(kiwi) == before


def test_more_than_a_listing_holds_and_no_list_at_all(coop: Client, kiwi: dict[str, int]) -> None:
    many = coop.get(address(kiwi, "\n".join(f"{n}斤" for n in range(1, 8)), "大\n中\n小"))
    assert "一个商品最多 20 个规格" in many.get_data(as_text=True)
    assert 'id="set"' not in many.get_data(as_text=True)
    assert "请写第一组" in coop.get(address(kiwi, "")).get_data(as_text=True)
    other = build.saleable()
    assert coop.get(address(other, "5斤")).status_code == 404
