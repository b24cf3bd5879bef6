"""Reviews by the rules: after receipt only, once, for good; hidden with a reason on record, never gone."""

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from catalog.reviews import commands, queries
from catalog.reviews.commands import Opinion
from catalog.reviews.models import ListingScores, Reply, Report, Review, ReviewCase
from catalog.reviews.queries import CaseFilter, DeskFilter, Filter
from catalog.reviews.rules import ANONYMOUS, Fault, average, shown_name
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Media, MediaKind, Upload
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.reviewing.commands import add_follow_up, write_review
from tests.factories import builders, sales

FINE = Opinion(5, 4, 3, "个头匀，很甜，没有坏的")


def picture() -> Upload:
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), "green").save(stream, "PNG")
    return Upload(stream=io.BytesIO(stream.getvalue()), filename="a.png")


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    """Three units of one packing, bought by a member and received."""
    made = builders.saleable(units=20, price_fen=2999, lot_total_fen=30_001)
    buyer = builders.user("buyer-of-reviews")
    number, line_id = received(made, buyer)
    return {**made, "buyer": buyer, "number": number, "line": line_id}


def received(made: dict[str, Any], buyer: Actor) -> tuple[str, int]:
    (order_id,) = sales.paid_orders({made["sku"]: 3})
    sales.deliver(order_id)
    given_to(order_id, buyer.user_id)
    order = db.session.get_one(Order, order_id)
    return order.number, min(sales.lines_of(order_id))


def given_to(order_id: int, user_id: int) -> None:
    with transaction() as session:
        order = session.get_one(Order, order_id)
        order.user_id = user_id
        session.get_one(Checkout, order.checkout_id).user_id = user_id


def written(shop: dict[str, Any], opinion: Opinion = FINE, *photos: Upload) -> int:
    return write_review(shop["buyer"], shop["number"], shop["line"], opinion, photos)


def reported(shop: dict[str, Any]) -> int:
    review_id = written(shop, FINE, picture())
    reporter = builders.user()
    commands.report(reporter, shop["listing"], review_id, Fault.PRIVACY, "写出了别人的电话")
    return review_id


@pytest.mark.parametrize(("goods", "title"), [(5, "有一条新评价"), (1, "有一条差评，请看看")])
def test_the_seller_hears_of_it(shop: dict[str, Any], goods: int, title: str) -> None:
    seller = builders.owner_of(shop["supplier"])
    review_id = written(shop, Opinion(goods, 4, 3, "路上压坏了几个，别的还好"))
    told = db.session.scalars(select(Message).where(Message.user_id == seller.user_id)).all()
    assert [(each.title, each.params) for each in told] == [(title, {"review_id": review_id})]


def test_a_received_line_is_reviewed_once(shop: dict[str, Any]) -> None:
    review_id = written(shop, FINE, picture(), picture())
    scores, (row,) = queries.scores_and_newest(shop["listing"])
    assert (scores.reviews, scores.goods, scores.delivery, scores.service) == (1, "5.0", "4.0", "3.0")
    assert (row.id, row.text, len(row.photos)) == (review_id, FINE.text, 2)
    with pytest.raises(Conflict, match="reviewed_already"):
        written(shop)
    assert queries.scores_of(shop["listing"]).reviews == 1
    tokens = set(row.photos)
    assert set(db.session.scalars(select(Media.token).where(Media.kind == MediaKind.PICTURE))) >= tokens


@pytest.mark.parametrize(
    "state", [OrderState.RELEASED, OrderState.SHIPPED, OrderState.PARTIALLY_SHIPPED, OrderState.CANCELLED]
)
def test_nothing_is_reviewed_before_it_was_received(shop: dict[str, Any], state: OrderState) -> None:
    with transaction() as session:
        session.execute(update(Order).where(Order.number == shop["number"]).values(state=state))
    with pytest.raises(Conflict, match="not_now"):
        written(shop)


def test_a_completed_order_may_be_reviewed(shop: dict[str, Any]) -> None:
    with transaction() as session:
        session.execute(
            update(Order).where(Order.number == shop["number"]).values(state=OrderState.COMPLETED)
        )
    assert written(shop)


@pytest.mark.parametrize(("refunded", "may"), [(0, True), (2, True), (3, False)])
def test_what_went_back_whole_is_not_reviewed(shop: dict[str, Any], refunded: int, may: bool) -> None:
    with transaction() as session:
        session.execute(update(OrderLine).where(OrderLine.id == shop["line"]).values(refunded_units=refunded))
    if may:
        assert written(shop)
    else:
        with pytest.raises(Conflict, match="not_now"):
            written(shop)


def test_nobody_reviews_what_is_not_theirs(shop: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        write_review(builders.user(), shop["number"], shop["line"], FINE)
    with pytest.raises(NotFound):
        write_review(shop["buyer"], shop["number"], shop["line"] + 1000, FINE)
    (guests,) = sales.paid_orders({shop["sku"]: 1})
    sales.deliver(guests)
    with pytest.raises(NotFound):
        write_review(
            shop["buyer"], db.session.get_one(Order, guests).number, min(sales.lines_of(guests)), FINE
        )


def test_nor_their_own_goods(shop: dict[str, Any]) -> None:
    seller = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, shop["supplier"]))
    number, line_id = received(shop, seller)
    with pytest.raises(Conflict, match="own_goods"):
        write_review(seller, number, line_id, FINE)


@pytest.mark.parametrize(
    ("opinion", "field"),
    [
        (Opinion(5, 5, 5, "  四个字啊 \n"), "text"),
        (Opinion(5, 5, 5, "好" * 501), "text"),
        (Opinion(0, 5, 5, "个头匀，很甜"), "goods"),
        (Opinion(5, 6, 5, "个头匀，很甜"), "delivery"),
        (Opinion(5, 5, -1, "个头匀，很甜"), "service"),
    ],
)
def test_what_is_refused_is_told_at_its_field(shop: dict[str, Any], opinion: Opinion, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        written(shop, opinion)
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Review)) == 0


def test_six_pictures_at_most_and_only_pictures(shop: dict[str, Any]) -> None:
    for photos in ([picture() for _ in range(7)], [Upload(stream=io.BytesIO(b"no picture"), filename="x")]):
        with pytest.raises(InvalidInput) as refused:
            written(shop, FINE, *photos)
        assert refused.value.field == "photos"
    assert db.session.scalar(select(func.count()).select_from(Review)) == 0
    assert written(shop, FINE, *[picture() for _ in range(6)])


def test_sums_follow_every_review(shop: dict[str, Any]) -> None:
    goods = (5, 4, 3, 2, 1)
    for index, score in enumerate(goods):
        number, line_id = received(shop, shop["buyer"])
        photos = [picture()] if index == 2 else []
        write_review(shop["buyer"], number, line_id, Opinion(score, 5, 4, "（示例）说几句话"), photos)
    scores = queries.scores_of(shop["listing"])
    assert (scores.reviews, scores.good, scores.middle, scores.bad, scores.with_photos) == (5, 2, 1, 2, 1)
    assert (scores.goods, scores.delivery, scores.service) == ("3.0", "5.0", "4.0")
    for wanted, expected in (
        (Filter.ALL, [1, 2, 3, 4, 5]),
        (Filter.GOOD, [4, 5]),
        (Filter.MIDDLE, [3]),
        (Filter.BAD, [1, 2]),
        (Filter.PHOTOS, [3]),
    ):
        page = queries.reviews_of(shop["listing"], wanted, 1, 5)
        assert [row.goods for row in page.items] == expected
    _, newest = queries.scores_and_newest(shop["listing"])
    assert [row.goods for row in newest] == [1, 2, 3]


def test_one_follow_up_and_one_answer(shop: dict[str, Any]) -> None:
    review_id = written(shop)
    seller = builders.owner_of(shop["supplier"])
    add_follow_up(shop["buyer"], shop["number"], shop["line"], "过了一周还是脆的")
    commands.reply(seller, review_id, "谢谢")
    with pytest.raises(Conflict, match="followed_up_already"):
        add_follow_up(shop["buyer"], shop["number"], shop["line"], "再来一次好不好")
    with pytest.raises(Conflict, match="replied_already"):
        commands.reply(seller, review_id, "再说一句")
    row = queries.of_lines([shop["line"]])[shop["line"]]
    assert (row.follow_up, row.reply) == ("过了一周还是脆的", "谢谢")
    assert db.session.scalars(select(Message.user_id)).all().count(shop["buyer"].user_id) == 1


def test_only_its_seller_answers(shop: dict[str, Any]) -> None:
    review_id = written(shop)
    other = builders.saleable(village_code=builders.VILLAGE_OF_SAME_COUNTY, units=2, price_fen=3000)
    for actor in (builders.owner_of(other["supplier"]), shop["buyer"], builders.admin()):
        with pytest.raises(NotFound):
            commands.reply(actor, review_id, "谢谢")
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 0
    with pytest.raises(NotFound):
        queries.get_suppliers_review(other["supplier"], review_id)


def test_the_sellers_lists(shop: dict[str, Any]) -> None:
    seller = builders.owner_of(shop["supplier"])
    first = written(shop, Opinion(1, 1, 1, "（示例）坏了一半多"))
    number, line_id = received(shop, shop["buyer"])
    second = write_review(shop["buyer"], number, line_id, FINE)
    assert queries.count_of_supplier(shop["supplier"]) == {
        DeskFilter.UNANSWERED: 2,
        DeskFilter.ALL: 2,
        DeskFilter.LOW: 1,
    }
    commands.reply(seller, first, "对不住")
    waiting = queries.reviews_of_supplier(shop["supplier"], DeskFilter.UNANSWERED, 1, 1)
    assert [row.review.id for row in waiting.items] == [second]
    low = queries.reviews_of_supplier(shop["supplier"], DeskFilter.LOW, 1, 1)
    assert [row.review.id for row in low.items] == [first]


def test_a_person_reports_once(shop: dict[str, Any]) -> None:
    review_id = written(shop)
    one, two = builders.user(), builders.user()
    commands.report(one, shop["listing"], review_id, Fault.ABUSE, "骂人的话不少")
    with pytest.raises(Conflict, match="reported_already"):
        commands.report(one, shop["listing"], review_id, Fault.ABUSE, "骂人的话不少")
    commands.report(two, shop["listing"], review_id, Fault.PRIVACY, "写出了电话号")
    with pytest.raises(NotFound):
        commands.report(two, shop["listing"] + 1, review_id, Fault.ABUSE, "骂人的话不少")
    assert queries.get_case(review_id).waiting == 2
    assert queries.count_cases()[CaseFilter.WAITING] == 1
    assert [each.fault for each in queries.reports_of(review_id)] == [Fault.PRIVACY, Fault.ABUSE]


def test_hidden_is_not_gone_and_comes_back(shop: dict[str, Any]) -> None:
    review_id = reported(shop)
    boss = builders.admin()
    (token,) = db.session.scalars(select(Review.photos)).one()
    with pytest.raises(InvalidInput):
        commands.hide(boss, review_id, Fault.PRIVACY, "短")
    commands.hide(boss, review_id, Fault.PRIVACY, "第二句有别人的电话")
    scores, (row,) = queries.scores_and_newest(shop["listing"])
    assert (row.fault, row.text, list(row.photos), scores.reviews) == (Fault.PRIVACY, "", [], 1)
    assert db.session.scalars(select(Media.kind).where(Media.token == token)).one() == "private_picture"
    assert queries.get_case(review_id).review.text == FINE.text
    with pytest.raises(NotFound):
        queries.get_readable(shop["listing"], review_id)
    with pytest.raises(Conflict, match="hidden_already"):
        commands.hide(boss, review_id, Fault.ABUSE, "再隐藏一次看看")
    commands.show_again(boss, review_id, "电话是客服电话，公开的")
    _, (row,) = queries.scores_and_newest(shop["listing"])
    assert (row.fault, row.text, list(row.photos)) == (None, FINE.text, [token])
    assert db.session.scalars(select(Media.kind).where(Media.token == token)).one() == "picture"
    said = db.session.execute(
        select(AuditEntry.action, AuditEntry.reason)
        .where(AuditEntry.subject == "review", AuditEntry.reason.is_not(None))
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in said] == [
        ("review.hide", "第二句有别人的电话"),
        ("review.show", "电话是客服电话，公开的"),
    ]


def test_only_an_admin_who_is_no_party_judges(shop: dict[str, Any]) -> None:
    review_id = reported(shop)
    for actor in (builders.owner_of(shop["supplier"]), shop["buyer"], builders.finance()):
        with pytest.raises(NotFound):
            commands.hide(actor, review_id, Fault.PRIVACY, "第二句有别人的电话")
    party = builders.user(
        None,
        (Role.ADMIN, ScopeKind.PLATFORM, ""),
        (Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, shop["supplier"]),
    )
    with pytest.raises(Conflict, match="own_case"):
        commands.hide(party, review_id, Fault.PRIVACY, "第二句有别人的电话")
    assert db.session.get_one(ReviewCase, review_id).fault is None


def test_a_report_without_ground_is_put_aside(shop: dict[str, Any]) -> None:
    review_id = reported(shop)
    commands.keep(builders.admin(), review_id, "没有写出电话号码")
    assert queries.count_cases() == {CaseFilter.WAITING: 0, CaseFilter.HIDDEN: 0, CaseFilter.ALL: 1}
    with pytest.raises(Conflict, match="nothing_waits"):
        commands.keep(builders.admin(), review_id, "没有写出电话号码")


def test_nobody_hides_what_nobody_reported(shop: dict[str, Any]) -> None:
    review_id = written(shop)
    with pytest.raises(NotFound):
        commands.hide(builders.admin(), review_id, Fault.ABUSE, "说得太难听了")


@pytest.mark.parametrize(
    "change", [update(Review).values(goods=5), update(Review).values(text="好"), delete(Review)]
)
def test_a_review_is_never_rewritten(shop: dict[str, Any], change: Any) -> None:
    written(shop, Opinion(1, 1, 1, "（示例）坏了一半多"))
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(change)
    assert db.session.scalars(select(Review.goods)).one() == 1


def test_the_database_knows_scores_and_reasons(shop: dict[str, Any]) -> None:
    review_id = reported(shop)
    with pytest.raises(DBAPIError, match="hidden"), transaction() as session:
        session.execute(text("UPDATE review_cases SET fault = 'abuse'"))
    assert db.session.get_one(ReviewCase, review_id).fault is None
    assert db.session.scalar(select(func.count()).select_from(Report)) == 1
    assert db.session.scalar(select(ListingScores.with_photos)) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王建国", "王**"),
        (" Li Hua", "L**"),
        ("19900001234", "会员**"),
        ("", "会员**"),
        ("（示例）", "会员**"),
    ],
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert shown_name(name, anonymous=False) == shown
    assert shown_name(name, anonymous=True) == ANONYMOUS


@pytest.mark.parametrize(
    ("total", "count", "shown"), [(0, 0, ""), (5, 1, "5.0"), (14, 3, "4.7"), (9, 2, "4.5"), (89, 20, "4.5")]
)
def test_averages_have_one_decimal(total: int, count: int, shown: str) -> None:
    assert average(total, count) == shown
