"""Reviews through the pages: written from the order, read on the product page, answered, reported, hidden."""

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from catalog.reviews import commands
from catalog.reviews.commands import Opinion
from catalog.reviews.models import Review, ReviewCase
from catalog.reviews.rules import Fault
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from orders.ordering.models import Checkout, Order
from orders.reviewing.commands import write_review
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import client_of, post

GOOD = {"goods": "5", "delivery": "4", "service": "5", "text": "个头匀，很甜，没有坏的"}
SUPPLIERS_WORD = "谢谢您，下回再来"


def picture(name: str = "photo.png") -> tuple[io.BytesIO, str]:
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), "brown").save(stream, "PNG")
    return io.BytesIO(stream.getvalue()), name


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    made = builders.saleable(units=30, price_fen=2999, lot_total_fen=45_001)
    buyer = builders.user("reviewing")
    order_id, number, line_id = received(made, buyer)
    return {
        **made,
        "order": order_id,
        "number": number,
        "line": line_id,
        "write": f"/my/orders/{number}/lines/{line_id}/review",
        "product": f"/p/{made['listing']}",
        "all": f"/p/{made['listing']}/reviews",
        "actor": buyer,
        "buyer": client_of(app, buyer),
        "coop": client_of(app, builders.owner_of(made["supplier"])),
        "boss": client_of(app, builders.admin()),
        "guest": client_of(app),
    }


def received(made: dict[str, Any], buyer: Actor | None) -> tuple[int, str, int]:
    (order_id,) = sales.paid_orders({made["sku"]: 1})
    sales.deliver(order_id)
    with transaction() as session:
        order = session.get_one(Order, order_id)
        if buyer is not None:
            order.user_id = buyer.user_id
            session.get_one(Checkout, order.checkout_id).user_id = buyer.user_id
    return order_id, db.session.get_one(Order, order_id).number, min(sales.lines_of(order_id))


def some(shop: dict[str, Any], *goods: int) -> None:
    for score in goods:
        _, number, line_id = received(shop, shop["actor"])
        write_review(shop["actor"], number, line_id, Opinion(score, 4, 4, f"（示例）这次打 {score} 分"))


def review_id() -> int:
    return db.session.scalars(select(Review.id).order_by(Review.id.desc()).limit(1)).one()


def test_from_the_order_to_the_product_page(shop: dict[str, Any]) -> None:
    assert "评价</h2>" not in shop["guest"].get(shop["product"]).text
    assert "去评价" in shop["buyer"].get(f"/my/orders/{shop['number']}").text
    answer = post(shop["buyer"], shop["write"], **GOOD, photos=[picture(), picture("b.png")])
    assert (answer.status_code, answer.headers["Location"]) == (303, shop["write"])
    order = shop["buyer"].get(f"/my/orders/{shop['number']}").text
    assert ("去评价" in order, GOOD["text"] in order) == (False, True)
    page = shop["guest"].get(shop["product"]).text
    assert GOOD["text"] in page
    assert "r**" in page
    assert page.count('alt="买家的照片') == 2
    (token, _) = db.session.scalars(select(Review.photos)).one()
    with shop["guest"].get(f"/media/{token}/320.webp") as seen:
        assert seen.status_code == 200
    assert (
        post(shop["buyer"], f"{shop['write']}/follow_up", shop["write"], text="过了一周还是脆的").status_code
        == 303
    )
    assert "过了一周还是脆的" in shop["guest"].get(shop["all"]).text
    assert "发追评" not in shop["buyer"].get(shop["write"]).text


def test_what_was_typed_is_kept_and_wrong_things_are_told(shop: dict[str, Any]) -> None:
    short = post(shop["buyer"], shop["write"], **GOOD | {"text": "还行"})
    assert (
        short.status_code,
        "请写 5–500 个字" in short.text,
        ">还行<" in short.text.replace("\r\n", ""),
    ) == (
        422,
        True,
        True,
    )
    no_score = post(shop["buyer"], shop["write"], **{key: GOOD[key] for key in ("goods", "delivery", "text")})
    assert (no_score.status_code, "请打个分" in no_score.text) == (422, True)
    made_up = post(shop["buyer"], shop["write"], **GOOD | {"goods": "6"})
    assert made_up.status_code == 422
    seven = post(shop["buyer"], shop["write"], **GOOD, photos=[picture(f"{each}.png") for each in range(7)])
    assert (seven.status_code, "最多传 6 张" in seven.text) == (422, True)
    broken = post(shop["buyer"], shop["write"], **GOOD, photos=[(io.BytesIO(b"no picture"), "x.png")])
    assert broken.status_code == 422
    assert db.session.scalars(select(Review.id)).all() == []


def test_a_second_review_is_no_follow_up(shop: dict[str, Any]) -> None:
    post(shop["buyer"], shop["write"], **GOOD)
    again = post(shop["buyer"], shop["write"], **GOOD)
    assert (again.status_code, "已经评价过了" in again.text) == (409, True)
    assert "追评</" in again.text
    assert len(db.session.scalars(select(Review.id)).all()) == 1


def test_nobody_else_and_no_guest_reviews(shop: dict[str, Any], app: Flask) -> None:
    other = client_of(app, builders.user("somebody-else"))
    assert other.get(shop["write"]).status_code == 404
    assert shop["coop"].get(shop["write"]).status_code == 404
    assert shop["guest"].get(shop["write"]).status_code == 302
    order_id, number, line_id = received(shop, None)
    secret = db.session.get_one(Checkout, db.session.get_one(Order, order_id).checkout_id).token
    assert "评价要有账号" in shop["guest"].get(f"/o/{secret}/{number}").text
    assert shop["buyer"].get(f"/my/orders/{number}/lines/{line_id}/review").status_code == 404
    assert shop["buyer"].get(f"/my/orders/{shop['number']}/lines/{line_id}/review").status_code == 404


def test_not_before_receipt(shop: dict[str, Any]) -> None:
    (order_id,) = sales.paid_orders({shop["sku"]: 1})
    with transaction() as session:
        order = session.get_one(Order, order_id)
        order.user_id = shop["actor"].user_id
        session.get_one(Checkout, order.checkout_id).user_id = shop["actor"].user_id
    order = db.session.get_one(Order, order_id)
    page = f"/my/orders/{order.number}"
    assert "去评价" not in shop["buyer"].get(page).text
    answer = shop["buyer"].get(f"{page}/lines/{min(sales.lines_of(order_id))}/review")
    assert (answer.status_code, answer.headers["Location"]) == (303, page)


def test_filters_counts_and_pages(shop: dict[str, Any]) -> None:
    empty = shop["guest"].get(shop["all"])
    assert (empty.status_code, "还没有人评价" in empty.text) == (200, True)
    some(shop, 5, 5, 4, 3, 1, *[5] * 8)
    page = shop["guest"].get(shop["all"]).text
    assert page.count('<article class="review"') == 10
    assert shop["guest"].get(f"{shop['all']}?page=2").text.count('<article class="review"') == 3
    bad = shop["guest"].get(f"{shop['all']}?show=bad").text
    assert ("这次打 1 分" in bad, "这次打 3 分" in bad) == (True, False)
    assert "这一类还没有评价" in shop["guest"].get(f"{shop['all']}?show=photos").text
    for junk in ("?show=x&page=y", "?page=999999", "?show=&page=-1"):
        assert shop["guest"].get(shop["all"] + junk, follow_redirects=True).status_code == 200
    assert shop["guest"].get("/p/999999/reviews").status_code == 404


def test_the_product_page_pays_one_statement_for_them(shop: dict[str, Any]) -> None:
    some(shop, 5, 4, 3, 2)
    shop["guest"].get(shop["product"])
    with statements() as seen:
        page = shop["guest"].get(f"{shop['product']}?fresh=1").text
    about = [each for each in seen if "product_reviews" in each or "listing_scores" in each]
    assert (len(about), len(seen) <= 6) == (1, True)
    assert page.count('<article class="review"') == 3
    assert "看全部 4 条" in page
    with statements() as seen:
        shop["guest"].get(f"{shop['all']}?fresh=1")
    assert len(seen) <= 6


def test_a_guests_kept_page_sees_a_new_review_at_once(shop: dict[str, Any], app: Flask) -> None:
    before = client_of(app).get(shop["product"])
    some(shop, 4)
    after = client_of(app).get(shop["product"], headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, "这次打 4 分" in after.text) == (200, True)
    commands.report(builders.user(), shop["listing"], review_id(), Fault.ABUSE, "骂人的话不少")
    commands.hide(builders.admin("second-admin"), review_id(), Fault.ABUSE, "确实骂了人")
    hidden = client_of(app).get(shop["product"]).text
    assert ("这次打 4 分" in hidden, "因“人身攻击”被平台隐藏" in hidden) == (False, True)


def test_the_supplier_answers_once(shop: dict[str, Any], app: Flask) -> None:
    some(shop, 2)
    desk = f"/supplier/reviews/{review_id()}"
    assert "这次打 2 分" in shop["coop"].get("/supplier/reviews").text
    assert "评价等您回复" in shop["coop"].get("/supplier").text
    assert post(shop["coop"], desk, text="").status_code == 422
    assert post(shop["coop"], desk, text=SUPPLIERS_WORD).status_code == 303
    assert SUPPLIERS_WORD in shop["guest"].get(shop["product"]).text
    again = shop["coop"].post(desk, data={"csrf_token": token_of(shop["coop"]), "text": "再说一句"})
    assert (again.status_code, "已经回复过了" in again.text) == (409, True)
    assert "没有要回复的评价" in shop["coop"].get("/supplier/reviews").text
    assert "这次打 2 分" in shop["coop"].get("/supplier/reviews?show=low").text
    foreign = builders.owner_of(builders.supplier(builders.VILLAGE_OF_SAME_COUNTY))
    assert client_of(app, foreign).get(desk).status_code == 404


def token_of(client: Client) -> str:
    from tests.support.forms import hidden

    return hidden(client.get("/my/addresses").text, "csrf_token")


def test_a_report_is_judged_and_the_place_says_so(shop: dict[str, Any], app: Flask) -> None:
    post(shop["buyer"], shop["write"], **GOOD, photos=[picture()])
    address = f"{shop['all']}/{review_id()}/report"
    assert shop["guest"].get(address).status_code == 302
    reader = client_of(app, builders.user("reading"))
    assert post(reader, address, fault="privacy", text="短").status_code == 422
    assert post(reader, address, fault="privacy", text="写出了别人的电话").status_code == 303
    assert "您举报过这条评价了" in reader.get(address).text
    (token,) = db.session.scalars(select(Review.photos)).one()
    case = f"/admin/reviews/{review_id()}"
    assert "1 个举报等处理" in shop["boss"].get("/admin/reviews").text
    shown = shop["boss"].get(case).text
    assert ("写出了别人的电话" in shown, GOOD["text"] in shown) == (True, True)
    no_fault = post(shop["boss"], f"{case}/hide", case, **{"hide-reason": "里面有别人的电话"})
    assert (no_fault.status_code, "里面有别人的电话" in no_fault.text) == (422, True)
    said = {"hide-fault": "privacy", "hide-reason": "里面有别人的电话"}
    assert post(shop["boss"], f"{case}/hide", case, **said).status_code == 303
    for page in (shop["product"], shop["all"]):
        text = shop["guest"].get(page).text
        assert ("因“泄露隐私”被平台隐藏" in text, GOOD["text"] in text) == (True, False)
    assert shop["guest"].get(f"/media/{token}/320.webp").status_code == 404
    with shop["boss"].get(f"{case}/photos/1") as seen:
        assert seen.status_code == 200
    assert shop["boss"].get(f"{case}/photos/2").status_code == 404
    assert reader.get(address).status_code == 404
    assert "平台隐藏了" in shop["buyer"].get(f"/my/orders/{shop['number']}").text
    assert "里面有别人的电话" in shop["buyer"].get("/messages").text
    assert post(shop["boss"], f"{case}/show", case, **{"show-reason": "那是客服电话"}).status_code == 303
    assert GOOD["text"] in shop["guest"].get(shop["product"]).text
    log = shop["boss"].get("/admin/audit").text
    assert ("隐藏评价" in log, "恢复评价" in log, "里面有别人的电话" in log) == (True, True, True)


def test_a_report_without_ground(shop: dict[str, Any]) -> None:
    some(shop, 1)
    commands.report(builders.user(), shop["listing"], review_id(), Fault.UNRELATED, "说的不是这个")
    case = f"/admin/reviews/{review_id()}"
    assert post(shop["boss"], f"{case}/keep", case, **{"keep-reason": "说的就是这件"}).status_code == 303
    assert db.session.scalars(select(ReviewCase.waiting)).one() == 0
    assert "没有要处理的举报" in shop["boss"].get("/admin/reviews").text
    assert "显示着" in shop["boss"].get("/admin/reviews?show=all").text


@pytest.mark.parametrize("person", ["guest", "buyer", "coop"])
def test_the_desks_are_not_for_everybody(shop: dict[str, Any], person: str) -> None:
    assert shop[person].get("/admin/reviews").status_code in {302, 403}
    if person != "coop":
        assert shop[person].get("/supplier/reviews").status_code in {302, 403}


def test_the_pages_ask_the_database_little(shop: dict[str, Any]) -> None:
    some(shop, 5, 1)
    commands.report(builders.user(), shop["listing"], review_id(), Fault.UNRELATED, "说的不是这个")
    for client, path, most in (
        (shop["buyer"], shop["write"], 10),
        (shop["coop"], "/supplier/reviews", 8),
        (shop["boss"], "/admin/reviews", 8),
    ):
        client.get(path)
        with statements() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= most, (path, len(seen))


def test_other_programs_and_the_writer_s_own_file_know_of_it(shop: dict[str, Any]) -> None:
    assert "aggregateRating" not in shop["guest"].get(shop["product"]).text
    post(shop["buyer"], shop["write"], **GOOD)
    shown = shop["guest"].get(shop["product"]).text
    assert '"aggregateRating": {"@type": "AggregateRating"' in shown
    assert '"reviewCount": 1' in shown
    (taken,) = post(shop["buyer"], "/my/data/file", "/my/data").get_json()["评价"]
    assert (taken["评价"], taken["评分"]) == (GOOD["text"], "商品 5，物流 4，服务 5")
