"""首页热词: listed with a form for one more, changed, taken away."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from catalog.promotions import commands, queries
from catalog.promotions.rules import standing
from marketplace.accounts.web import require_actor
from marketplace.backoffice.home_page.forms import WordForm
from marketplace.backoffice.home_page.shared import TONES, WORDS, asked, chips
from marketplace.backoffice.home_page.slot_views import USUAL_DAYS
from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.paging import page_number


def index() -> ResponseReturnValue:
    form = WordForm()
    if request.method == "GET":
        form.starts_on.data = clock.today()
        form.ends_on.data = clock.today() + timedelta(days=USUAL_DAYS)
    if form.validate_on_submit():
        with errors_at(form):
            commands.save_word(require_actor(), None, form.facts())
            flash("热词存好了。", "success")
            return redirect(url_for("backoffice.hot_words"), 303)
    wanted, counts = asked(), queries.count_words()
    today = clock.today()
    page = render_desk(
        "backoffice/home_page/words.html",
        form=form,
        page=queries.word_page(wanted, page_number(request.args.get("page")), counts[wanted]),
        chips=chips(counts),
        current=wanted.value if wanted else "",
        standing_of=lambda row: standing(row.starts_on, row.ends_on, today),
        words=WORDS,
        tones=TONES,
    )
    return page, status_of(form)


def edit(word_id: int) -> ResponseReturnValue:
    row = queries.get_word(word_id)
    form = WordForm(obj=row)
    if form.validate_on_submit():
        with errors_at(form):
            commands.save_word(require_actor(), word_id, form.facts())
            flash("改好了。", "success")
            return redirect(url_for("backoffice.hot_words"), 303)
    return render_desk("backoffice/home_page/word.html", form=form, row=row), status_of(form)


def remove(word_id: int) -> Response:
    commands.remove_word(require_actor(), word_id)
    flash("撤下了。", "success")
    return redirect(url_for("backoffice.hot_words"), 303)
