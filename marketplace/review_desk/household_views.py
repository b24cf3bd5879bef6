"""What a village is asked about an application, one household at a time: on a phone, at the gate."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications.models import Application
from certification.applications.rules import LEVEL_OF_STATE, ConfirmationAnswer
from certification.applications.words import STATE_WORDS
from certification.applications.workflow import ApplicationState
from certification.linkage.papers import scans_of
from certification.linkage.promises import promises_to
from certification.linkage.queries import terms_with_hours
from certification.reviews import queries, scope
from certification.reviews.commands import answer_household
from certification.reviews.queries import HouseholdRow
from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.forms import error_text
from marketplace.regions.rules import RegionLevel
from marketplace.review_desk.nav import render_desk


def show(application_id: int, household_id: int) -> ResponseReturnValue:
    """One household with what it is promised; POST: the village's word on it, then the next that waits."""
    actor = require_actor()
    shown = scope.get_visible(actor, application_id)
    rows = _own_rows(actor, shown)
    at = next((place for place, row in enumerate(rows) if row.household_id == household_id), None)
    if at is None:
        raise NotFound
    if request.method == "GET":
        return _page(actor, shown, rows, at)
    note = request.form.get("note", "").replace("\x00", "")
    try:
        confirmed = _said(request.form.get("answer"))
        question = request.form.get("question", "")
        answer_household(actor, application_id, household_id, confirmed, note, question=question)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        shown = scope.get_visible(actor, application_id)
        return _page(actor, shown, _own_rows(actor, shown), at, error=error, typed=note), error.status
    return _onwards(actor, shown.id, at)


def _said(answer: str | None) -> bool:
    """Nothing counts as a word but the two: a form sent without a button says neither."""
    if answer not in {"confirmed", "refused"}:
        raise InvalidInput("reviews.answer")
    return answer == "confirmed"


def index(application_id: int) -> str:
    """What the actor's villages have said so far; NotFound where none of them is asked."""
    actor = require_actor()
    shown = scope.get_visible(actor, application_id)
    rows = _own_rows(actor, shown)
    if not rows:
        raise NotFound
    return render_desk(
        "review_desk/households.html",
        application=shown,
        rows=rows,
        about=queries.asked_about(shown, rows[0].household_id),
        waiting=next((row for row in rows if row.answer is None), None),
        confirmed=sum(row.answer is ConfirmationAnswer.CONFIRMED for row in rows),
        refused=sum(row.answer is ConfirmationAnswer.REFUSED for row in rows),
        with_village=shown.state is ApplicationState.VILLAGE_CONFIRMATION,
        me=actor.user_id,
        state_word=STATE_WORDS[shown.state],
    )


def _own_rows(actor: Actor, shown: Application) -> list[HouseholdRow]:
    """The households of the actor's villages, in an order that answers do not change."""
    villages = {region.code for region in scope.regions_of(actor, RegionLevel.VILLAGE)}
    rows = [row for row in queries.households_of(shown.id) if row.village_code in villages]
    return sorted(rows, key=lambda row: (row.village_code, row.code))


def _onwards(actor: Actor, application_id: int, at: int) -> ResponseReturnValue:
    """To the next household without a word, going round; when there is none, back to the application."""
    rows = _own_rows(actor, scope.get_visible(actor, application_id))
    waiting = [row for row in (*rows[at + 1 :], *rows[:at]) if row.answer is None]
    if waiting:
        flash(f"记下了，还有 {len(waiting)} 户。", "success")
        target = url_for(
            "review.household", application_id=application_id, household_id=waiting[0].household_id
        )
    else:
        flash(f"本村 {len(rows)} 户都问过了。", "success")
        target = url_for("review.households", application_id=application_id)
    return redirect(target, 303)


def _page(
    actor: Actor,
    shown: Application,
    rows: list[HouseholdRow],
    at: int,
    error: DomainError | None = None,
    typed: str = "",
) -> str:
    row = rows[at]
    about = queries.asked_about(shown, row.household_id)
    agreed = terms_with_hours([shown.agreement_id])[shown.agreement_id] if shown.agreement_id else None
    scans = scans_of(shown.agreement_id) if shown.agreement_id else []
    barred = scope.objection(actor, shown, "village")
    may_correct = shown.state is ApplicationState.VILLAGE_CONFIRMATION and row.answered_by == actor.user_id
    return render_desk(
        "review_desk/household.html",
        application=shown,
        row=row,
        rows=rows,
        at=at,
        before=rows[at - 1] if at else None,
        after=rows[at + 1] if at + 1 < len(rows) else None,
        answered=sum(each.answer is not None for each in rows),
        about=about,
        promises=promises_to(agreed, row.household_id, about.unit, shown.price_fen) if agreed else [],
        scans=[scan for scan in scans if scan.household_id in (None, row.household_id)],
        barred=error_text(DomainError(barred)) if barred else "",
        may_answer=not barred and shown.state in LEVEL_OF_STATE and (row.answer is None or may_correct),
        wrong=error_text(error) if error and error.field != "note" else "",
        note_error=error_text(error) if error and error.field == "note" else "",
        typed=typed or row.note,
    )
