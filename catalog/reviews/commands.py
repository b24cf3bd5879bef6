"""Writing, following up, answering, reporting, hiding and showing again. Nothing deletes or rewrites a review
(电子商务法 第39条); one is hidden for a fault of a short list, with a reason on record, and the page says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from catalog.products.models import Listing
from catalog.reviews import rules
from catalog.reviews.models import FollowUp, ListingScores, Reply, Report, Review, ReviewCase
from catalog.reviews.rules import Fault, Mark
from marketplace.accounts.models import Role, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import sellers_of
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, show_in_public, store_picture
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic

_SUMS = tuple(column.name for column in ListingScores.__table__.columns if not column.primary_key)


@dataclass(frozen=True, slots=True)
class Bought:
    """The line that is reviewed; the caller holds its order's lock and has checked that the goods were received."""

    line_id: int
    listing_id: int
    supplier_id: int
    sku_name: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a form says: scores 1–5 and a text."""

    goods: int
    delivery: int
    service: int
    text: str
    anonymous: bool = False


@transactional
def add_review(actor: Actor, bought: Bought, opinion: Opinion, photos: Sequence[Upload] = ()) -> int:
    """Returns the review. Raises Conflict for a second one, or of one's own goods (电子商务法 第17条),
    InvalidInput."""
    if actor.acts_for_supplier(bought.supplier_id):
        raise Conflict("reviews.own_goods")
    if _exists(Review, Review.line_id == bought.line_id):
        raise Conflict("reviews.reviewed_already")
    text = _checked(opinion.text)
    for field in ("goods", "delivery", "service"):
        if not 1 <= getattr(opinion, field) <= rules.BEST:
            raise InvalidInput("reviews.score", field=field)
    if len(photos) > rules.MOST_PHOTOS:
        raise InvalidInput("reviews.too_many_photos", field="photos", most=rules.MOST_PHOTOS)
    tokens = [_stored(photo, actor.user_id) for photo in photos]
    name = db.session.get_one(User, actor.user_id).display_name
    review = Review(
        line_id=bought.line_id,
        listing_id=bought.listing_id,
        user_id=actor.user_id,
        shown_name=rules.shown_name(name, anonymous=opinion.anonymous),
        sku_name=bought.sku_name,
        goods=opinion.goods,
        delivery=opinion.delivery,
        service=opinion.service,
        text=text,
        photos=tokens,
        has_photos=bool(tokens),
        written_at=clock.now(),
    )
    db.session.add(review)
    db.session.flush()
    _count(review)
    audit.record(actor.user_id, "review.add", "review", review.id, {"listing": bought.listing_id})
    is_bad = rules.mark_of(review.goods) is Mark.BAD
    tell(
        Topic.AFTER_SALES,
        sellers_of(bought.supplier_id),
        "有一条差评，请看看" if is_bad else "有一条新评价",
        f"买的是{bought.sku_name}，商品 {review.goods} 分。可以答复一次，所有人看得到。",
        endpoint="supplier.review",
        params={"review_id": review.id},
        key=f"review-{review.id}-added",
    )
    return review.id


def _stored(photo: Upload, user_id: int) -> str:
    with at_field("photos"):
        return store_picture(photo, user_id).token


def _count(review: Review) -> None:
    """Add a review to its listing's sums, in one statement: two buyers may write at once."""
    mark = rules.mark_of(review.goods)
    added = {
        "reviews": 1,
        "good": int(mark is Mark.GOOD),
        "middle": int(mark is Mark.MIDDLE),
        "bad": int(mark is Mark.BAD),
        "with_photos": int(review.has_photos),
        "goods_sum": review.goods,
        "delivery_sum": review.delivery,
        "service_sum": review.service,
    }
    _add(review.listing_id, added)


def count_question(listing_id: int) -> None:
    """Add a question to its listing's row, in the running transaction."""
    _add(listing_id, {"questions": 1})


def _add(listing_id: int, added: Mapping[str, int]) -> None:
    dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    db.session.execute(
        dialect.insert(ListingScores)
        .values({"listing_id": listing_id, **dict.fromkeys(_SUMS, 0), **added})
        .on_conflict_do_update(
            index_elements=["listing_id"],
            set_={name: getattr(ListingScores, name) + value for name, value in added.items()},
        )
    )


@transactional
def follow_up(actor: Actor, line_id: int, text: str) -> None:
    """追评, once. Raises NotFound for somebody else's review, Conflict for a second one, InvalidInput."""
    review = _locked(Review.line_id == line_id, Review.user_id == actor.user_id)
    if _exists(FollowUp, FollowUp.review_id == review.id):
        raise Conflict("reviews.followed_up_already")
    db.session.add(FollowUp(review_id=review.id, text=_checked(text), written_at=clock.now()))
    audit.record(actor.user_id, "review.follow_up", "review", review.id)


@transactional
def reply(actor: Actor, review_id: int, text: str) -> None:
    """The seller's answer, once and for good. Raises NotFound for a review of others' goods, Conflict, InvalidInput."""
    review = _locked(Review.id == review_id)
    supplier_id = db.session.get_one(Listing, review.listing_id).supplier_id
    if not actor.acts_for_supplier(supplier_id):
        raise NotFound
    if _exists(Reply, Reply.review_id == review_id):
        raise Conflict("reviews.replied_already")
    answer = _checked(text, rules.LONGEST_REPLY, shortest=2)
    row = Reply(review_id=review_id, text=answer, written_at=clock.now(), written_by=actor.user_id)
    db.session.add(row)
    audit.record(actor.user_id, "review.reply", "review", review_id, {"supplier": supplier_id})
    _tell_writer(review, "供应商回复了您的评价", "在商品的评价页看得到。", "reply")


@transactional
def report(actor: Actor, listing_id: int, review_id: int, fault: Fault, text: str) -> None:
    """Raises NotFound where the listing has no such review to be read, Conflict for a second report of the same
    person, InvalidInput."""
    review = _locked(Review.id == review_id, Review.listing_id == listing_id)
    case = db.session.get(ReviewCase, review.id)
    if case is not None and case.fault is not None:
        raise NotFound
    if _exists(Report, Report.review_id == review.id, Report.user_id == actor.user_id):
        raise Conflict("reviews.reported_already")
    reason = _reason(text, field="text")
    moment = clock.now()
    row = Report(review_id=review.id, user_id=actor.user_id, fault=fault, text=reason, reported_at=moment)
    db.session.add(row)
    if case is None:
        db.session.add(ReviewCase(review_id=review.id, waiting=1, reported_at=moment))
    else:
        case.waiting += 1
        case.reported_at = moment
    audit.record(actor.user_id, "review.report", "review", review.id, {"kind": fault.value})


@transactional
def hide(actor: Actor, review_id: int, fault: Fault, reason: str) -> None:
    """Text and pictures are shown to nobody but admins, the score still counts, and the page says why.

    Raises NotFound unless an admin asks about a reported review, Conflict ``reviews.own_case`` and
    ``reviews.hidden_already``, InvalidInput.
    """
    review, case = _judged(actor, review_id)
    if case.fault is not None:
        raise Conflict("reviews.hidden_already")
    case.reason = _reason(reason)
    case.fault, case.hidden_at, case.hidden_by = fault, clock.now(), actor.user_id
    case.waiting = 0
    show_in_public(review.photos, public=False)
    audit.record(actor.user_id, "review.hide", "review", review_id, {"kind": fault.value}, case.reason)
    _tell_writer(review, "您的一条评价被隐藏了", f"平台写的理由：{case.reason}", "hide")


@transactional
def show_again(actor: Actor, review_id: int, reason: str) -> None:
    """Undo ``hide``. Raises NotFound, Conflict ``reviews.own_case`` and ``reviews.not_hidden``, InvalidInput."""
    review, case = _judged(actor, review_id)
    if case.fault is None:
        raise Conflict("reviews.not_hidden")
    why = _reason(reason)
    case.fault, case.hidden_at, case.hidden_by, case.reason = None, None, None, ""
    show_in_public(review.photos, public=True)
    audit.record(actor.user_id, "review.show", "review", review_id, None, why)
    _tell_writer(review, "您被隐藏的评价恢复了", f"平台写的理由：{why}", "show")


@transactional
def keep(actor: Actor, review_id: int, reason: str) -> None:
    """The reports that wait name no fault: it stays. Raises NotFound, Conflict, InvalidInput."""
    _, case = _judged(actor, review_id)
    if not case.waiting:
        raise Conflict("reviews.nothing_waits")
    case.waiting = 0
    audit.record(actor.user_id, "review.keep", "review", review_id, None, _reason(reason))


def _judged(actor: Actor, review_id: int) -> tuple[Review, ReviewCase]:
    if not actor.has_role(Role.ADMIN):
        raise NotFound
    review = _locked(Review.id == review_id)
    case = db.session.get(ReviewCase, review_id, populate_existing=True)
    if case is None:
        raise NotFound
    supplier_id = db.session.get_one(Listing, review.listing_id).supplier_id
    if review.user_id == actor.user_id or actor.acts_for_supplier(supplier_id):
        raise Conflict("reviews.own_case")
    return review, case


def _locked(*wanted: Any) -> Review:
    """All that is said about one review takes turns. Raises NotFound."""
    found = db.session.scalars(select(Review).where(*wanted).with_for_update()).first()
    if found is None:
        raise NotFound
    return found


def _exists(model: Any, *wanted: Any) -> bool:
    return db.session.scalar(select(model.id).where(*wanted)) is not None


def _checked(text: str, longest: int = rules.LONGEST, shortest: int = rules.SHORTEST) -> str:
    cleaned = rules.said(text)
    if not shortest <= len(cleaned) <= longest:
        raise InvalidInput("reviews.text", field="text", shortest=shortest, longest=longest)
    return cleaned


def _reason(text: str, field: str = "reason") -> str:
    cleaned = rules.said(text)
    if not rules.SHORTEST_REASON <= len(cleaned) <= rules.LONGEST_REASON:
        raise InvalidInput("reviews.reason", field=field)
    return cleaned


def _tell_writer(review: Review, title: str, text: str, what: str) -> None:
    key = f"review-{review.id}-{what}-{clock.now().isoformat()}"[:80]
    params = {"listing_id": review.listing_id}
    tell(Topic.AFTER_SALES, [review.user_id], title, text, endpoint="reviews.index", params=params, key=key)
