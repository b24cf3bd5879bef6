"""A packing chosen by two lists of words: the supplier names them, the buyer chooses row by row, without JavaScript."""

import re
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.axes import set_axes
from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.own_queries import get_listing
from catalog.products.packings import SkuEdit, save_packings, save_sku
from catalog.products.pictures import add_picture, remove_picture
from catalog.products.queries import get_skus_for_sale, pictures_of, skus_of
from catalog.products.rules import SkuFacts
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from tests.factories import builders as build
from tests.factories.certifying import picture
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import untouched

BYTES = 60_000


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    """A listing of four packings: 5斤 · 中果 (10 units), 5斤 · 大果 (5), 10斤 · 中果 (3), 10斤 · 特大 (none)."""
    made = build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)
    with transaction():
        db.session.get_one(Sku, made["sku"]).name = "5斤 · 中果"
    for name, price_fen, units in (("5斤·大果", 3900, 5), ("10斤 · 中果", 5600, 3), ("10斤 · 特大", 7900, 0)):
        sku_id = build.sku(made["listing"], price_fen=price_fen, name=name)
        if units:
            build.stock(sku_id, units)
    return made


@pytest.fixture
def coop(client: Client, kiwi: dict[str, int]) -> Client:
    build.sign_in(client, build.owner_of(kiwi["supplier"]))
    return client


def ids(kiwi: dict[str, int]) -> dict[str, int]:
    return {sku.name: sku.sku_id for sku in skus_of(kiwi["listing"])}


def name_axes(client: Client, kiwi: dict[str, int], first: str, second: str) -> tuple[int, str]:
    at = f"/supplier/listings/{kiwi['listing']}"
    form = untouched(client.get(at).get_data(as_text=True), "choosing")
    answer = client.post(f"{at}/skus/axes", data={**form, "first": first, "second": second})
    return answer.status_code, answer.get_data(as_text=True)


def options(page: str) -> list[tuple[str, str | None, bool]]:
    """(word and what it says, where it leads, whether it is chosen) of every option."""
    found = re.findall(r'<(?:a|span) class="opt-a[^"]*"([^>]*)>([^<]*) <small>([^<]*)</small>', page)
    return [
        (
            f"{word} {absence}".strip(),
            (re.search(r"sku=(\d+)", attributes) or [None, None])[1],
            "aria-current" in attributes,
        )
        for attributes, word, absence in found
    ]


def test_a_supplier_names_two_lists_and_the_buyer_chooses_row_by_row(
    coop: Client, kiwi: dict[str, int]
) -> None:
    flat = coop.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    assert options(flat) == []
    assert flat.count('class="sku-card"') == 4
    assert name_axes(coop, kiwi, "规格", "果型")[0] == 303
    sku = ids(kiwi)
    assert "5斤 · 大果" in sku  # spelled alike
    page = coop.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    assert 'class="sku-card"' not in page
    assert options(page) == [
        ("5斤", str(sku["5斤 · 中果"]), True),
        ("10斤", str(sku["10斤 · 中果"]), False),
        ("中果", str(sku["5斤 · 中果"]), True),
        ("大果", str(sku["5斤 · 大果"]), False),
        ("特大 没有这种", None, False),
    ]
    page = coop.get(f"/p/{kiwi['listing']}?sku={sku['10斤 · 中果']}").get_data(as_text=True)
    assert options(page) == [
        ("5斤", str(sku["5斤 · 中果"]), False),
        ("10斤", str(sku["10斤 · 中果"]), True),
        ("中果", str(sku["10斤 · 中果"]), True),
        ("大果 没有这种", str(sku["5斤 · 大果"]), False),
        ("特大 售罄", None, False),
    ]
    ten = sku["10斤 · 中果"]
    assert re.search(rf'value="{ten}"[^>]* checked', page)
    assert "只剩 3 份" in page
    assert name_axes(coop, kiwi, "", "")[0] == 303
    assert options(coop.get(f"/p/{kiwi['listing']}").get_data(as_text=True)) == []


def test_what_is_chosen_goes_into_the_cart(coop: Client, kiwi: dict[str, int]) -> None:
    name_axes(coop, kiwi, "规格", "果型")
    page = coop.get(f"/p/{kiwi['listing']}?sku={ids(kiwi)['5斤 · 大果']}").get_data(as_text=True)
    chosen = re.findall(r'name="sku_id" value="(\d+)"[^>]* checked', page)
    answer = coop.post("/cart/add", data={**untouched(page, "buy"), "sku_id": chosen[0], "units": "2"})
    assert answer.status_code in (302, 303)
    assert "5斤 · 大果" in coop.get("/cart").get_data(as_text=True)


def test_the_cart_shows_the_picture_of_what_was_chosen(coop: Client, kiwi: dict[str, int]) -> None:
    owner = build.owner_of(kiwi["supplier"])
    cover, own = (add_picture(owner, kiwi["listing"], picture(), alt) for alt in ("封面", "大果特写"))
    sku = ids(kiwi)["5斤·大果"]
    tokens = {each.picture_id: each.token for each in pictures_of(kiwi["listing"])}
    assert get_skus_for_sale([sku])[sku].picture_token == tokens[cover]
    save_sku(owner, kiwi["listing"], sku, name="5斤·大果", grams=2500, price_fen=3900, picture_id=own)
    assert get_skus_for_sale([sku])[sku].picture_token == tokens[own]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("规格", "", "两组都要有名字"),
        ("规格", "规格", "要不一样"),
        ("一二三四五六七八九", "果型", "不要超过 8 个字"),
    ],
)
def test_names_that_do_not_do_are_refused_at_their_field(
    coop: Client, kiwi: dict[str, int], first: str, second: str, words: str
) -> None:
    status, page = name_axes(coop, kiwi, first, second)
    assert (status, words in page) == (422, True)
    assert get_listing(kiwi["listing"]).axes == []


def test_packings_that_are_no_pairs_are_named(coop: Client, kiwi: dict[str, int]) -> None:
    with transaction():
        db.session.get_one(Sku, kiwi["sku"]).name = "散装"
    status, page = name_axes(coop, kiwi, "规格", "果型")
    assert (status, "“散装”" in page) == (422, True)


def test_afterwards_every_name_is_a_pair(coop: Client, kiwi: dict[str, int]) -> None:
    name_axes(coop, kiwi, "规格", "果型")
    owner = build.owner_of(kiwi["supplier"])
    with pytest.raises(InvalidInput) as refused:
        save_sku(owner, kiwi["listing"], None, name="20斤整箱", grams=10_000, price_fen=9900)
    assert (refused.value.code, refused.value.field) == ("listing.sku_two_words", "name")
    save_packings(owner, [SkuEdit(kiwi["listing"], None, SkuFacts("20斤·中果", 10_000, 9900))])
    assert "20斤 · 中果" in ids(kiwi)
    with pytest.raises(InvalidInput) as taken:  # the same words, spaced otherwise
        save_sku(owner, kiwi["listing"], None, name="20斤 ·中果", grams=10_000, price_fen=9900)
    assert taken.value.code == "listing.sku_name_taken"
    with pytest.raises(NotFound):
        set_axes(build.owner_of(build.saleable()["supplier"]), kiwi["listing"], "规格", "果型")


def test_a_set_is_laid_out_with_the_names_of_its_lists(coop: Client, kiwi: dict[str, int]) -> None:
    def at(**words: str) -> str:
        return f"/supplier/listings/{kiwi['listing']}/skus/set?{urlencode(words)}"

    here = at(rows="20斤\n30斤", columns="中果\n大果", first="规格", second="果型")
    form = untouched(coop.get(here).get_data(as_text=True), "set")
    assert coop.post(here, data={**form, "c0-0-price_fen": "99"}).status_code == 303
    assert get_listing(kiwi["listing"]).axes == ["规格", "果型"]
    assert "20斤 · 中果" in ids(kiwi)
    assert 'value="果型"' in coop.get(at()).get_data(as_text=True)
    for words in (
        {"rows": "20斤", "first": "规格", "second": "果型"},
        {"rows": "20斤 · 礼盒", "columns": "中果", "first": "规格", "second": "果型"},
    ):
        page = coop.get(at(**words)).get_data(as_text=True)
        assert 'id="set"' not in page
        assert "第二组也要写" in page or "不要写“·”" in page
    wrong = at(rows="40斤", columns="中果", first="规格", second="")
    answer = coop.post(wrong, data={**form, "c0-0-price_fen": "99"})
    assert (answer.status_code, "两组都要有名字" in answer.get_data(as_text=True)) == (422, True)
    assert "40斤 · 中果" not in ids(kiwi)


def test_nothing_that_can_not_be_seen_is_part_of_a_name(coop: Client, kiwi: dict[str, int]) -> None:
    status, page = name_axes(coop, kiwi, "规\u200b格", "果型")
    assert (status, "看不见的字符" in page) == (422, True)
    words = urlencode({"rows": "5斤\n10\u202e斤", "columns": "中果"})
    page = coop.get(f"/supplier/listings/{kiwi['listing']}/skus/set?{words}").get_data(as_text=True)
    assert "第 2 个词里有看不见的字符" in page
    owner = build.owner_of(kiwi["supplier"])
    with pytest.raises(InvalidInput) as refused:
        save_sku(owner, kiwi["listing"], None, name="20斤\u2066大果", grams=10_000, price_fen=9900)
    assert (refused.value.code, refused.value.field) == ("text.hidden", "name")


def test_a_packing_has_a_picture_of_its_own(coop: Client, kiwi: dict[str, int]) -> None:
    owner = build.owner_of(kiwi["supplier"])
    cover, own = (add_picture(owner, kiwi["listing"], picture(), alt) for alt in ("封面", "大果特写"))
    name_axes(coop, kiwi, "规格", "果型")
    big = ids(kiwi)["5斤 · 大果"]
    at = f"/supplier/listings/{kiwi['listing']}/skus/{big}"
    form = untouched(coop.get(at).get_data(as_text=True), "sku")
    answer = coop.post(at, data={**form, "picture_id": str(own)})
    assert answer.status_code in (302, 303)
    page = coop.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    assert page.index("封面") < page.index("大果特写")
    assert re.search(rf'value="{big}"[^>]*data-pic="pic-2"', page)
    page = coop.get(f"/p/{kiwi['listing']}?sku={big}").get_data(as_text=True)
    assert page.index('alt="大果特写"') < page.index('alt="封面"')
    other = add_picture(
        build.owner_of((strange := build.saleable())["supplier"]), strange["listing"], picture(), "别家的"
    )
    answer = coop.post(at, data={**form, "picture_id": str(other)})
    assert answer.status_code == 422
    with pytest.raises(InvalidInput) as refused:
        save_sku(owner, kiwi["listing"], big, name="5斤 · 大果", grams=2500, price_fen=3900, picture_id=other)
    assert refused.value.code == "listing.sku_picture"
    remove_picture(owner, kiwi["listing"], own)
    assert skus_of(kiwi["listing"])[1].picture_id is None
    assert [each.picture_id for each in pictures_of(kiwi["listing"])] == [cover]
    assert db.session.scalars(select(ListingPicture.id).where(ListingPicture.id == own)).first() is None


def test_programs_are_told_the_names_of_both_lists(client: Client, kiwi: dict[str, int]) -> None:
    at = f"/api/v1/products/{kiwi['listing']}"
    assert client.get(at).get_json()["axes"] == []
    set_axes(build.owner_of(kiwi["supplier"]), kiwi["listing"], "规格", "果型")
    assert client.get(at).get_json()["axes"] == ["规格", "果型"]


def test_twenty_packings_stay_within_the_budget(client: Client, kiwi: dict[str, int]) -> None:
    owner = build.owner_of(kiwi["supplier"])
    set_axes(owner, kiwi["listing"], "规格", "果型")
    for size in range(8):
        for word in ("中果", "大果"):
            sku = build.sku(kiwi["listing"], price_fen=4000 + size, name=f"{20 + size}斤 · {word}")
            build.stock(sku, 9)
    assert db.session.get_one(Listing, kiwi["listing"]).axes
    client.get(f"/p/{kiwi['listing']}")  # names of places and what a minute keeps
    set_axes(owner, kiwi["listing"], "分量", "果型")
    with statements() as sent:
        page = client.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    assert len(options(page)) == 13
    assert len(sent) <= 6
    assert len(page.encode()) <= BYTES
