"""Visits on the pages: booked from the calendar, shown with their code, redeemed at the gate, given back as agreed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.commands import take_off_sale
from catalog.products.moderation import withhold
from catalog.visits import commands as dates
from catalog.visits.queries import days_of
from catalog.visits.rules import DayPlan
from certification.certificates.models import Certificate
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from orders.ordering.models import Checkout, Order
from orders.ordering.workflow import OrderState
from tests.factories import builders, sales
from tests.factories.coupons import coupon
from tests.factories.visits import OFFER, PRICE, booked, code_of, in_days, orchard, sku_on
from tests.integration.test_visits import order
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.signing import signed_in
from tests.web.test_buying import hidden
from tests.web.test_coupon_pages import confirmed

World = dict[str, int]
GUEST = {"recipient": "王示游", "mobile": "19900000777", "method": "online", "agree": "y", "units": "2"}


@pytest.fixture(autouse=True)
def _early_in_the_morning(app: Flask) -> Iterator[None]:
    with clock.turned_to(clock.local_day_start(clock.today()) + timedelta(hours=7)):
        yield


@pytest.fixture
def garden(app: Flask) -> World:
    return orchard()


def placed(client: Client, sku: int, **fields: str) -> Order:
    page = client.get(f"/visits/{sku}/book?units=2").text
    answer = client.post(f"/visits/{sku}/book", data={**hidden(page), **GUEST, **fields})
    assert answer.status_code == 303, answer.text[:3000]
    return db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()


def test_a_date_is_booked_paid_shown_at_the_gate_and_only_money_can_be_asked_back(
    app: Flask, client: Client, garden: World
) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    sku = sku_on(garden["listing"], in_days(2))
    assert f"/visits/{sku}/book" in client.get(f"/p/{garden['listing']}?on={in_days(2)}").text
    made = placed(client, sku)
    sales.pay_online(made.checkout_id)
    number, code = made.number, code_of(made.id)
    page = client.get(f"/my/orders/{number}").text
    assert re.sub(r"\s", "", code) in re.sub(r"[\s·-]", "", page)
    assert "<svg" in page
    assert client.get(f"/my/orders/{number}/refund").status_code == 303, (
        "one to come is cancelled, not claimed"
    )

    host = signed_in(app, builders.owner_of(garden["supplier"]))
    with clock.turned_to(clock.local_day_start(in_days(2)) + timedelta(hours=10)):
        shown = host.post(
            "/supplier/visits/redeem", data={**hidden(host.get("/supplier/visits/redeem").text), "code": code}
        )
        assert number in shown.text
        done = host.post(
            "/supplier/visits/redeem",
            data={**hidden(shown.text), "code": code, "step": "confirm"},
        )
        assert done.status_code == 303
        assert order(made.id).state is OrderState.RECEIVED
        claim = client.get(f"/my/orders/{number}/refund").text
    assert 'value="refund_only"' in claim
    assert 'value="return_and_refund"' not in claim
    assert "寄回" not in claim


def test_visits_have_a_filter_of_their_own_beside_what_is_to_be_sent(
    app: Flask, client: Client, garden: World
) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    assert "待到店" not in client.get("/my/orders").text
    number = order(booked(garden["listing"], in_days(1), user_id=buyer.user_id)).number
    assert "待到店" in client.get("/my/orders").text
    assert number in client.get("/my/orders?state=visit").text
    assert number not in client.get("/my/orders?state=ship").text
    host = signed_in(app, builders.owner_of(garden["supplier"]))
    assert number in host.get("/supplier/orders?state=visit").text
    assert number not in host.get("/supplier/orders?state=released").text
    assert number not in host.get("/supplier").text, "the desk's list is of parcels"


def test_a_form_that_was_filled_in_wrong_keeps_what_was_typed(client: Client, garden: World) -> None:
    sku = sku_on(garden["listing"], in_days(1))
    page = client.get(f"/visits/{sku}/book").text
    wrong = client.post(
        f"/visits/{sku}/book",
        data={**hidden(page), **GUEST, "mobile": "123", "agree": "", "recipient": "李示梅"},
    )
    assert wrong.status_code == 422
    assert "李示梅" in wrong.text
    assert "同意" in wrong.text


def test_hours_the_host_changed_since_they_were_read_are_read_again(client: Client, garden: World) -> None:
    sku = sku_on(garden["listing"], in_days(3))
    sent = hidden(client.get(f"/visits/{sku}/book?units=2").text)
    dates.save_offer(builders.owner_of(garden["supplier"]), garden["listing"], replace(OFFER, free_hours=72))
    for until in (sent["until"], "soon", "2026-12-01T09:00:00"):
        told = client.post(f"/visits/{sku}/book", data={**sent, **GUEST, "until": until})
        assert told.status_code == 409
        assert "商家刚改了改期、退订的约定" in told.text
        assert not re.search(r'<input[^>]*name="agree"[^>]*checked|checked[^>]*name="agree"', told.text)
    assert db.session.scalars(select(Order)).all() == []
    placed(client, sku)


def test_the_best_coupons_are_taken_and_frozen_and_one_may_do_without(client: Client, garden: World) -> None:
    own, shared = coupon(garden["supplier"]), coupon(off_fen=300)
    address = f"/visits/{sku_on(garden['listing'], in_days(2))}/book"
    page = client.get(f"{address}?units=2").text
    sent = confirmed(page)
    assert (sent[f"coupon-{garden['supplier']}"], sent["coupon-shared"]) == (str(own), str(shared))
    assert "128.00" in page
    without = client.post(address, data=GUEST | sent | {"coupon-shared": "0", "step": "refresh"})
    assert (without.status_code, "131.00" in without.text) == (200, True)
    answer = client.post(address, data=GUEST | confirmed(without.text))
    assert answer.status_code == 303, answer.text[:3000]
    made = db.session.scalars(select(Order)).one()
    assert (made.discount_fen, made.total_fen) == (500, 2 * PRICE - 500)


def test_a_code_is_used_and_a_wrong_one_is_told_at_its_field(client: Client, garden: World) -> None:
    coupon(code="WEJQU2926", off_fen=1_000)
    address = f"/visits/{sku_on(garden['listing'], in_days(2))}/book"
    sent = GUEST | confirmed(client.get(f"{address}?units=2").text)
    wrong = client.post(address, data=sent | {"step": "code", "coupon_code": "nothing"}).text
    assert "没有这个券码" in wrong
    page = client.post(address, data=sent | {"step": "code", "coupon_code": "wejqu 2926"}).text
    assert "126.00" in page
    answer = client.post(address, data=sent | confirmed(page) | {"coupon_code": "wejqu 2926"})
    assert answer.status_code == 303, answer.text[:3000]
    assert db.session.scalars(select(Order.discount_fen)).all() == [1_000]


def test_a_coupon_that_went_between_look_and_click_is_told_with_the_price_without_it(
    client: Client, garden: World
) -> None:
    shared = coupon(budget_fen=500)
    address = f"/visits/{sku_on(garden['listing'], in_days(2))}/book"
    sent = GUEST | confirmed(client.get(f"{address}?units=2").text)
    booked(garden["listing"], in_days(3), user_id=builders.user().user_id, pay=False, coupons=(shared,))
    told = client.post(address, data=sent)
    assert told.status_code == 409
    assert "请再看一眼" in told.text
    assert "136.00" in told.text
    assert "王示游" in told.text
    answer = client.post(address, data=GUEST | confirmed(told.text))
    assert answer.status_code == 303, answer.text[:3000]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (
            lambda garden: withhold(builders.admin(), garden["listing"], "投诉核实中"),
            "平台暂时下架了这个地方",
        ),
        (
            lambda garden: take_off_sale(builders.owner_of(garden["supplier"]), garden["listing"]),
            "商家暂时不接待新的日子",
        ),
        (lambda garden: stop_certificate(garden["product"]), "认定证书现在不在有效期内"),
    ],
)
def test_a_visit_is_moved_to_no_day_of_what_is_not_for_sale(
    client: Client, garden: World, act: Callable[[World], object], why: str
) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    made = order(booked(garden["listing"], in_days(1), 1, user_id=buyer.user_id))
    at = f"/my/orders/{made.number}/move"
    other = sku_on(garden["listing"], in_days(2))
    assert "点一个能选的日子" in client.get(at).text
    act(garden)
    page = client.get(f"{at}?on={in_days(2)}").text
    assert why in page
    assert "照常有效" in page
    assert "?on=" not in page
    assert f'value="{other}"' not in page
    answer = client.post(at, data={**hidden(page), "sku_id": str(other)})
    assert answer.status_code == 409
    assert why in answer.text
    assert order(made.id).visit_on == in_days(1)


def test_moving_opens_the_month_of_the_visit(app: Flask, client: Client) -> None:
    with clock.turned_to(clock.local_day_start(date(2026, 11, 28)) + timedelta(hours=7)):
        garden, buyer = orchard(), builders.user()
        builders.sign_in(client, buyer)
        made = order(booked(garden["listing"], in_days(3), 1, user_id=buyer.user_id))
        assert "改到哪一天：2026年12月" in client.get(f"/my/orders/{made.number}/move").text


def test_a_page_shows_the_least_price_until_a_day_is_chosen(client: Client, garden: World) -> None:
    owner, listing = builders.owner_of(garden["supplier"]), garden["listing"]
    dates.set_days(owner, listing, {in_days(3): DayPlan(PRICE - 700, 5)})

    def top_line(query: str) -> str:
        page = client.get(f"/p/{listing}{query}").text.split('top-line">', 1)[1]
        return re.sub(r"<[^>]+>|\s", "", page.split("</div></div>", 1)[0])

    assert top_line("").startswith("¥61.00起/人")
    assert top_line(f"?on={in_days(2)}").startswith("¥68.00/人")


def stop_certificate(product_id: int) -> None:
    with transaction():
        row = db.session.scalars(select(Certificate).where(Certificate.product_id == product_id)).one()
        row.valid_until = clock.today() - timedelta(days=1)


def test_a_span_leaves_single_closed_days_closed_and_says_so(app: Flask, garden: World) -> None:
    listing, owner = garden["listing"], builders.owner_of(garden["supplier"])
    host, at = signed_in(app, owner), f"/supplier/listings/{listing}/days"
    dates.close_days(owner, listing, [in_days(2)])
    days = [in_days(1), in_days(2), in_days(3)]
    span = {"act": "open", "first_on": str(days[0]), "last_on": str(days[-1])}
    for kind in ("weekday", "weekend"):
        span |= {f"{kind}_price_fen": "66", f"{kind}_places": "9"}
    answer = host.post(at, data={**csrf_of(host, at), **span}, follow_redirects=True)
    assert "开放了 2 天" in answer.text
    assert f"{days[1].month}月{days[1].day}日 1 天是单独关过的，还关着" in answer.text
    assert [row.is_open for row in days_of(listing) if row.on in days] == [True, False, True]
    answer = host.post(at, data={**csrf_of(host, at), **span, "reopens": "y"}, follow_redirects=True)
    assert "开放了 3 天" in answer.text
    assert all(row.is_open for row in days_of(listing) if row.on in days)


def csrf_of(client: Client, at: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(at).text)
    assert found
    return {"csrf_token": found[1]}


def test_the_pages_of_visits_ask_little(app: Flask, client: Client, garden: World) -> None:
    buyer = builders.user()
    builders.sign_in(client, buyer)
    made = [order(booked(garden["listing"], in_days(1), 1, user_id=buyer.user_id)) for _ in range(3)]
    coupon(garden["supplier"])
    coupon()
    host = signed_in(app, builders.owner_of(garden["supplier"]))
    pages = [
        (app.test_client(), f"/p/{garden['listing']}", 6),
        (client, f"/visits/{sku_on(garden['listing'], in_days(2))}/book", 10),
        (client, "/my/orders?state=visit", 10),
        (client, f"/my/orders/{made[0].number}/move", 10),
        (host, f"/supplier/visits?on={in_days(1)}", 8),
        (host, f"/supplier/listings/{garden['listing']}/days", 8),
    ]
    for reader, path, most in pages:
        reader.get(path)  # what the process keeps is kept from here on
        with statements() as sent:
            answer = reader.get(path)
        assert answer.status_code == 200, path
        assert len(sent) <= most, (path, "\n".join(each[:100] for each in sent))


def test_the_plus_of_a_card_leads_to_where_a_date_is_chosen(client: Client, garden: World) -> None:
    card = f"/p/{garden['listing']}#buy"
    assert f'class="add" href="{card}"' in client.get("/c/picking").text
    page = client.get(f"/p/{garden['listing']}").text
    assert re.search(r'id="buy"></span>\s*<section id="dates"', page)


def test_the_payment_page_of_a_visit_comes_from_a_calendar_not_a_cart(client: Client, garden: World) -> None:
    made = placed(client, sku_on(garden["listing"], in_days(2)))
    token = db.session.get_one(Checkout, made.checkout_id).token
    main = client.get(f"/pay/{token}").text.split("<main")[1].split("</main>")[0]
    assert "选日期" in main
    assert "购物车" not in main
