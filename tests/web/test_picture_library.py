"""图片库 over HTTP: several at once or none, found by name, taken for a listing, and nobody else's."""

import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from catalog.products import library
from catalog.products.models import ListingPicture, SupplierPicture
from catalog.products.pictures import add_picture
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.media import Media
from tests.factories import builders as build
from tests.factories.certifying import picture
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import client_of, post

NEW = "/supplier/pictures/new"
ALL = "/supplier/pictures"


def png(name: str = "kiwi.png") -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (240, 200), "green").save(out, "PNG")
    out.seek(0)
    return out, name


def line(name: str) -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (20_000, 2), "green").save(out, "PNG")
    return BytesIO(out.getvalue()), name


def junk(name: str) -> tuple[BytesIO, str]:
    return BytesIO(b"<svg/>"), name


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10)


@pytest.fixture
def owner(kiwi: dict[str, int]) -> Actor:
    return build.owner_of(kiwi["supplier"])


@pytest.fixture
def coop(app: Flask, owner: Actor) -> Client:
    return client_of(app, owner)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def names() -> list[str]:
    return list(db.session.scalars(select(SupplierPicture.name).order_by(SupplierPicture.id)))


def filled(owner: Actor, supplier_id: int, *words: str) -> list[int]:
    return library.add_pictures(owner, supplier_id, [picture() for _ in words], words)


def test_the_empty_library_says_what_to_do(coop: Client) -> None:
    page = coop.get(ALL).text
    assert "图片库还是空的" in page
    assert f'href="{NEW}">传第一批图片' in page


def test_several_at_once_each_with_its_name(coop: Client) -> None:
    sent = post(coop, NEW, files=[png(), png("b.png"), png("c.png")], name="一筐猕猴桃")
    assert (sent.status_code, sent.headers["Location"]) == (303, ALL)
    assert names() == ["一筐猕猴桃 1", "一筐猕猴桃 2", "一筐猕猴桃 3"]
    # with script every file has words of its own; where they are missing the shared ones hold
    assert post(coop, NEW, files=[png(), png()], names=["切开的", " "], name="果园").status_code == 303
    assert names()[3:] == ["切开的", "果园 2"]
    page = coop.get(ALL).text
    assert re.findall(r"<b>([^<]+)</b></a>", page)[:2] == ["果园 2", "切开的"]


def test_all_or_none_and_why_file_by_file(coop: Client, app: Flask) -> None:
    files = [png(), junk("坏的.png"), png(), (BytesIO(b""), "空的.jpg"), line("线.png")]
    page = post(coop, NEW, files=files, name="一筐")
    assert page.status_code == 422
    (error,) = re.findall(r'id="files-error">(.*?)</p>', page.text)
    assert "第 2 个「坏的.png」：这不是能识别的图片" in error
    assert "第 4 个「空的.jpg」：这个文件是空的" in error
    assert "第 5 个「线.png」：这张图只有 20000×2 像素，每边至少要 200 像素" in error
    assert "第 1 个" not in error
    assert 'value="一筐"' in page.text
    assert (count(SupplierPicture), count(Media)) == (0, 0)
    assert not list(app.extensions["media_folder"].rglob("*.webp"))


@pytest.mark.parametrize(
    ("field", "files", "sent", "words"),
    [
        ("files", 0, {"name": "一筐"}, "请选图片，一次 1–10 张"),
        ("files", 11, {"name": "一筐"}, "请选图片，一次 1–10 张"),
        ("name", 1, {}, "请用 1–80 个字"),
        ("name", 1, {"name": "一" * 77}, "请不要超过 76 个字"),
        ("name", 1, {"names": "一" * 81}, "请用 1–80 个字"),
    ],
)
def test_what_is_missing_is_said_at_the_field(
    coop: Client, field: str, files: int, sent: dict[str, str], words: str
) -> None:
    page = post(coop, NEW, files=[png() for _ in range(files)], **sent)
    assert page.status_code == 422
    assert words in "".join(re.findall(rf'id="{field}-error">(.*?)</p>', page.text))
    assert count(SupplierPicture) == 0


def test_found_by_name_page_by_page_within_the_budget(
    coop: Client, owner: Actor, kiwi: dict[str, int]
) -> None:
    filled(owner, kiwi["supplier"], "一筐猕猴桃")
    for number in range(3):
        add_picture(owner, kiwi["listing"], picture(), f"果园 {number}")
    for number in range(3, library.PER_PAGE):
        filled(owner, kiwi["supplier"], f"果园 {number}")
    coop.get(ALL)
    with statements() as sent:
        first = coop.get(ALL).text
    assert len(sent) <= 8, "\n".join(sent)
    assert "共 25 张" in first
    assert first.count("<li><a href=") == library.PER_PAGE
    assert "一筐猕猴桃" not in first
    assert "一筐猕猴桃" in coop.get(f"{ALL}?page=2").text
    found = coop.get(f"{ALL}?q=一筐").text
    assert ("一筐猕猴桃" in found, "果园" in found) == (True, False)
    assert "没有叫“%_”的图片" in coop.get(f"{ALL}?q=%25_").text
    assert coop.get(f"{ALL}?page=99").headers["Location"] == "?page=2"
    assert first.count("1 件商品在用") + coop.get(f"{ALL}?page=2").text.count("1 件商品在用") == 3


def test_what_a_listing_uploads_is_in_the_library(coop: Client, kiwi: dict[str, int]) -> None:
    at = f"/supplier/listings/{kiwi['listing']}"
    assert post(coop, f"{at}/pictures", page=at, picture=png(), alt="一盘切开的").status_code == 302
    assert names() == ["一盘切开的"]
    (mine,) = db.session.scalars(select(SupplierPicture)).all()
    page = coop.get(f"{ALL}/{mine.id}").text
    assert f'href="{at}#pictures"' in page
    assert "删掉</button>" not in page


def test_taken_for_a_listing_in_order_once(coop: Client, owner: Actor, kiwi: dict[str, int]) -> None:
    first, second, third = filled(owner, kiwi["supplier"], "第一", "第二", "第三")
    at = f"/supplier/listings/{kiwi['listing']}"
    shown = re.findall(r'name="picture" value="(\d+)"', coop.get(at).text)
    assert shown == [str(third), str(second), str(first)]
    take = f"{at}/pictures/take"
    assert post(coop, take, page=at, picture=[third, first]).headers["Location"] == f"{at}#pictures"
    assert post(coop, take, picture=[first, second]).status_code == 303
    rows = select(ListingPicture.alt).order_by(ListingPicture.position)
    assert list(db.session.scalars(rows)) == ["第三", "第一", "第二"]
    assert "图库里没有别的图片了" in coop.get(take).text
    assert count(Media) == 3
    # the listing's own words stay when the library's change
    assert post(coop, f"{ALL}/{first}", name="改过的").status_code == 303
    assert "第一" in db.session.scalars(rows).all()
    assert "改过的" in names()


def test_no_more_than_a_listing_may_have(coop: Client, owner: Actor, kiwi: dict[str, int]) -> None:
    ids = filled(owner, kiwi["supplier"], *(f"图 {number}" for number in range(9)))
    take = f"/supplier/listings/{kiwi['listing']}/pictures/take"
    for chosen, words in ((ids, "现在还能加 8 张"), ([], "请勾选要用的图片"), (["x"], None)):
        page = post(coop, take, picture=chosen)
        if words is None:
            assert page.status_code == 404
        else:
            assert page.status_code == 422
            assert words in "".join(re.findall(r'id="picture-error">(.*?)</p>', page.text))
    assert count(ListingPicture) == 0
    assert "图 3" in coop.get(f"{take}?q=图 3").text


def test_one_in_use_stays_the_rest_goes_and_its_file_does_not(
    coop: Client, owner: Actor, kiwi: dict[str, int]
) -> None:
    used, spare = filled(owner, kiwi["supplier"], "在用", "不用")
    at = f"/supplier/listings/{kiwi['listing']}"
    post(coop, f"{at}/pictures/take", page=at, picture=[used])
    refused = post(coop, f"{ALL}/{used}/delete", page=f"{ALL}/{used}")
    assert "还有 1 件商品在用这张图片" in coop.get(refused.headers["Location"]).text
    token = library.get_picture(kiwi["supplier"], spare).token
    assert "以前的订单照样看得到" in coop.get(f"{ALL}/{spare}").text
    assert post(coop, f"{ALL}/{spare}/delete", page=f"{ALL}/{spare}").headers["Location"] == ALL
    assert names() == ["在用"]
    with coop.get(f"/media/{token}/640.webp") as still:
        assert still.status_code == 200


def test_another_suppliers_picture_is_not_there(coop: Client, owner: Actor, kiwi: dict[str, int]) -> None:
    other = build.saleable()
    stranger = build.owner_of(other["supplier"], "stranger")
    (theirs,) = filled(stranger, other["supplier"], "别家的")
    (mine,) = filled(owner, kiwi["supplier"], "自家的")
    assert "别家的" not in coop.get(ALL).text
    assert coop.get(f"{ALL}/{theirs}").status_code == 404
    assert post(coop, f"{ALL}/{theirs}", page=f"{ALL}/{mine}", name="x").status_code == 404
    assert post(coop, f"{ALL}/{theirs}/delete", page=f"{ALL}/{mine}").status_code == 404
    take = f"/supplier/listings/{kiwi['listing']}/pictures/take"
    assert post(coop, take, picture=[mine, theirs]).status_code == 404
    assert coop.get(f"/supplier/listings/{other['listing']}/pictures/take").status_code == 404
    assert (count(ListingPicture), names()) == (0, ["别家的", "自家的"])
