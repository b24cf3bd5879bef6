"""What buyers of the demo say of received goods, with answers, a report that waits and a review that is hidden; and what
they ask."""

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.questions.commands import ask
from catalog.reviews.commands import Opinion, follow_up, hide, reply, report
from catalog.reviews.rules import Fault
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, owner_of_supplier, picture_of
from marketplace.kernel.db import db
from orders.ordering.models import Order, OrderLine
from orders.reviewing.commands import answer_question, write_review
from orders.reviewing.queries import has_received
from orders.reviewing.rules import REVIEWABLE

MOST = 40
#: goods, delivery, service, text, pictures
SAID = (
    (5, 5, 5, "（示例）个头匀，软了以后很甜，一箱没有坏的。", ("kiwi", "kiwi-box")),
    (5, 4, 5, "（示例）给老人买的，包装结实，看得到钱给了哪个村，买得安心。", ()),
    (4, 5, 4, "（示例）味道好，有两个偏小，客服说下批会挑得更严。", ("kiwi",)),
    (3, 3, 4, "（示例）东西可以，路上走了五天，有一个压软了。", ()),
    (5, 5, 5, "（示例）回购第三次了，和上次一样好。", ("orchard",)),
    (2, 4, 3, "（示例）这次偏酸，和图上不太一样，问了说再放几天。", ()),
    (4, 4, 5, "（示例）分量足，纸箱有合格证和批次，扫得出是哪天收的。", ()),
)
ASKED = (
    ("（示例）收到是硬的还是软的，能放多久？", "（示例）发的是硬果，室温放两到四天变软，软了放冰箱。"),
    ("（示例）送老人，包装里有没有写哪个村的？", ""),
    ("（示例）现在下单几天能发货？", "（示例）付款后 48 小时内发，雨天采不了会先打电话。"),
)
ANSWERS = (
    "（示例）谢谢！软硬挑着吃，硬的在屋里放三五天。",
    "（示例）对不住，路上久了。这批我们换了快递，下回您再看看。",
)


def load_reviews() -> None:
    """Needs received orders of members that were not refunded whole."""
    people: dict[int | None, Actor] = {each.user_id: each for each in map(actor_of, ("buyer", "buyer2"))}
    rows = db.session.execute(
        select(Order.number, Order.user_id, Order.supplier_id, OrderLine.id, OrderLine.listing_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.state.in_(REVIEWABLE),
            Order.user_id.in_(people),
            Order.purchase_order_id.is_(None),
            OrderLine.refunded_units < OrderLine.units,
        )
        .order_by(Order.id.desc(), OrderLine.id)
        .limit(MOST)
    ).all()
    # a few lines stay without a review, so that somebody can write one
    for index, (number, user_id, supplier_id, line_id, listing_id) in enumerate(rows[2:]):
        writer = people[user_id]
        goods, delivery, service, text, pictures = SAID[index % len(SAID)]
        opinion = Opinion(goods, delivery, service, text, anonymous=index % 4 == 3)
        photos = [picture_of(name) for name in pictures] if index < len(SAID) else []
        review_id = write_review(writer, number, line_id, opinion, photos)
        if index % 3 == 0:
            reply(owner_of_supplier(supplier_id), review_id, ANSWERS[goods <= 3])
        if index % 9 == 4:
            follow_up(writer, line_id, "（示例）放了一周再吃，更甜了。")
        if index in {2, 9}:
            other = next(each for each in people.values() if each != writer)
            report(other, listing_id, review_id, Fault.UNRELATED, "（示例）说的像是别的东西。")
        if index == 9:
            hide(actor_of("admin"), review_id, Fault.UNRELATED, "（示例）说的是另一家的货，与这件商品无关。")
    _ask([row.listing_id for row in rows], list(people.values()))


def _ask(listing_ids: list[int], people: list[Actor]) -> None:
    """Both ask about what was sold last; whoever received it, and the seller of every other one, answers."""
    for index, listing_id in enumerate(dict.fromkeys(listing_ids)):
        if index == len(ASKED):
            return
        asker, other = people[index % 2], people[(index + 1) % 2]
        question, answer = ASKED[index]
        question_id = ask(asker, listing_id, question)
        if index % 2 == 0:
            supplier_id = db.session.get_one(Listing, listing_id).supplier_id
            answer_question(owner_of_supplier(supplier_id), listing_id, question_id, answer)
        if has_received(other.user_id, listing_id):
            answer_question(other, listing_id, question_id, "（示例）我收到的是这样，放心买。")
