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
from marketplace.kernel.forms import status_of
from marketplace.kernel.paging import page_number


def index() -> ResponseReturnValue:
    form, status = WordForm(), 200
    if request.method == "POST":
        status = status_of(form, lambda: commands.save_word(require_actor(), None, form.facts()))
        if status == 303:
            flash("热词存好了。", "success")
            return redirect(url_for("backoffice.hot_words"), 303)
    else:
        form.starts_on.data = clock.today()
        form.ends_on.data = clock.today() + timedelta(days=USUAL_DAYS)
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
    return page, status


def edit(word_id: int) -> ResponseReturnValue:
    row = queries.get_word(word_id)
    form, status = WordForm(obj=row), 200
    if request.method == "POST":
        status = status_of(form, lambda: commands.save_word(require_actor(), word_id, form.facts()))
        if status == 303:
            flash("改好了。", "success")
            return redirect(url_for("backoffice.hot_words"), 303)
    return render_desk("backoffice/home_page/word.html", form=form, row=row), status


def remove(word_id: int) -> Response:
    commands.remove_word(require_actor(), word_id)
    flash("撤下了。", "success")
    return redirect(url_for("backoffice.hot_words"), 303)
