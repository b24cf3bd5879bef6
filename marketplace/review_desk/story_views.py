"""Stories of the villages in an official's regions: read before they are published, and written by village and town."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.forms import asked_choice, choices_of, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.parties.queries import supplier_names
from marketplace.regions.queries import children_of, names_of, rows_of
from marketplace.regions.rules import RegionLevel, place_name
from marketplace.review_desk.nav import render_desk
from marketplace.stories import commands, queries
from marketplace.stories.forms import HOUSEHOLD, DecisionForm, StoryForm, about_households
from marketplace.stories.queries import StoryRow
from marketplace.stories.workflow import STORY, StoryState

_DONE = {
    "publish": "登出来了，谁都看得到。",
    "return": "退回去了，写的人看得到理由。",
    "withdraw": "撤下了，页面上马上没有了。",
}
CHIPS = (
    ("submitted", "等着看"),
    ("published", "登着"),
    ("returned", "退回的"),
    ("withdrawn", "撤下的"),
    ("all", "全部"),
)


def index() -> str:
    actor = require_actor()
    state = asked_choice(StoryState, absent=StoryState.SUBMITTED)
    page = queries.desk_page(actor, page_number(request.args.get("page")), state)
    return render_desk(
        "review_desk/stories.html",
        page=page,
        chips=[(value, word, None) for value, word in CHIPS],
        current=state.value if state else "all",
        names=names_of({row.village_code for row in page.items}),
        writers=supplier_names(row.supplier_id for row in page.items if row.supplier_id),
        may_write=bool(_villages(actor)),
    )


def _villages(actor: Actor) -> list[tuple[str, str]]:
    """Those a village's or a town's official writes about; above them a list of all would be no help, only households
    that allow it are offered."""
    found = []
    for region in rows_of(actor.official_regions).values():
        if region.level is RegionLevel.VILLAGE:
            found.append((region.code, place_name(region.name)))
        elif region.level is RegionLevel.TOWN:
            found += [(row.code, place_name(row.name)) for row in children_of(region.code)]
    return found


def _form(actor: Actor, row: StoryRow | None = None) -> StoryForm:
    form = StoryForm(obj=row)
    offered = [(code, f"{name}（村）") for code, name in _villages(actor)]
    offered += about_households(queries.households_to_write_about(actor=actor))
    if row is not None:
        wanted = f"{HOUSEHOLD}{row.household_id}" if row.household_id is not None else row.village_code
        offered = [pair for pair in offered if pair[0] == wanted]
    form.subject.choices = choices_of(offered)
    return form


def new() -> ResponseReturnValue:
    """GET: the form; POST: hand in, for somebody else to publish."""
    actor = require_actor()
    form = _form(actor)
    if form.validate_on_submit():
        with errors_at(form):
            commands.submit_story(actor, form.draft(), form.upload)
            flash("交上去了，由另一位干部看过登出来。", "success")
            return redirect(url_for("review.stories"), 303)
    return render_desk("review_desk/story_new.html", form=form), status_of(form)


def story(story_id: int) -> ResponseReturnValue:
    """GET: one story; POST: publish it, send it back or take it down."""
    actor = require_actor()
    row = queries.get_of_region(actor, story_id)
    form, action = DecisionForm(), request.form.get("act", "")
    if form.validate_on_submit():
        with errors_at(form):
            if action not in _DONE:
                raise InvalidInput("web.422")
            commands.decide_story(
                actor, story_id, action, form.reason.data or "", request.form.get("seen", "")
            )
            flash(_DONE[action], "success")
            return redirect(url_for("review.story", story_id=story_id), 303)
    is_own = row.written_by == actor.user_id or (
        row.supplier_id is not None and actor.acts_for_supplier(row.supplier_id)
    )
    page = render_desk(
        "review_desk/story.html",
        row=row,
        form=form,
        is_own=is_own,
        actions=STORY.actions(row.state),
        village=place_name(names_of([row.village_code]).get(row.village_code, "")),
        writer=supplier_names([row.supplier_id]).get(row.supplier_id, "") if row.supplier_id else "",
    )
    return page, status_of(form)


def rewrite(story_id: int) -> ResponseReturnValue:
    """GET: the form of a story one wrote oneself; POST: hand it in again."""
    actor = require_actor()
    row = queries.get_of_region(actor, story_id)
    if row.written_by != actor.user_id or row.supplier_id is not None:
        raise NotFound
    form = _form(actor, row)
    if form.validate_on_submit():
        with errors_at(form):
            commands.submit_story(actor, form.draft(), form.upload, story_id=story_id)
            flash("改好交上去了，由另一位干部看过登出来。", "success")
            return redirect(url_for("review.stories"), 303)
    return render_desk("review_desk/story_new.html", form=form, row=row), status_of(form)
