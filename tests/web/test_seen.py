"""最近看过: in the visitor's own cookie, and never in what guests share."""

import re

import pytest
from flask import Flask

from catalog.products.commands import take_off_sale
from marketplace.storefront import seen
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.counting import statements

COOKIE = "seen="


def another(app: Flask) -> Client:
    made = app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture
def listings(app: Flask) -> list[int]:
    return [build.saleable()["listing"] for _ in range(3)]


def cookies_of(client: Client, address: str, **headers: str) -> tuple[int, list[str]]:
    answer = client.get(address, headers=headers)
    return answer.status_code, [
        each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE)
    ]


def shown(client: Client, address: str = "/seen") -> list[int]:
    page = client.get(address).get_data(as_text=True)
    return [int(each) for each in re.findall(r'class="pname"><a href="/p/(\d+)"', page)]


def test_what_was_seen_last_comes_first_and_once(app: Flask, listings: list[int]) -> None:
    client = another(app)
    for listing_id in (*listings, listings[0]):
        client.get(f"/p/{listing_id}")
    assert shown(client) == [listings[0], listings[2], listings[1]]
    assert shown(client, "/cart") == [listings[0], listings[2], listings[1]]
    assert shown(another(app)) == []


def test_the_kept_page_is_shared_and_each_gets_a_cookie_of_his_own(app: Flask, listings: list[int]) -> None:
    address = f"/p/{listings[0]}"
    _, first = cookies_of(another(app), address)
    with statements() as sent:
        _, second = cookies_of(another(app), address)
    assert sent == []
    assert len(first) == len(second) == 1
    assert "HttpOnly" in first[0]
    assert "SameSite=Lax" in first[0]


def test_the_same_again_sets_nothing_and_is_still_not_loaded_twice(app: Flask, listings: list[int]) -> None:
    client = another(app)
    address = f"/p/{listings[0]}"
    tag = client.get(address).headers["ETag"]
    assert cookies_of(client, address, **{"If-None-Match": tag}) == (304, [])
    client.get(f"/p/{listings[1]}")
    status, again = cookies_of(client, address, **{"If-None-Match": tag})
    assert (status, len(again)) == (304, 1)
    assert shown(client) == listings[:2]


def test_few_are_kept_and_an_altered_cookie_is_none(
    app: Flask, listings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "MOST", 2)
    client = another(app)
    for listing_id in listings:
        client.get(f"/p/{listing_id}")
    assert shown(client) == [listings[2], listings[1]]
    client.set_cookie("seen", "WzEsMl0.altered.x")
    assert shown(client) == []


def test_what_is_no_longer_sold_or_never_was_is_not_shown(app: Flask) -> None:
    world = build.saleable()
    client = another(app)
    client.get(f"/p/{world['listing']}")
    assert cookies_of(client, "/p/999999") == (404, [])
    take_off_sale(build.owner_of(world["supplier"]), world["listing"])
    assert shown(client) == []


def test_it_is_one_statement_and_can_be_cleared(app: Flask, listings: list[int]) -> None:
    client = another(app)
    for listing_id in listings:
        client.get(f"/p/{listing_id}")
    client.get("/seen")
    with statements() as sent:
        page = client.get("/seen").get_data(as_text=True)
    assert len(sent) == 1
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    client.post("/seen/clear", data={"csrf_token": token})
    assert "最近没看过什么" in client.get("/seen").get_data(as_text=True)


def test_who_signs_out_leaves_nothing_behind(app: Flask, listings: list[int]) -> None:
    client = another(app)
    build.sign_in(client, build.user("reader"))
    page = client.get(f"/p/{listings[0]}").get_data(as_text=True)
    assert shown(client) == listings[:1]
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    client.post("/logout", data={"csrf_token": token})
    assert shown(client) == []
