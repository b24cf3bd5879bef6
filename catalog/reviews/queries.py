"""Reading reviews. What is hidden is read without its words and pictures, and with the reason: it is never silently
gone. Only the page of who judges reports reads everything."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select

from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.reviews.models import FollowUp, ListingScores, Reply, Report, Review, ReviewCase
from catalog.reviews.rules import Fault, Scores
from marketplace.kernel.db import db, read
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.paging import Page, offset_of

PER_PAGE = 10
NEWEST = 3


class Filter(StrEnum):
    """The filters of a listing's reviews."""

    ALL = ""
    PHOTOS = "photos"
    GOOD = "good"
    MIDDLE = "middle"
    BAD = "bad"


class DeskFilter(StrEnum):
    """The filters of the supplier's page."""

    UNANSWERED = ""
    ALL = "all"
    LOW = "low"


class CaseFilter(StrEnum):
    """The filters of the admin's page."""

    WAITING = ""
    HIDDEN = "hidden"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """``fault`` is why it is hidden; then text, photos, follow-up and reply are empty."""

    id: int
    line_id: int
    listing_id: int
    shown_name: str
    sku_name: str
    goods: int
    delivery: int
    service: int
    text: str
    photos: Sequence[str]
    written_at: datetime
    follow_up: str | None
    followed_up_at: datetime | None
    reply: str | None
    replied_at: datetime | None
    fault: Fault | None


_COLUMNS = (
    Review.id,
    Review.line_id,
    Review.listing_id,
    Review.shown_name,
    Review.sku_name,
    Review.goods,
    Review.delivery,
    Review.service,
    Review.text,
    Review.photos,
    Review.written_at,
    FollowUp.text,
    FollowUp.written_at,
    Reply.text,
    Reply.written_at,
    ReviewCase.fault,
)
_SCORES = (
    ListingScores.reviews,
    ListingScores.good,
    ListingScores.middle,
    ListingScores.bad,
    ListingScores.with_photos,
    ListingScores.goods_sum,
    ListingScores.delivery_sum,
    ListingScores.service_sum,
    ListingScores.questions,
)
_WANTED: dict[Filter, ColumnElement[bool]] = {
    Filter.PHOTOS: Review.has_photos.is_(True),
    Filter.GOOD: Review.goods >= 4,
    Filter.MIDDLE: Review.goods == 3,
    Filter.BAD: Review.goods <= 2,
}


def _with_what_was_said(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.outerjoin(FollowUp, FollowUp.review_id == Review.id)
        .outerjoin(Reply, Reply.review_id == Review.id)
        .outerjoin(ReviewCase, ReviewCase.review_id == Review.id)
    )


def _row(values: Sequence[Any], *, everything: bool = False) -> ReviewRow:
    row = ReviewRow(*values)
    if row.fault is None or everything:
        return row
    return replace(row, text="", photos=(), follow_up=None, followed_up_at=None, reply=None, replied_at=None)


def scores_and_newest(listing_id: int) -> tuple[Scores, list[ReviewRow]]:
    """What a product page shows, in one statement."""
    rows = read(_scores_and_newest_statement(), {"listing": listing_id}).all()
    if not rows:
        return Scores(), []
    written = [row[len(_SCORES) :] for row in rows if row[len(_SCORES)] is not None]
    return Scores(*rows[0][: len(_SCORES)]), [_row(row) for row in written]


@cache
def _scores_and_newest_statement() -> Select[*tuple[Any, ...]]:
    query = select(*_SCORES, *_COLUMNS).select_from(ListingScores)
    return (
        _with_what_was_said(query.outerjoin(Review, Review.listing_id == ListingScores.listing_id))
        .where(ListingScores.listing_id == bindparam("listing"))
        .order_by(Review.id.desc())
        .limit(NEWEST)
    )


def scores_of(listing_id: int) -> Scores:
    found = db.session.execute(select(*_SCORES).where(ListingScores.listing_id == listing_id)).first()
    return Scores(*found) if found else Scores()


def reviews_of(listing_id: int, wanted: Filter, page: int, total: int) -> Page[ReviewRow]:
    """Newest first; ``total`` is the count of the filter, known from the scores."""
    clauses = [Review.listing_id == listing_id]
    if wanted in _WANTED:
        clauses.append(_WANTED[wanted])
    rows = db.session.execute(
        _with_what_was_said(select(*_COLUMNS).select_from(Review))
        .where(*clauses)
        .order_by(Review.id.desc())
        .offset(offset_of(page, PER_PAGE))
        .limit(PER_PAGE)
    )
    return Page([_row(row) for row in rows], page, total, PER_PAGE)


def of_lines(line_ids: Collection[int]) -> dict[int, ReviewRow]:
    """Reviews by line; the caller has checked whose order it is. The writer's own words too are gone while hidden."""
    if not line_ids:
        return {}
    rows = db.session.execute(
        _with_what_was_said(select(*_COLUMNS).select_from(Review)).where(Review.line_id.in_(line_ids))
    )
    return {row.line_id: row for row in map(_row, rows)}


@dataclass(frozen=True, slots=True)
class ReviewedListing:
    id: int
    supplier_id: int
    title: str
    cover_token: str | None
    state: ListingState


def get_reviewed_listing(listing_id: int) -> ReviewedListing:
    """Raises NotFound for a draft: nobody bought it."""
    found = db.session.execute(
        select(Listing.id, Listing.supplier_id, Listing.title, Listing.cover_token, Listing.state).where(
            Listing.id == listing_id, Listing.state != ListingState.DRAFT
        )
    ).first()
    if found is None:
        raise NotFound
    return ReviewedListing(*found)


def get_readable(listing_id: int, review_id: int) -> ReviewRow:
    """A review that everybody may read. Raises NotFound for one that is hidden or another listing's."""
    found = db.session.execute(
        _with_what_was_said(select(*_COLUMNS).select_from(Review)).where(
            Review.id == review_id, Review.listing_id == listing_id, ReviewCase.fault.is_(None)
        )
    ).first()
    if found is None:
        raise NotFound
    return _row(found)


def has_reported(review_id: int, user_id: int) -> bool:
    return (
        db.session.scalar(select(Report.id).where(Report.review_id == review_id, Report.user_id == user_id))
        is not None
    )


@dataclass(frozen=True, slots=True)
class DeskRow:
    review: ReviewRow
    title: str
    cover_token: str | None


def _desk_row(values: Sequence[Any]) -> DeskRow:
    return DeskRow(_row(values[2:]), values[0], values[1])


def reviews_of_supplier(supplier_id: int, wanted: DeskFilter, page: int, total: int) -> Page[DeskRow]:
    """What a supplier's page lists: without an answer the oldest first, otherwise the newest."""
    rows = db.session.execute(
        _with_what_was_said(select(Listing.title, Listing.cover_token, *_COLUMNS).select_from(Review))
        .join(Listing, Listing.id == Review.listing_id)
        .where(Listing.supplier_id == supplier_id, *_desk_clause(wanted))
        .order_by(Review.id if wanted is DeskFilter.UNANSWERED else Review.id.desc())
        .offset(offset_of(page))
        .limit(20)
    )
    return Page([_desk_row(row) for row in rows], page, total)


def _desk_clause(wanted: DeskFilter) -> tuple[ColumnElement[bool], ...]:
    if wanted is DeskFilter.UNANSWERED:
        return Reply.id.is_(None), ReviewCase.fault.is_(None)
    return (Review.goods <= 2,) if wanted is DeskFilter.LOW else ()


def count_of_supplier(supplier_id: int) -> dict[DeskFilter, int]:
    """How many reviews each filter of the supplier's page holds. One statement."""
    unanswered = and_(*_desk_clause(DeskFilter.UNANSWERED))
    found = db.session.execute(
        _with_what_was_said(
            select(
                func.count().filter(unanswered),
                func.count(),
                func.count().filter(Review.goods <= 2),
            ).select_from(Review)
        )
        .join(Listing, Listing.id == Review.listing_id)
        .where(Listing.supplier_id == supplier_id)
    ).one()
    return dict(zip((DeskFilter.UNANSWERED, DeskFilter.ALL, DeskFilter.LOW), found, strict=True))


def count_unanswered(supplier_id: int) -> int:
    return count_of_supplier(supplier_id)[DeskFilter.UNANSWERED]


def get_suppliers_review(supplier_id: int, review_id: int) -> DeskRow:
    """Raises NotFound for a review of somebody else's goods."""
    found = db.session.execute(
        _with_what_was_said(select(Listing.title, Listing.cover_token, *_COLUMNS).select_from(Review))
        .join(Listing, Listing.id == Review.listing_id)
        .where(Review.id == review_id, Listing.supplier_id == supplier_id)
    ).first()
    if found is None:
        raise NotFound
    return _desk_row(found)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A reported review, whole."""

    review: ReviewRow
    title: str
    supplier_id: int
    waiting: int
    reported_at: datetime
    reason: str
    hidden_at: datetime | None


_CASE = (
    Listing.title,
    Listing.supplier_id,
    ReviewCase.waiting,
    ReviewCase.reported_at,
    ReviewCase.reason,
    ReviewCase.hidden_at,
)


def _cases(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        _with_what_was_said(select(*_CASE, *_COLUMNS).select_from(Review))
        .join(Listing, Listing.id == Review.listing_id)
        .where(ReviewCase.review_id.is_not(None), *wanted)
    )


def _case_row(values: Sequence[Any]) -> CaseRow:
    return CaseRow(_row(values[len(_CASE) :], everything=True), *values[: len(_CASE)])


_CASES: dict[CaseFilter, ColumnElement[bool]] = {
    CaseFilter.WAITING: ReviewCase.waiting > 0,
    CaseFilter.HIDDEN: ReviewCase.fault.is_not(None),
}


def cases(wanted: CaseFilter, page: int, total: int) -> Page[CaseRow]:
    """Reported reviews, those that wait longest first."""
    clauses = [_CASES[wanted]] if wanted in _CASES else []
    newest = wanted is not CaseFilter.WAITING
    rows = db.session.execute(
        _cases(*clauses)
        .order_by(ReviewCase.reported_at.desc() if newest else ReviewCase.reported_at, Review.id)
        .offset(offset_of(page))
        .limit(20)
    )
    return Page([_case_row(row) for row in rows], page, total)


def count_cases() -> dict[CaseFilter, int]:
    found = db.session.execute(
        select(
            func.count().filter(_CASES[CaseFilter.WAITING]),
            func.count().filter(_CASES[CaseFilter.HIDDEN]),
            func.count(),
        ).select_from(ReviewCase)
    ).one()
    return dict(zip((CaseFilter.WAITING, CaseFilter.HIDDEN, CaseFilter.ALL), found, strict=True))


def get_case(review_id: int) -> CaseRow:
    """Raises NotFound for a review nobody reported."""
    found = db.session.execute(_cases(Review.id == review_id)).first()
    if found is None:
        raise NotFound
    return _case_row(found)


@dataclass(frozen=True, slots=True)
class ReportRow:
    fault: Fault
    text: str
    reported_at: datetime


def reports_of(review_id: int) -> list[ReportRow]:
    """Newest first; who reported is nobody's to know here."""
    rows = db.session.execute(
        select(Report.fault, Report.text, Report.reported_at)
        .where(Report.review_id == review_id)
        .order_by(Report.id.desc())
    )
    return [ReportRow(*row) for row in rows]


def photo_of_case(review_id: int, position: int) -> Media:
    """A picture of a reported review, hidden or not, by its place from 1. Raises NotFound."""
    photos = get_case(review_id).review.photos
    if not 1 <= position <= len(photos):
        raise NotFound
    return db.session.scalars(select(Media).where(Media.token == photos[position - 1])).one()
