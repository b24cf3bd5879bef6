"""What a village is asked about an application, one household at a time: on a phone, at the gate."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications.models import Application
from certification.applications.rules import LEVEL_OF_STATE
from certification.applications.workflow import ApplicationState
from certification.linkage.papers import scans_of
from certification.linkage.queries import get_agreement, terms_of
from certification.linkage.rules import Member, terms_in_words
from certification.products.queries import get_product
from certification.reviews import queries, scope
from certification.reviews.commands import answer_household
from certification.reviews.queries import HouseholdRow
from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.forms import error_text
from marketplace.parties.household_queries import household_card, linked_since
from marketplace.parties.queries import get_supplier
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
    confirmed = request.form.get("answer") == "confirmed"
    note = request.form.get("note", "").replace("\x00", "")
    try:
        answer_household(actor, application_id, household_id, confirmed, note)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _page(actor, shown, rows, at, error=error_text(error), typed=note), error.status
    return _onwards(actor, shown.id, at)


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
        refused = sum(row.answer == "refused" for row in rows)
        flash(
            f"本村 {len(rows)} 户都问过了"
            + (f"，有 {refused} 户不属实，请把申请退回给申请人。" if refused else "。"),
            "success",
        )
        target = url_for("review.application", application_id=application_id, _anchor="households")
    return redirect(target, 303)


def _part_of(household_id: int, members: Sequence[Member]) -> Member | None:
    return next((each for each in members if each.household_id == household_id), None)


def _page(
    actor: Actor, shown: Application, rows: list[HouseholdRow], at: int, error: str = "", typed: str = ""
) -> str:
    row = rows[at]
    agreed = terms_of([shown.agreement_id]).get(shown.agreement_id) if shown.agreement_id else None
    barred = scope.objection(actor, shown, "village")
    may_correct = shown.state is ApplicationState.VILLAGE_CONFIRMATION and row.answered_by == actor.user_id
    return render_desk(
        "review_desk/household.html",
        application=shown,
        row=row,
        house=household_card(row.household_id),
        rows=rows,
        at=at,
        before=rows[at - 1] if at else None,
        after=rows[at + 1] if at + 1 < len(rows) else None,
        answered=sum(each.answer is not None for each in rows),
        product=get_product(shown.product_id),
        supplier=get_supplier(shown.supplier_id),
        since=linked_since(shown.supplier_id, row.household_id),
        agreement=get_agreement(shown.agreement_id) if shown.agreement_id else None,
        terms=terms_in_words(agreed.terms) if agreed else [],
        part=_part_of(row.household_id, agreed.members if agreed else ()),
        scans=[
            scan
            for scan in (scans_of(shown.agreement_id) if shown.agreement_id else [])
            if scan.household_id in (None, row.household_id)
        ],
        barred=error_text(DomainError(barred)) if barred else "",
        may_answer=not barred and shown.state in LEVEL_OF_STATE and (row.answer is None or may_correct),
        error=error,
        typed=typed or row.note,
    )
