"""The home page as the admin arranges it: slots and hot words in force, one to come in the preview only."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from catalog.promotions.models import HomeSlot, HotWord
from marketplace.accounts.policies import Permission
from marketplace.backoffice.home_page.forms import READ_BY_ALL
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.web import permission_of
from marketplace.storefront import shared
from tests.factories import builders
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import client_of, post

NEW = "/admin/home-slots/new"


@pytest.fixture
def boss(app: Flask) -> Client:
    return client_of(app, builders.admin())


def picture() -> tuple[io.BytesIO, str]:
    stream = io.BytesIO()
    Image.new("RGB", (400, 200), "green").save(stream, "PNG")
    return io.BytesIO(stream.getvalue()), "orchard.png"


def slot(title: str, first: int = 0, last: int = 5, **fields: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "kind": "banner",
        "title": title,
        "alt": "果园",
        "target": "/search?q=桃",
        "position": "1",
        "starts_on": (today + timedelta(days=first)).isoformat(),
        "ends_on": (today + timedelta(days=last)).isoformat(),
        **fields,
    }


def test_a_slot_of_today_shows_one_of_later_only_in_the_preview(boss: Client, client: Client) -> None:
    assert post(boss, NEW, **slot("开园了", picture=picture())).status_code == 303
    assert post(boss, NEW, **slot("年货节", 30, 40, picture=picture())).status_code == 303
    word = slot("x") | {"word": "冬桃"}
    assert post(boss, "/admin/hot-words", **word).status_code == 303
    shared.forget()
    home = client.get("/").text
    assert [each in home for each in ("开园了", "年货节", "冬桃")] == [True, False, True]
    assert "WordRow(" not in home, "words, in the search box of every page, too"
    with statements() as seen:
        client.get("/?again=1")
    assert len(seen) <= 6
    later = (clock.today() + timedelta(days=31)).isoformat()
    preview = boss.get(f"/admin/home-preview?on={later}")
    assert [each in preview.text for each in ("开园了", "年货节", "冬桃")] == [False, True, False]
    assert preview.headers["Cache-Control"] == "private, no-store"
    assert "年货节" not in client.get("/").text
    assert boss.get("/admin/home-preview?on=nonsense").status_code == 200
    listed = boss.get("/admin/home-slots?show=ahead").text
    assert ("年货节" in listed, "开园了" in listed) == (True, False)
    actions = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("home.%"))))
    assert actions == {"home.slot_add", "home.word_add"}


@pytest.mark.parametrize(
    "target",
    [
        *("https://example.com/", "//example.com", "/nowhere", "/admin", "/cart/add", "javascript:alert(1)"),
        *(
            "/o/abc",
            "/o/abc/X1/refund",
            "/pay/abc",
            "/me",
            "/my/orders",
            "/my/help",
            "/cart",
            "/checkout",
            "/seen",
        ),
        *(
            "/invitations/abc",
            "/visits/3/book",
            "/via/abc",
            "/supplier",
            "/unit",
            "/login",
            "/account/email/confirm/a",
        ),
        *("/api/v1/products", "/search/suggest?q=桃", "/media/a/320.webp", "/healthz", "/webhooks/stripe"),
    ],
)
def test_a_link_leads_to_a_public_page_of_ours_only(boss: Client, target: str) -> None:
    answer = post(boss, NEW, **slot("去哪儿", picture=picture(), target=target))
    assert answer.status_code == 422
    assert "本站的公开页面" in answer.text
    assert 'value="去哪儿"' in answer.text
    assert db.session.scalars(select(HomeSlot.id)).all() == []


@pytest.mark.parametrize(
    "target", ["/", "/c/fruit?county=1#x", "/p/7", "/help/abc", "/stories/3", "/notices"]
)
def test_a_link_leads_to_what_everybody_may_read(boss: Client, target: str) -> None:
    assert post(boss, NEW, **slot("去看看", picture=picture(), target=target)).status_code == 303
    assert db.session.scalars(select(HomeSlot.target)).all() == [target]


def test_every_page_a_link_may_lead_to_can_be_asked_for_by_anybody(app: Flask) -> None:
    asked = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert asked >= READ_BY_ALL
    assert {permission_of(app, each, "GET") for each in READ_BY_ALL} == {Permission.PUBLIC}


def test_changed_and_taken_away(boss: Client) -> None:
    answer = post(boss, NEW, **slot("没有图"))
    assert (answer.status_code, "请传一张图片" in answer.text) == (422, True)
    post(boss, NEW, **slot("开园", picture=picture()))
    row = db.session.scalars(select(HomeSlot)).one()
    address, media = f"/admin/home-slots/{row.id}", row.media_id
    late = post(boss, address, **slot("开园", 3, 1))
    assert (late.status_code, "不能早于" in late.text) == (422, True)
    assert post(boss, address, **slot("采摘", kind="feature")).status_code == 303
    db.session.expire_all()
    assert (row.title, row.media_id, row.kind.value) == ("采摘", media, "feature")
    post(boss, "/admin/hot-words", **slot("x"), word="石榴")
    (word,) = db.session.scalars(select(HotWord.id)).all()
    assert post(boss, f"/admin/hot-words/{word}", **slot("x"), word="软籽石榴").status_code == 303
    assert "软籽石榴" in boss.get("/admin/hot-words").text
    assert post(boss, f"{address}/remove", page=address).status_code == 303
    assert post(boss, f"/admin/hot-words/{word}/remove", page="/admin/hot-words").status_code == 303
    assert (db.session.query(HomeSlot).count(), db.session.query(HotWord).count()) == (0, 0)
    assert "还没有推荐位" in boss.get("/admin/home-slots").text
