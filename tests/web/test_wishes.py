"""Favourites as a member sees them: from the product page to the list and off it again."""

import re

import pytest
from flask import Flask
from sqlalchemy import update

from catalog.products.commands import take_off_sale
from catalog.products.models import Listing
from catalog.stock.models import StockRow
from catalog.wishes import commands
from catalog.wishes.telling import tell_of_stock
from marketplace.kernel.transaction import transaction
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return build.saleable(price_fen=3000, units=10)


def html(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.get_data(as_text=True)


def token_in(page: str) -> str:
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', page)[0])


def press(client: Client, page: str, address: str, **fields: str) -> None:
    """A button of the page: without its form's token nothing happens."""
    assert f'"{address}"' in page
    assert client.post(address, data=fields).status_code == 400
    answer = client.post(address, data={"csrf_token": token_in(page), **fields})
    assert answer.status_code == 302


def test_a_guest_logs_in_and_is_back_at_the_product(kiwi: World, client: Client) -> None:
    page = html(client, f"/p/{kiwi['listing']}")
    assert f"/login?next=/p/{kiwi['listing']}" in page
    assert "favourite" not in page


def test_a_member_keeps_a_product_and_lets_it_go(kiwi: World, client: Client) -> None:
    build.sign_in(client, build.user("reader"))
    address = f"/p/{kiwi['listing']}"
    page = html(client, address)
    assert "已收藏" not in page
    press(client, page, f"{address}/favourite")
    page = html(client, address)
    assert "收藏好了" in page
    assert 'aria-pressed="true"' in page
    assert "1 件" in html(client, "/my")
    kept = html(client, "/my/favourites")
    assert f'href="{address}"' in kept
    assert "¥<" not in kept.split('class="kept"')[0]
    press(client, kept, f"{address}/favourite/remove", **{"from": "list"})
    assert "还没有收藏" in html(client, "/my/favourites")


def test_the_list_tells_of_a_lower_price_and_of_what_is_gone(kiwi: World, client: Client) -> None:
    reader = build.user("reader")
    build.sign_in(client, reader)
    sold_out, off = build.saleable(), build.saleable()
    for world in (kiwi, sold_out, off):
        commands.add_favourite(reader.user_id, world["listing"])
    with transaction() as session:
        session.execute(update(Listing).where(Listing.id == kiwi["listing"]).values(from_price_fen=2500))
        session.execute(
            update(StockRow).where(StockRow.sku_id == sold_out["sku"]).values(available=0, sold=10)
        )
    take_off_sale(build.owner_of(off["supplier"]), off["listing"])
    page = html(client, "/my/favourites")
    assert page.count("比收藏时降了") == 1
    assert "比收藏时降了 ¥5.00" in page
    assert page.count("已下架") == 1
    assert page.count("卖完了") == 1


def test_a_full_list_says_so_where_one_can_make_room(
    kiwi: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MOST_FAVOURITES", 0)
    build.sign_in(client, build.user("reader"))
    page = html(client, f"/p/{kiwi['listing']}")
    answer = client.post(
        f"/p/{kiwi['listing']}/favourite", data={"csrf_token": token_in(page)}, follow_redirects=True
    )
    assert "收藏最多放 0 件" in answer.get_data(as_text=True)
    assert answer.request.path == "/my/favourites"


def test_what_is_not_sold_offers_no_heart(kiwi: World, client: Client) -> None:
    owner = build.owner_of(kiwi["supplier"])
    take_off_sale(owner, kiwi["listing"])
    build.sign_in(client, owner)
    assert "favourite" not in html(client, f"/p/{kiwi['listing']}")


def test_a_sold_out_packing_can_be_waited_for_and_left(kiwi: World, client: Client) -> None:
    gone = build.sku(kiwi["listing"], price_fen=9900)
    address = f"/p/{kiwi['listing']}"
    guest = html(client, address)
    assert guest.count("到货告诉我") == 1
    assert "/wait" not in guest
    build.sign_in(client, build.user("reader"))
    page = html(client, address)
    assert f"/skus/{kiwi['sku']}/wait" not in page
    press(client, page, f"/skus/{gone}/wait")
    page = html(client, address)
    assert "到货会告诉您" in page
    kept = html(client, "/my/favourites")
    assert "等到货的" in kept
    press(client, kept, f"/skus/{gone}/wait/remove", **{"from": "list"})
    assert "等到货的" not in html(client, "/my/favourites")
    press(client, html(client, address), f"/skus/{gone}/wait")
    press(client, html(client, address), f"/skus/{gone}/wait/remove")
    assert "到货会告诉您" not in html(client, address)


def test_who_is_told_gets_to_the_packing_that_came(kiwi: World, client: Client) -> None:
    reader = build.user("reader")
    gone = build.sku(kiwi["listing"], price_fen=9900)
    commands.wait_for(reader.user_id, gone)
    build.lot(kiwi["agreement"], kiwi["household"], gone)
    tell_of_stock()
    build.sign_in(client, reader)
    box = html(client, "/messages")
    assert "到货了：周至翠香猕猴桃" in box
    (number,) = re.findall(r"/messages/(\d+)/open", box)
    answer = client.post(f"/messages/{number}/open", data={"csrf_token": token_in(box)})
    assert answer.headers["Location"] == f"/p/{kiwi['listing']}?sku={gone}"


def test_what_came_back_meanwhile_is_said(kiwi: World, client: Client) -> None:
    build.sign_in(client, build.user("reader"))
    page = html(client, f"/p/{kiwi['listing']}")
    answer = client.post(
        f"/skus/{kiwi['sku']}/wait", data={"csrf_token": token_in(page)}, follow_redirects=True
    )
    assert "现在就有货" in answer.get_data(as_text=True)


def test_a_members_product_page_asks_once_more_and_a_guests_not_at_all(kiwi: World, client: Client) -> None:
    address = f"/p/{kiwi['listing']}"
    html(client, address)
    with statements() as guests:
        html(client, f"{address}?a=1")
    assert not [each for each in guests if "favourites" in each or "stock_wishes" in each]
    build.sign_in(client, build.user("reader"))
    with statements() as members:
        html(client, address)
    assert len([each for each in members if "favourites" in each or "stock_wishes" in each]) == 1
