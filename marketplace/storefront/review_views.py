"""All reviews of a listing, and reporting one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.reviews import commands, queries
from catalog.reviews.queries import Filter
from catalog.reviews.rules import Fault, Scores
from catalog.reviews.words import FAULTS
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.storefront.guests import guest_page
from marketplace.storefront.review_forms import ReportForm


@guest_page
def index(listing_id: int) -> ResponseReturnValue:
    listing = queries.get_reviewed_listing(listing_id)
    wanted = asked_choice(Filter, "show") or Filter.ALL
    scores = queries.scores_of(listing_id)
    chips = _chips(scores)
    total = next(count for value, _, count in chips if value == wanted.value)
    return render_template(
        "storefront/reviews.html",
        listing=listing,
        scores=scores,
        chips=chips,
        current=wanted.value,
        page=queries.reviews_of(listing_id, wanted, page_number(request.args.get("page")), total),
        faults=FAULTS,
    )


def _chips(scores: Scores) -> list[tuple[str, str, int]]:
    return [
        (Filter.ALL.value, "全部", scores.reviews),
        (Filter.PHOTOS.value, "有图", scores.with_photos),
        (Filter.GOOD.value, "好评", scores.good),
        (Filter.MIDDLE.value, "中评", scores.middle),
        (Filter.BAD.value, "差评", scores.bad),
    ]


def report(listing_id: int, review_id: int) -> ResponseReturnValue:
    """GET: which rule it breaks; POST: tell the platform, once."""
    actor = require_actor()
    listing = queries.get_reviewed_listing(listing_id)
    review = queries.get_readable(listing_id, review_id)
    form = ReportForm()
    reported = queries.has_reported(review_id, actor.user_id)
    if form.validate_on_submit():
        with errors_at(form):
            commands.report(actor, listing_id, review_id, Fault(form.fault.data), str(form.text.data))
            flash("收到了，平台会看。没有违规的评价会留着，好坏都可以说。", "success")
            return redirect(url_for("reviews.index", listing_id=listing_id), 303)
    page = render_template(
        "storefront/review_report.html",
        listing=listing,
        review=review,
        form=form,
        reported=reported,
        faults=FAULTS,
    )
    return page, status_of(form)
