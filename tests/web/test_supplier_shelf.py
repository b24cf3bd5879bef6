"""The supplier's shelf over HTTP: errors at the field, nothing kept of what was refused, nothing of others."""

import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from catalog.attributes.queries import all_attributes
from catalog.attributes.rules import AttributeKind
from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.workflow import ListingState
from catalog.stock.models import StockRow
from certification.linkage.models import SupplyLot
from certification.linkage.rules import LinkageMode
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.storefront import shared
from tests.factories import builders as build
from tests.factories.attributes import define
from tests.support.clients import Client


def png() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (200, 200), "green").save(out, "PNG")
    out.seek(0)
    return out, "kiwi.png"


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


def post(client: Client, address: str, status: int, **form: object) -> str:
    with client.session_transaction() as session:
        session.setdefault("csrf_token", "0" * 40)
    page = client.get("/supplier/listings").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    response = client.post(address, data={"csrf_token": token, **form}, content_type="multipart/form-data")
    assert response.status_code == status, re.findall(
        r'<p class="err".*?</p>', response.get_data(as_text=True)
    )
    return response.get_data(as_text=True)


def lot_form(world: dict[str, int], **changes: object) -> dict[str, object]:
    return {
        "sku_id": world["sku"],
        "household_id": world["household"],
        "received_on": clock.today().isoformat(),
        "grams": "26000",
        "total_fen": "160.00",
        "units": "10",
        "payment": "consigned",
    } | changes


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_from_certificate_to_sale(coop: Client, kiwi: dict[str, int]) -> None:
    product = build.product(kiwi["supplier"], name="临潼石榴")
    build.certificate(product)
    build.agreement(kiwi["supplier"], product, [kiwi["household"]], modes={LinkageMode.DIVIDEND: 1000})
    assert "临潼石榴" in coop.get("/supplier/listings").get_data(as_text=True)
    post(
        coop,
        "/supplier/listings/new",
        302,
        product_id=product,
        title="临潼净皮甜石榴",
        specs="保存：阴凉处七天",
        season_months="10",
    )
    listing = db.session.scalars(select(Listing.id).where(Listing.product_id == product)).one()
    at = f"/supplier/listings/{listing}"
    post(coop, f"{at}/sale", 302, act="on")
    assert db.session.get_one(Listing, listing).state is ListingState.DRAFT
    post(coop, f"{at}/skus/new", 302, name="6颗装", grams="2250", price_fen="45.80", is_active="y")
    post(coop, f"{at}/pictures", 302, picture=png(), alt="一盘石榴")
    sku = db.session.scalars(select(Sku.id).where(Sku.listing_id == listing)).one()
    post(coop, f"/supplier/skus/{sku}/stock", 302, units="30")
    post(coop, f"{at}/sale", 302, act="on")
    assert db.session.get_one(Listing, listing).state is ListingState.ON_SALE
    page = coop.get(f"/p/{listing}").get_data(as_text=True)
    assert "临潼净皮甜石榴" in page
    assert "¥4.58" in page


@pytest.mark.parametrize(
    ("field", "changes", "words"),
    [
        ("price_fen", {"price_fen": "15.30"}, "底价 ¥15.31"),
        ("price_fen", {"price_fen": "-1"}, "请填金额"),
        ("price_fen", {"price_fen": "１２"}, "请填金额"),
        ("grams", {"grams": "1.5"}, "整数"),
        ("grams", {"grams": "1000000000"}, "整数"),
        ("name", {"name": ""}, "请填规格名"),
    ],
)
def test_a_refused_packing_says_so_at_the_field(
    coop: Client, kiwi: dict[str, int], field: str, changes: dict[str, object], words: str
) -> None:
    form = {"name": "5斤", "grams": "2500", "price_fen": "29.90", "is_active": "y"} | changes
    page = post(coop, f"/supplier/listings/{kiwi['listing']}/skus/{kiwi['sku']}", 422, **form)
    assert f'id="{field}-error"' in page
    assert words in page
    assert db.session.get_one(Sku, kiwi["sku"]).price_fen == 3000


def test_a_fake_picture_is_refused(coop: Client, kiwi: dict[str, int]) -> None:
    page = post(
        coop,
        f"/supplier/listings/{kiwi['listing']}/pictures",
        422,
        picture=(BytesIO(b"<svg/>"), "a.png"),
        alt="假的",
    )
    assert 'id="picture-error"' in page
    assert count(ListingPicture) == 0


def test_pictures_are_ordered_described_and_removed(coop: Client, kiwi: dict[str, int]) -> None:
    at = f"/supplier/listings/{kiwi['listing']}/pictures"
    for alt in ("第一张", "第二张"):
        post(coop, at, 302, picture=png(), alt=alt)
    first, second = db.session.scalars(select(ListingPicture.id).order_by(ListingPicture.position)).all()
    post(coop, f"{at}/{second}", 302, act="earlier")
    assert db.session.scalars(select(ListingPicture.id).order_by(ListingPicture.position)).all() == [
        second,
        first,
    ]
    post(coop, f"{at}/{first}", 302, act="alt", alt="改过的说明")
    assert db.session.get_one(ListingPicture, first).alt == "改过的说明"
    post(coop, f"{at}/{second}", 302, act="remove")
    post(coop, f"{at}/{first}", 302, act="remove")
    assert count(ListingPicture) == 1  # the last one of a listing on sale stays


def test_a_lot_brings_its_stock(coop: Client, kiwi: dict[str, int]) -> None:
    post(coop, "/supplier/lots/new", 302, **lot_form(kiwi))
    lot = db.session.scalars(select(SupplyLot).order_by(SupplyLot.id.desc()).limit(1)).one()
    assert (lot.total_fen, lot.units, lot.household_id) == (16_000, 10, kiwi["household"])
    row = db.session.scalars(select(StockRow).where(StockRow.lot_id == lot.id)).one()
    assert (row.received, row.available) == (10, 10)
    assert lot.number in coop.get("/supplier/lots").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("total_fen", {"total_fen": "295.00"}),
        ("total_fen", {"total_fen": "0"}),
        ("units", {"units": "0"}),
        ("units", {"units": "1.5"}),
        ("grams", {"grams": "-1"}),
        ("voucher_number", {"payment": "bought"}),
        ("voucher", {"payment": "bought", "voucher_number": "V1", "voucher": (BytesIO(b"x"), "a.pdf")}),
        ("household_id", {"household_id": "999999"}),
        ("sku_id", {"sku_id": "999999"}),
        ("received_on", {"received_on": "2999-01-01"}),
    ],
)
def test_nothing_is_kept_of_a_refused_lot(
    coop: Client, kiwi: dict[str, int], field: str, changes: dict[str, object]
) -> None:
    page = post(coop, "/supplier/lots/new", 422, **lot_form(kiwi, **changes))
    assert f'id="{field}-error"' in page
    assert (count(SupplyLot), count(StockRow)) == (1, 1)


def test_goods_of_a_purchase_come_in_lots_only(coop: Client, kiwi: dict[str, int]) -> None:
    page = post(coop, f"/supplier/skus/{kiwi['sku']}/stock", 422, units="5")
    assert "收货登记" in page
    assert count(StockRow) == 1


def test_counting_needs_a_reason(coop: Client, kiwi: dict[str, int]) -> None:
    at = f"/supplier/stock/{kiwi['stock_row']}"
    post(coop, at, 422, counted="8", reason="")
    post(coop, at, 302, counted="8", reason="压坏 2 份")
    row = db.session.get_one(StockRow, kiwi["stock_row"])
    assert (row.available, row.adjusted) == (8, -2)
    assert "压坏 2 份" in coop.get(at).get_data(as_text=True)


def test_what_belongs_to_others_is_not_found(coop: Client, kiwi: dict[str, int]) -> None:
    other = build.saleable()
    for address in (
        f"/supplier/listings/{other['listing']}",
        f"/supplier/listings/{other['listing']}/skus/{other['sku']}",
        f"/supplier/listings/{kiwi['listing']}/skus/{other['sku']}",
        f"/supplier/skus/{other['sku']}/stock",
        f"/supplier/stock/{other['stock_row']}",
        f"/supplier/lots/{other['lot']}/voucher",
    ):
        assert coop.get(address).status_code == 404, address
    post(coop, f"/supplier/listings/{other['listing']}/sale", 404, act="off")
    assert db.session.get_one(Listing, other["listing"]).state is ListingState.ON_SALE
    page = post(coop, "/supplier/lots/new", 422, **lot_form(kiwi, sku_id=other["sku"]))
    assert 'id="sku_id-error"' in page


def test_what_a_listing_says_of_itself_is_shown_and_narrows_lists(coop: Client, kiwi: dict[str, int]) -> None:
    first, _ = define("等级", AttributeKind.CHOICE, "一级", "二级", category="fruit")
    green, organic = define("标志", AttributeKind.MARKS, "绿色食品", "有机产品")
    grade, marks = (each.field for each in all_attributes())
    texts = {"title": "周至翠香猕猴桃"}
    address = f"/supplier/listings/{kiwi['listing']}"
    assert "里没有这一项" in post(coop, address, 422, **texts, **{grade: str(green)})
    assert "里没有这一项" in post(coop, address, 422, **texts, **{marks: "x"})
    post(coop, address, 302, **texts, **{grade: str(first), marks: [str(green), str(organic)]})
    shared.forget()
    page = coop.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    assert re.findall(r'<th scope="row">(等级|标志)</th><td>([^<]+)', page) == [
        ("等级", "一级"),
        ("标志", "绿色食品、有机产品"),
    ]
    build.saleable(village_code=build.VILLAGE_OF_OTHER_COUNTY)
    shared.forget()
    page = coop.get(f"/c/fruit?a={green}&stock=1").get_data(as_text=True)
    assert re.findall(r'class="pname"><a href="/p/(\d+)"', page) == [str(kiwi["listing"])]
    # what no choice here would leave is not offered; what is chosen goes one by one
    assert "二级" not in page
    chips = re.findall(r'class="fchip" aria-current="true" href="([^"]+)">([^<]+?) <', page)
    assert chips == [("/c/fruit?stock=1", "绿色食品"), (f"/c/fruit?a={green}", "只看有货")]
    assert 'name="a" value="' + str(green) in page
