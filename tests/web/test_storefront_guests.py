"""What a guest is given again, and what never crosses from one visitor to another."""

import re
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import update

from catalog.products.models import Listing
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.kernel import changes
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.storefront import guests
from tests.factories import builders as build
from tests.support.clients import Client
from tests.support.counting import statements


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)


def another(app: Flask) -> Client:
    made = app.test_client()
    assert isinstance(made, Client)
    return made


def token_in(page: str) -> str:
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', page)[0])


@pytest.mark.parametrize(
    "address", ["/", "/c/fruit", "/c/fruit?sort=price", "/search", "/villages", "/outlets"]
)
def test_a_page_is_rendered_once_for_all_who_carry_nothing(
    app: Flask, kiwi: dict[str, int], address: str
) -> None:
    first = another(app).get(address)
    with statements() as sent:
        second = another(app).get(address)
    assert sent == []
    assert (second.status_code, second.get_data()) == (200, first.get_data())
    assert "Cookie" in second.headers["Vary"]
    assert second.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in second.headers
    with statements() as sent:
        again = another(app).get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data(), sent) == (304, b"", [])


def test_a_change_is_seen_at_the_next_request(app: Flask, kiwi: dict[str, int]) -> None:
    address = f"/p/{kiwi['listing']}"
    first = another(app).get("/c/fruit")
    assert "西扶认" in another(app).get(address).get_data(as_text=True)
    with transaction() as session:
        session.execute(update(Certificate).values(state=CertificateState.SUSPENDED))
    assert "认定证书现在不在有效期内" in another(app).get(address).get_data(as_text=True)
    assert address not in another(app).get("/c/fruit").get_data(as_text=True)
    again = another(app).get("/c/fruit", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200


@pytest.mark.both_databases
def test_the_stamp_changes_with_every_commit_and_only_then(app: Flask, kiwi: dict[str, int]) -> None:
    before = changes.stamp()
    assert before is not None
    assert changes.stamp() == before
    with transaction() as session:
        session.execute(update(Listing).values(sold_units=Listing.sold_units + 1))
    assert changes.stamp() != before


def test_every_guest_gets_a_form_token_of_his_own(app: Flask, kiwi: dict[str, int]) -> None:
    address = f"/p/{kiwi['listing']}"
    one, other = another(app), another(app)
    mine, yours = one.get(address), other.get(address)
    assert token_in(mine.get_data(as_text=True)) != token_in(yours.get_data(as_text=True))
    assert mine.headers["ETag"] != yours.headers["ETag"]
    assert guests._PLACEHOLDER not in mine.get_data(as_text=True)
    # mine is still good for me, and is nobody else's
    assert one.get(address, headers={"If-None-Match": mine.headers["ETag"]}).status_code == 304
    assert other.get(address, headers={"If-None-Match": mine.headers["ETag"]}).status_code == 200
    assert another(app).get(address, headers={"If-None-Match": mine.headers["ETag"]}).status_code == 200


def test_the_token_of_a_kept_page_opens_the_cart(app: Flask, kiwi: dict[str, int]) -> None:
    another(app).get(f"/p/{kiwi['listing']}")
    client = another(app)
    page = client.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    answer = client.post("/cart/add", data={"sku_id": kiwi["sku"], "units": 1, "csrf_token": token_in(page)})
    assert answer.status_code in (302, 303)


def test_a_cart_and_a_name_are_on_nobody_elses_page(app: Flask, kiwi: dict[str, int]) -> None:
    bare = another(app).get("/").get_data(as_text=True)
    buyer = another(app)
    page = buyer.get(f"/p/{kiwi['listing']}").get_data(as_text=True)
    buyer.post("/cart/add", data={"sku_id": kiwi["sku"], "units": 1, "csrf_token": token_in(page)})
    with_cart = buyer.get("/").get_data(as_text=True)
    with_cart = buyer.get("/").get_data(as_text=True)  # the first one also says that it was added
    assert 'red num">1<' in with_cart
    assert another(app).get("/").get_data(as_text=True) == bare
    member = another(app)
    build.sign_in(member, build.user("reader"))
    assert "您好" in member.get("/").get_data(as_text=True)
    assert member.get("/").headers["Cache-Control"] == "private, no-store"
    after = another(app).get("/").get_data(as_text=True)
    assert "您好" not in after
    assert 'red num">0<' in after


def test_what_is_no_page_is_not_kept(app: Flask, kiwi: dict[str, int]) -> None:
    for _ in range(2):
        assert another(app).get("/p/999999").status_code == 404
        assert another(app).get("/c/nothing").status_code == 404


def test_few_pages_are_kept(app: Flask, kiwi: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "MOST_PAGES", 3)
    for number in range(8):
        another(app).get(f"/c/fruit?page={number}")
    another(app).get("/c/fruit?v=" + quote("长" * 300))
    assert 0 < len(guests._pages[db.engine]) <= 3
