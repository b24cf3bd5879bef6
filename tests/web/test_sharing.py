"""What other programs are told of a page, and the address one may pass on."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog.products.models import Listing, ListingPicture
from catalog.stock.models import StockRow
from marketplace.kernel.db import db
from marketplace.kernel.media import Media, MediaKind
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import Supplier
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]
BASE = "http://localhost"
HOSTILE = '</script><script>alert("1")</script>&\'"<!--'


@pytest.fixture
def kiwi(app: Flask) -> World:
    return build.saleable(price_fen=3005, units=10)


def html(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.get_data(as_text=True)


def data_in(page: str) -> dict[str, dict[str, Any]]:
    """The page's schema.org things by type."""
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found = json.loads(text)
    assert found["@context"] == "https://schema.org"
    return {each["@type"]: each for each in found["@graph"]}


def tags_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))


@pytest.fixture
def picture(kiwi: World) -> str:
    with transaction() as session:
        row = Media(
            token="picture-of-kiwi",
            kind=MediaKind.PICTURE,
            filename="kiwi.webp",
            sha256="1" * 64,
            size=1,
            uploaded_at=session.get_one(Listing, kiwi["listing"]).created_at,
        )
        session.add(row)
        session.flush()
        session.add(ListingPicture(listing_id=kiwi["listing"], media_id=row.id, position=0, alt="一盘"))
        session.execute(update(Listing).values(cover_token=row.token))
    return f"{BASE}/media/picture-of-kiwi/640.webp"


def test_a_product_says_what_it_is_and_what_each_packing_costs(
    kiwi: World, picture: str, client: Client
) -> None:
    gone = build.sku(kiwi["listing"], price_fen=9900)
    page = html(client, f"/p/{kiwi['listing']}?sku={kiwi['sku']}")
    product = data_in(page)["Product"]
    supplier = db.session.get_one(Supplier, kiwi["supplier"])
    address = f"{BASE}/p/{kiwi['listing']}"
    assert product["name"] == "周至翠香猕猴桃 现摘现发"
    assert product["brand"]["name"] == supplier.name
    assert (product["image"], product["url"]) == ([picture], address)
    offers = {each["sku"]: each for each in product["offers"]}
    assert set(offers) == {str(kiwi["sku"]), str(gone)}
    here, none_left = offers[str(kiwi["sku"])], offers[str(gone)]
    assert (here["price"], here["priceCurrency"]) == ("30.05", "CNY")
    assert here["url"] == f"{address}?sku={kiwi['sku']}"
    assert here["availability"].endswith("/InStock")
    assert none_left["availability"].endswith("/OutOfStock")
    steps = data_in(page)["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["name"]) for step in steps] == [
        (1, "首页"),
        (2, "鲜果"),
        (3, "周至翠香猕猴桃"),
    ]
    assert steps[-1]["item"] == address


def test_a_product_is_shown_under_one_address_wherever_it_is_passed_on(
    kiwi: World, picture: str, client: Client
) -> None:
    page = html(client, f"/p/{kiwi['listing']}?sku={kiwi['sku']}&from=elsewhere")
    address = f"{BASE}/p/{kiwi['listing']}"
    assert f'<link rel="canonical" href="{address}">' in page
    tags = tags_in(page)
    assert (tags["type"], tags["url"], tags["image"]) == ("product", address, picture)
    assert (tags["title"], tags["description"]) == ("周至翠香猕猴桃", "现摘现发")
    assert f'value="{address}" readonly' in page


def test_a_title_can_not_break_out_of_the_data(kiwi: World, client: Client) -> None:
    with transaction() as session:
        session.execute(update(Listing).values(title=HOSTILE, subtitle="", description=HOSTILE))
    page = html(client, f"/p/{kiwi['listing']}")
    assert data_in(page)["Product"]["name"] == HOSTILE
    assert "<script>alert" not in page
    assert len(re.findall("<script", page)) == len(
        re.findall(r"<script (?:defer src|type=.application/ld)", page)
    )


def test_the_policy_still_runs_no_script_of_the_page(kiwi: World, client: Client) -> None:
    policy = client.get(f"/p/{kiwi['listing']}").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("template", ["/villages/{village}", "/s/{supplier}"])
def test_a_village_and_a_seller_have_their_address_and_picture(
    kiwi: World, picture: str, client: Client, template: str
) -> None:
    address = template.format(village=build.VILLAGE, supplier=kiwi["supplier"])
    page = html(client, address)
    tags = tags_in(page)
    assert f'<link rel="canonical" href="{BASE}{address}">' in page
    assert (tags["type"], tags["url"], tags["image"]) == ("website", BASE + address, picture)
    assert tags["title"]
    assert tags["description"]
    assert f'value="{BASE}{address}" readonly' in page


def test_without_a_picture_none_is_named(kiwi: World, client: Client) -> None:
    for address in (f"/p/{kiwi['listing']}", f"/villages/{build.VILLAGE}", f"/s/{kiwi['supplier']}"):
        assert "image" not in tags_in(html(client, address))


def test_being_shared_costs_no_statement(kiwi: World, client: Client) -> None:
    html(client, f"/p/{kiwi['listing']}")
    with statements() as sent:
        html(client, f"/p/{kiwi['listing']}?again=1")
    assert len(sent) <= 5


def test_what_is_sold_out_everywhere_says_so(kiwi: World, client: Client) -> None:
    with transaction() as session:
        session.execute(update(StockRow).values(available=0, sold=10))
    (offer,) = data_in(html(client, f"/p/{kiwi['listing']}"))["Product"]["offers"]
    assert offer["availability"].endswith("/OutOfStock")
