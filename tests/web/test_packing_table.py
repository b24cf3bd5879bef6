"""批量编辑 over HTTP: a page of packings saved as a whole, and the same as a workbook."""

import re
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products import imports
from catalog.products.models import Sku
from catalog.products.packings import save_sku
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.spreadsheets import xlsx_response
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import untouched

TABLE, IMPORT = "/supplier/listings/table", "/supplier/listings/import"


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


@pytest.fixture
def owner(kiwi: dict[str, int]) -> Actor:
    return build.owner_of(kiwi["supplier"])


@pytest.fixture
def coop(client: Client, owner: Actor) -> Client:
    build.sign_in(client, owner)
    return client


def look(coop: Client, address: str = TABLE) -> dict[str, str]:
    return untouched(coop.get(address).get_data(as_text=True), "packings")


def price(sku_id: int) -> int:
    db.session.expire_all()
    found = db.session.scalars(select(Sku.price_fen).where(Sku.id == sku_id)).one()
    db.session.rollback()
    return found


def test_a_page_is_saved_as_a_whole_or_not_at_all(coop: Client, kiwi: dict[str, int], owner: Actor) -> None:
    second = save_sku(owner, kiwi["listing"], None, name="10斤", grams=5000, price_fen=6000)
    form, first = look(coop), kiwi["sku"]
    wrong = {**form, f"s{first}-price_fen": "31", f"s{second}-grams": "五斤", f"s{second}-price_fen": "61"}
    answer = coop.post(TABLE, data=wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "有 1 行要改，一行也没有存" in page
    assert 'value="五斤"' in page
    assert (price(first), price(second)) == (3000, 6000)
    below = {**form, f"s{first}-price_fen": "0.01", f"s{second}-grams": "五斤"}
    assert "有 2 行要改" in coop.post(TABLE, data=below).get_data(as_text=True)  # all that is wrong at once
    right = {**form, f"s{first}-price_fen": "31", f"s{second}-price_fen": "61"}
    answer = coop.post(f"{TABLE}?q=猕猴桃", data=right)
    assert answer.status_code == 303
    assert answer.location.startswith(f"{TABLE}?q=")  # back to the filter one worked under
    assert (price(first), price(second)) == (3100, 6100)
    assert "改好了 2 个规格" in coop.get(TABLE).get_data(as_text=True)


def test_a_row_that_was_changed_meanwhile_is_shown_and_saved_the_second_time(
    coop: Client, kiwi: dict[str, int], owner: Actor
) -> None:
    form, sku = look(coop), kiwi["sku"]
    save_sku(owner, kiwi["listing"], sku, name="5斤", grams=2500, price_fen=3300)
    form[f"s{sku}-price_fen"] = "31"
    answer = coop.post(TABLE, data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "这一行刚才被改过" in page
    assert "¥33.00" in page
    assert price(sku) == 3300
    assert coop.post(TABLE, data=untouched(page, "packings")).status_code == 303
    assert price(sku) == 3100


def test_a_listing_on_sale_keeps_one_packing(coop: Client, kiwi: dict[str, int]) -> None:
    form = look(coop)
    form.pop(f"s{kiwi['sku']}-is_active")
    answer = coop.post(TABLE, data=form)
    assert answer.status_code == 422
    assert "在卖的商品至少留一个规格" in answer.get_data(as_text=True)


def test_rows_of_others_are_not_found(coop: Client, kiwi: dict[str, int]) -> None:
    other = build.saleable()
    form = {name.replace(f"s{kiwi['sku']}-", f"s{other['sku']}-"): each for name, each in look(coop).items()}
    token = {"csrf_token": form["csrf_token"]}
    assert coop.post(TABLE, data=token).status_code == 303  # no rows, nothing to do
    for data in (form, token | {f"s{n}-seen": "" for n in range(1, 60)}):
        assert coop.post(TABLE, data=data).status_code == 404
    assert price(other["sku"]) == 2990


def test_the_list_is_found_by_words_and_state_and_asks_little(
    coop: Client, kiwi: dict[str, int], owner: Actor
) -> None:
    for number in range(12):
        save_sku(owner, kiwi["listing"], None, name=f"礼盒{number}", grams=1000, price_fen=9900)
    coop.get(TABLE)
    with statements() as asked:
        assert len(look(coop)) > 12
    assert len(asked) <= 8
    assert len([name for name in look(coop, f"{TABLE}?q=礼盒1") if name.endswith("-seen")]) == 3
    for address in (f"{TABLE}?state=draft", f"{TABLE}?q=%25"):
        assert "没有符合条件的规格" in coop.get(address).get_data(as_text=True)


def test_a_supplier_without_packings_is_told_what_to_do(client: Client, app: Flask) -> None:
    build.sign_in(client, build.owner_of(build.supplier()))
    page = client.get(TABLE).get_data(as_text=True)
    assert "还没有规格" in page
    assert IMPORT in page


def test_a_workbook_goes_out_is_changed_looked_at_and_written(coop: Client, kiwi: dict[str, int]) -> None:
    form = look(coop)
    sheet = coop.get(f"{TABLE}.xlsx")
    assert str(sheet.mimetype).endswith("spreadsheetml.sheet")
    upload = {
        "csrf_token": form["csrf_token"],
        "file": (BytesIO(sheet.get_data()), "规格.xlsx"),
    }
    answer = coop.post(IMPORT, data=upload, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert "完全一样" in coop.get(answer.location).get_data(as_text=True)
    form[f"s{kiwi['sku']}-price_fen"] = "35"
    coop.post(TABLE, data=form)
    page = coop.get(answer.location).get_data(
        as_text=True
    )  # the file says what it said: now that is a change
    assert "<del>¥35.00</del> → <b>¥30.00</b>" in page
    token = re.search(r'name="token"[^>]*value="([^"]+)"', page)
    assert token is not None
    done = coop.post(IMPORT, data={"csrf_token": form["csrf_token"], "token": token[1]})
    assert (done.status_code, price(kiwi["sku"])) == (303, 3000)


def test_a_table_writes_nothing_that_its_preview_did_not_show(
    coop: Client, kiwi: dict[str, int], owner: Actor
) -> None:
    second = save_sku(owner, kiwi["listing"], None, name="10斤", grams=5000, price_fen=6000)
    token = look(coop)["csrf_token"]
    data = {"csrf_token": token, "file": (BytesIO(coop.get(f"{TABLE}.xlsx").get_data()), "规格.xlsx")}
    save_sku(owner, kiwi["listing"], kiwi["sku"], name="5斤", grams=2500, price_fen=3500)
    seen = coop.post(IMPORT, data=data, content_type="multipart/form-data").location

    def confirm() -> str:
        found = re.search(r'name="token"[^>]*value="([^"]+)"', coop.get(seen).get_data(as_text=True))
        assert found
        save_sku(owner, kiwi["listing"], second, name="10斤", grams=5000, price_fen=7000)  # by a colleague
        return str(coop.post(IMPORT, data={"csrf_token": token, "token": found[1]}).location)

    assert confirm() == seen, "back to what it would do now"
    assert (price(kiwi["sku"]), price(second)) == (3500, 7000)
    assert "又有人改过" in coop.get(seen).get_data(as_text=True)
    assert confirm() == TABLE
    assert (price(kiwi["sku"]), price(second)) == (3000, 6000)


def test_a_second_click_is_told_the_truth(coop: Client, kiwi: dict[str, int], owner: Actor) -> None:
    data = imports.table_of(kiwi["supplier"])
    content = xlsx_response("规格", *data).get_data()
    save_sku(owner, kiwi["listing"], kiwi["sku"], name="5斤", grams=2500, price_fen=3500)
    seen = imports.plan_packings(kiwi["supplier"], owner, content).fingerprint
    assert len(imports.import_packings(kiwi["supplier"], owner, content, seen).changed) == 1
    assert imports.import_packings(kiwi["supplier"], owner, content, seen).writes_nothing


def test_what_is_no_table_is_refused_at_the_field(coop: Client) -> None:
    token = look(coop)["csrf_token"]
    for content in (b"", b"not a workbook"):
        data = {"csrf_token": token, "file": (BytesIO(content), "a.xlsx")}
        answer = coop.post(IMPORT, data=data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert 'id="file-error"' in answer.get_data(as_text=True)
    assert str(coop.get(f"{IMPORT}.xlsx").mimetype).endswith("spreadsheetml.sheet")
