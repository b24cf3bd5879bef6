"""What was written and what became of it; writing, rewriting and withdrawing."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import choices_of, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from marketplace.stories import commands, queries
from marketplace.stories.forms import DecisionForm, StoryForm, about_households
from marketplace.stories.queries import StoryRow
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk


def index() -> str:
    page = queries.suppliers_page(current_supplier_id(), page_number(request.args.get("page")))
    names = names_of({row.village_code for row in page.items})
    return render_desk("supplier_portal/stories/index.html", page=page, names=names)


def _form(row: StoryRow | None = None) -> StoryForm:
    supplier = current_supplier()
    form = StoryForm(obj=row)
    village = supplier.village_code if row is None else row.village_code
    names = names_of([village])
    offered = [(village, f"{place_name(names.get(village, ''))}（村）")]
    if row is None or row.household_id is not None:
        houses = queries.households_to_write_about(supplier_id=supplier.id)
        of_houses = about_households([each for each in houses if row is None or each.id == row.household_id])
        offered = [*offered, *of_houses] if row is None else of_houses
    form.subject.choices = choices_of(offered)
    return form


def new() -> ResponseReturnValue:
    """GET: the form; POST: hand in."""
    form = _form()
    if form.validate_on_submit():
        with errors_at(form):
            commands.submit_story(require_actor(), form.draft(current_supplier_id()), form.upload)
            flash("交上去了，村镇干部看过就登出来。", "success")
            return redirect(url_for("supplier.stories"), 303)
    return render_desk("supplier_portal/stories/new.html", form=form), status_of(form)


def story(story_id: int) -> ResponseReturnValue:
    """GET: one's own story; POST: rewrite it, or withdraw it."""
    row = queries.get_readable(require_actor(), story_id)
    if row.supplier_id != current_supplier_id():
        raise NotFound
    actor, form, withdrawal = require_actor(), _form(row), DecisionForm()
    if request.form.get("act") == "withdraw":
        form = StoryForm(formdata=None, obj=row)
        form.subject.choices = _form(row).subject.choices
        if withdrawal.validate_on_submit():
            with errors_at(withdrawal):
                commands.decide_story(actor, story_id, "withdraw", withdrawal.reason.data or "")
                flash("撤下了，页面上马上没有了。", "success")
                return redirect(url_for("supplier.stories"), 303)
    elif form.validate_on_submit():
        with errors_at(form):
            commands.submit_story(actor, form.draft(current_supplier_id()), form.upload, story_id=story_id)
            flash("改好交上去了，看过再登出来。", "success")
            return redirect(url_for("supplier.stories"), 303)
    page = render_desk("supplier_portal/stories/story.html", row=row, form=form, withdrawal=withdrawal)
    return page, status_of(form, withdrawal)
