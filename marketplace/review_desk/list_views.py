"""Work lists: what waits, what hangs out, what one has reviewed; what is late below; and who has something in hand."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.applications.words import KIND_WORDS, STATE_WORDS, state_tone
from certification.products.queries import category_choices
from certification.reviews import scope, supervision, worklist
from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import asked_text, errors_flashed
from marketplace.kernel.paging import Page, page_number
from marketplace.regions.queries import children_of
from marketplace.regions.rules import RegionLevel, place_name
from marketplace.review_desk.nav import render_desk


def home() -> str:
    actor = require_actor()
    filters = worklist.Filters(
        due=request.args.get("due", ""),
        place=request.args.get("place", ""),
        category=request.args.get("category", ""),
        text=asked_text("q", 40),
        hand=request.args.get("hand", ""),
        kind=request.args.get("kind", ""),
    )
    return render_desk(
        "review_desk/worklist.html",
        page=worklist.work_list(actor, filters, page_number(request.args.get("page"))),
        filters=filters,
        places=_places(actor),
        categories_all=category_choices(),
        state_words=STATE_WORDS,
        kind_words=KIND_WORDS,
        me=actor.user_id,
    )


def notices() -> str:
    page = worklist.in_notice(require_actor(), page_number(request.args.get("page")))
    return _plain_list(page, "公示中", "现在没有公示的申请", "县里同意之后，申请会公示 5 个工作日。")


def past() -> str:
    page = worklist.reviewed_by(require_actor(), page_number(request.args.get("page")))
    return _plain_list(page, "我审过的", "您还没有审过申请", "审过的都会留在这里，随时能回看。")


def _plain_list(page: Page[worklist.WorkRow], title: str, empty_title: str, empty_text: str) -> str:
    return render_desk(
        "review_desk/list.html",
        page=page,
        list_title=title,
        empty_title=empty_title,
        empty_text=empty_text,
        state_words=STATE_WORDS,
        state_tone=state_tone,
    )


def _places(actor: Actor) -> list[tuple[str, str]]:
    """The regions one level below the official's own, to filter by; none for a village."""
    regions = [each for each in scope.regions_of(actor) if each.level is not RegionLevel.VILLAGE]
    return [(row.code, place_name(row.name)) for region in regions[:1] for row in children_of(region.code)]


def supervise() -> str:
    """What is late at the levels below, and how each level kept its deadlines."""
    actor = require_actor()
    return render_desk(
        "review_desk/supervision.html",
        rows=supervision.late_rows(actor),
        offices=supervision.office_rows(actor),
    )


def hurry(application_id: int) -> Response:
    with errors_flashed():
        supervision.hurry(require_actor(), application_id)
        flash("已经催办，对方会在消息里看到。", "success")
    return redirect(url_for("review.supervision"), 303)


def in_hand(application_id: int) -> Response:
    """POST: take it in hand, or put it down."""
    with errors_flashed():
        if request.form.get("action") == "put_down":
            supervision.put_down(require_actor(), application_id)
        else:
            supervision.take_in_hand(require_actor(), application_id)
    return redirect(url_for("review.application", application_id=application_id), 303)
