"""What a member said of goods, and of what others said, for the file of their own data."""

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.reviews.models import FollowUp, Report, Review
from catalog.reviews.words import FAULTS
from marketplace.kernel import clock
from marketplace.kernel.db import db


def reviews_to_take(user_id: int) -> list[dict[str, str]]:
    """What a member wrote, with what was added later, newest first."""
    rows = db.session.execute(
        select(Review, Listing.title, FollowUp.text)
        .join(Listing, Listing.id == Review.listing_id)
        .outerjoin(FollowUp, FollowUp.review_id == Review.id)
        .where(Review.user_id == user_id)
        .order_by(Review.id.desc())
    )
    return [
        {
            "时间": clock.written(review.written_at),
            "商品": title,
            "显示的名字": review.shown_name,
            "评分": f"商品 {review.goods}，物流 {review.delivery}，服务 {review.service}",
            "评价": review.text,
            "追评": more or "",
        }
        for review, title, more in rows
    ]


def reports_to_take(user_id: int) -> list[dict[str, str]]:
    """Which reviews a member reported, and why, newest first."""
    rows = db.session.execute(
        select(Report.reported_at, Listing.title, Report.fault, Report.text)
        .join(Review, Review.id == Report.review_id)
        .join(Listing, Listing.id == Review.listing_id)
        .where(Report.user_id == user_id)
        .order_by(Report.id.desc())
    )
    return [
        {"时间": clock.written(at), "商品": title, "原因": FAULTS[fault], "说明": text}
        for at, title, fault, text in rows
    ]
