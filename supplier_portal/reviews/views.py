"""Reviews of one's goods: those without an answer first. Nothing can be changed or hidden here."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.reviews import commands, queries
from catalog.reviews.queries import DeskFilter
from catalog.reviews.words import FAULTS
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.paging import page_number
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk
from supplier_portal.reviews.forms import ReplyForm

_WORDS = {DeskFilter.UNANSWERED: "待回复", DeskFilter.ALL: "全部", DeskFilter.LOW: "低分"}


def reviews() -> str:
    supplier_id = current_supplier_id()
    wanted = asked_choice(DeskFilter, "show") or DeskFilter.UNANSWERED
    counts = queries.count_of_supplier(supplier_id)
    number = page_number(request.args.get("page"))
    return render_desk(
        "supplier_portal/reviews/index.html",
        counts={"supplier.reviews": counts[DeskFilter.UNANSWERED]},
        page=queries.reviews_of_supplier(supplier_id, wanted, number, counts[wanted]),
        chips=[(each.value, word, counts[each]) for each, word in _WORDS.items()],
        current=wanted.value,
        faults=FAULTS,
    )


def review(review_id: int) -> ResponseReturnValue:
    """GET: one review; POST: the answer, once."""
    row = queries.get_suppliers_review(current_supplier_id(), review_id)
    form = ReplyForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.reply(require_actor(), review_id, str(form.text.data))
            flash("回复发出去了，买家和看商品的人都看得到。", "success")
            return redirect(url_for("supplier.review", review_id=review_id), 303)
    page = render_desk("supplier_portal/reviews/show.html", row=row, form=form, faults=FAULTS)
    return page, status_of(form)
