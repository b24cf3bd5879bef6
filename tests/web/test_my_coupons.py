"""我的优惠券 as a member sees it: from 我的 to each shelf, to the shop and to the order."""

from datetime import timedelta

import pytest
from flask import Flask

from marketplace.kernel import clock
from tests.factories import builders as build
from tests.factories.coupons import coupon, placed
from tests.support.clients import Client
from tests.support.counting import statements

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return build.saleable(units=20, price_fen=2990, lot_total_fen=30_000)


def html(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.get_data(as_text=True)


def test_my_page_leads_to_what_can_be_used_and_each_coupon_to_what_it_is_for(
    kiwi: World, client: Client
) -> None:
    build.sign_in(client, build.user())
    assert "满减和用过的券" in html(client, "/my")
    coupon(kiwi["supplier"], name="猕猴桃季满减", per_person=2)
    coupon(name="帮农立减")
    coupon(name="不说的券", code="WEJQU2926")
    coupon(name="国庆满减", starts_on=clock.today() + timedelta(days=3))
    assert "2 张现在能用" in html(client, "/my")
    page = html(client, "/my/coupons")
    assert "猕猴桃季满减" in page
    assert "您还能用 2 次" in page
    assert f'href="/s/{kiwi["supplier"]}"' in page
    assert "平台出钱" in page
    assert "国庆满减" not in page
    assert "国庆满减" in html(client, "/my/coupons?shelf=soon")
    assert not any(
        "不说的券" in html(client, f"/my/coupons?shelf={each}") for each in ("", "soon", "used", "over")
    )


def test_a_use_leads_to_its_order_and_is_nobody_elses(kiwi: World, client: Client) -> None:
    me = build.user()
    (order,) = placed({kiwi["sku"]: 2}, coupon(kiwi["supplier"]), user_id=me.user_id)
    number = order.number
    build.sign_in(client, me)
    page = html(client, "/my/coupons?shelf=used")
    assert f'href="/my/orders/{number}"' in page
    assert "−¥5.00" in page
    assert "您用过了" in html(client, "/my/coupons?shelf=over")
    build.sign_in(client, build.user())
    assert number not in html(client, "/my/coupons?shelf=used")


@pytest.mark.parametrize(
    ("shelf", "said"),
    [
        ("", "眼下没有能用的券"),
        ("soon", "没有快开始的券"),
        ("used", "还没用过券"),
        ("over", "没有结束的券"),
        ("nonsense", "眼下没有能用的券"),
    ],
)
def test_an_empty_shelf_says_what_to_do(kiwi: World, client: Client, shelf: str, said: str) -> None:
    assert client.get("/my/coupons").status_code in (302, 401)
    build.sign_in(client, build.user())
    assert said in html(client, f"/my/coupons?shelf={shelf}&page=999999")


def test_many_coupons_are_paged_in_few_statements(kiwi: World, client: Client) -> None:
    for _ in range(21):
        coupon(kiwi["supplier"], name="满减券")
    build.sign_in(client, build.user())
    html(client, "/my/coupons")
    with statements() as sent:
        page = html(client, "/my/coupons")
    assert page.count("满减券</b>") == 20
    assert html(client, "/my/coupons?page=2").count("满减券</b>") == 1
    assert len(sent) <= 6, "\n".join(each[:100] for each in sent)
