"""首页推荐位: listed, made, changed, taken away."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from catalog.promotions import commands, queries
from catalog.promotions.queries import SlotRow
from catalog.promotions.rules import standing
from marketplace.accounts.web import require_actor
from marketplace.backoffice.home_page.forms import KINDS, SlotForm
from marketplace.backoffice.home_page.shared import TONES, WORDS, asked, chips
from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.paging import page_number

USUAL_DAYS = 14


def index() -> str:
    wanted, counts = asked(), queries.count_slots()
    today = clock.today()
    return render_desk(
        "backoffice/home_page/slots.html",
        page=queries.slot_page(wanted, page_number(request.args.get("page")), counts[wanted]),
        chips=chips(counts),
        current=wanted.value if wanted else "",
        standing_of=lambda row: standing(row.starts_on, row.ends_on, today),
        words=WORDS,
        tones=TONES,
        kinds=KINDS,
        today=today,
    )


def new() -> ResponseReturnValue:
    form = SlotForm()
    if request.method == "GET":
        form.starts_on.data = clock.today()
        form.ends_on.data = clock.today() + timedelta(days=USUAL_DAYS)
    return _saved(form, None)


def edit(slot_id: int) -> ResponseReturnValue:
    row = queries.get_slot(slot_id)
    return _saved(SlotForm(obj=row), row)


def _saved(form: SlotForm, row: SlotRow | None) -> ResponseReturnValue:
    if form.validate_on_submit():
        with errors_at(form):
            commands.save_slot(require_actor(), row.id if row else None, form.facts(), form.sent_picture())
            flash("存好了，到了那天首页就有。用“预览”看看那天的样子。", "success")
            return redirect(url_for("backoffice.home_slots"), 303)
    return render_desk("backoffice/home_page/slot.html", form=form, row=row), status_of(form)


def remove(slot_id: int) -> Response:
    commands.remove_slot(require_actor(), slot_id)
    flash("撤下了。", "success")
    return redirect(url_for("backoffice.home_slots"), 303)
