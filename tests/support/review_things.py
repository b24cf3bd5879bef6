"""What routes about reviews lead to, and who may."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.questions.models import Question, QuestionHiding
from catalog.reviews.models import Review, ReviewCase
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from orders.ordering.models import Order, OrderLine
from tests.support import access_rules as rules
from tests.support.access_rules import Access, Enumerate, Thing


def own_lines() -> Iterator[Thing]:
    """Lines of members' orders, those with a review first: any of them leads its buyer somewhere. A unit's order is not
    the member's who drew it up."""
    query = (
        select(
            Order.number,
            Order.user_id,
            Order.supplier_id,
            OrderLine.id,
            Supplier.village_code,
            Order.purchase_order_id,
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .order_by(OrderLine.id.desc())
    )
    for number, user_id, supplier_id, line_id, region, purchase_id in db.session.execute(query):
        args = {"number": number, "line_id": line_id}
        ours = purchase_id is None
        yield Thing(args, supplier=supplier_id, buyer=user_id, region=region, ours=ours)
        if ours and user_id is not None:
            yield Thing({**args, "line_id": line_id + 100_000}, buyer=-1, ours=False)


def reviews(*, listed: bool = False, reported: bool = False, position: bool = False) -> Enumerate:
    """``listed``: with the listing in the address, also under another one; then only what may be read."""

    def found() -> Iterator[Thing]:
        query = (
            select(Review, Listing.supplier_id, Supplier.village_code, ReviewCase)
            .join(Listing, Listing.id == Review.listing_id)
            .join(Supplier, Supplier.id == Listing.supplier_id)
            .outerjoin(ReviewCase, ReviewCase.review_id == Review.id)
        )
        rows: Any = db.session.execute(query)
        for review, supplier_id, region, case in rows:
            args = {"review_id": review.id}
            if reported and case is None:
                continue
            if position:
                if not review.photos:
                    continue
                args["position"] = 1
            if listed:
                if case is not None and case.fault is not None:
                    continue
                yield Thing({**args, "listing_id": review.listing_id + 1}, ours=False)
                args["listing_id"] = review.listing_id
            yield Thing(args, supplier=supplier_id, region=region, buyer=review.user_id)

    return found


def judged() -> Iterator[Thing]:
    for thing in reviews(reported=True)():
        yield Thing({**thing.args, "action": "keep"}, supplier=thing.supplier, region=thing.region)


def questions() -> Iterator[Thing]:
    """Those that may be read, also under another listing."""
    query = (
        select(Question.id, Question.listing_id)
        .outerjoin(QuestionHiding, QuestionHiding.question_id == Question.id)
        .where(QuestionHiding.fault.is_(None))
    )
    for question_id, listing_id in db.session.execute(query):
        yield Thing({"question_id": question_id, "listing_id": listing_id})
        yield Thing({"question_id": question_id, "listing_id": listing_id + 1}, ours=False)


def reviewed_listings() -> Iterator[Thing]:
    return (Thing({"listing_id": row}) for row in db.session.scalars(select(Review.listing_id)))


_line = Access(own_lines, rules.buyer)
OBJECTS = {
    **dict.fromkeys(
        ("reviews.index", "questions.index", "questions.ask"), Access(reviewed_listings, rules.anyone)
    ),
    "questions.answer": Access(questions, rules.anyone),
    "backoffice.question": Access(
        lambda: (Thing({"question_id": row}) for row in db.session.scalars(select(Question.id))),
        rules.anyone,
    ),
    "reviews.report": Access(reviews(listed=True), rules.anyone),
    "reviews.write": _line,
    "reviews.follow_up": _line,
    "supplier.review": Access(reviews(), rules.seller),
    "backoffice.review": Access(reviews(reported=True), rules.anyone),
    "backoffice.review_decide": Access(judged, rules.anyone),
    "backoffice.review_photo": Access(reviews(reported=True, position=True), rules.anyone),
}
