"""The review page."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.applications.models import Application
from certification.applications.queries import evidence_of, latest_check, price_check, steps_of
from certification.applications.rules import LEVEL_OF_STATE
from certification.applications.versions import changes_since
from certification.applications.words import (
    EVIDENCE_WORDS,
    KIND_WORDS,
    LEVEL_WORDS,
    STATE_WORDS,
    chain_steps,
    history,
    state_tone,
)
from certification.applications.workflow import ApplicationState
from certification.linkage.papers import scans_of
from certification.linkage.queries import terms_of
from certification.linkage.rules import terms_in_words
from certification.linkage.words import SCAN_WORDS
from certification.products.queries import get_product
from certification.reviews import queries, scope, templates, worklist
from certification.reviews.commands import CheckFacts, decide
from certification.reviews.rules import DECISIONS_OF_STATE, Decision
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import choices_of, error_text, errors_at, status_of, uploads_of
from marketplace.kernel.media import send_document
from marketplace.parties.queries import get_supplier, papers_of
from marketplace.regions.queries import full_name
from marketplace.regions.rules import RegionLevel, place_name
from marketplace.review_desk.checks import money_parts, system_checks
from marketplace.review_desk.forms import DECISION_WORDS, NEXT_WORDS, CountyOpinionForm, OpinionForm
from marketplace.review_desk.nav import render_desk


def application(application_id: int) -> str | Response | tuple[str, int]:
    """The review page; POST is the level's decision."""
    actor = require_actor()
    shown = scope.get_visible(actor, application_id)
    form = _form_for(shown)
    if form is None:
        return _page(actor, shown, None)
    if form.validate_on_submit():
        with errors_at(form):
            after = decide(
                actor,
                shown.id,
                Decision(form.decision.data),
                form.opinion.data or "",
                check=_check_facts(form),
                price_accepted=isinstance(form, CountyOpinionForm) and bool(form.price_accepted.data),
            )
            flash(f"已提交，现在是“{STATE_WORDS[after]}”。", "success")
            return redirect(url_for("review.home"))
        shown = scope.get_visible(actor, application_id)
    return _page(actor, shown, form), status_of(form)


def _form_for(shown: Application) -> OpinionForm | None:
    decisions = DECISIONS_OF_STATE.get(shown.state)
    if decisions is None:
        return None
    county = shown.state is ApplicationState.COUNTY_REVIEW
    form = CountyOpinionForm() if county else OpinionForm()
    next_word = (
        "同意续期，报市级审定" if shown.is_short and county else NEXT_WORDS.get(shown.state.value, "同意")
    )
    words = {**DECISION_WORDS, "approve": next_word}
    form.decision.choices = choices_of((each.value, words[each.value]) for each in decisions)
    if request.method == "GET" and county and isinstance(form, CountyOpinionForm):
        _prefill(form, shown)
    return form


def _prefill(form: CountyOpinionForm, shown: Application) -> None:
    check = latest_check(shown.id)
    if check is not None:
        for name in ("bureau", "bureau_opinion", "visited_on", "people", "place"):
            getattr(form, name).data = getattr(check, name)


def _check_facts(form: OpinionForm) -> CheckFacts | None:
    if not isinstance(form, CountyOpinionForm) or form.decision.data != Decision.APPROVE:
        return None
    photos = uploads_of(form.photo)
    return CheckFacts(
        bureau=form.bureau.data or "",
        bureau_opinion=form.bureau_opinion.data or "",
        visited_on=form.visited_on.data,
        people=form.people.data or "",
        place=form.place.data or "",
        photos=photos,
    )


def _page(actor: Actor, shown: Application, form: OpinionForm | None) -> str:
    mine = scope.may_decide_here(actor, shown)
    steps = steps_of(shown.id)
    return render_desk(
        "review_desk/application.html",
        application=shown,
        chain=chain_steps(shown.state, shown.returned_from, steps, mine, is_short=shown.is_short),
        timeline=history(steps, names=True),
        **_what_is_asked(shown),
        **_what_to_do(actor, shown, mine, form),
    )


def _what_is_asked(shown: Application) -> dict[str, Any]:
    """What the application says, the same for every reader: goods, price, households, papers, site check."""
    supplier = get_supplier(shown.supplier_id)
    sponsor = get_supplier(shown.sponsor_id) if shown.sponsor_id else None
    papers = {each.id: papers_of(each.id) for each in (supplier, sponsor) if each is not None}
    seller = sponsor or supplier
    agreed = terms_of([shown.agreement_id]).get(shown.agreement_id) if shown.agreement_id else None
    households, price, evidence = queries.households_of(shown.id), price_check(shown), evidence_of(shown.id)
    check = latest_check(shown.id)
    return {
        "product": get_product(shown.product_id),
        "supplier": supplier,
        "sponsor": sponsor,
        "origin": place_name(full_name(shown.region_code)),
        "kind_word": KIND_WORDS[shown.kind],
        "changes": changes_since(shown.id, shown.copied_from_id if shown.certificate_number else None),
        "households": households,
        "terms": terms_in_words(agreed.terms) if agreed else [],
        "scans": scans_of(shown.agreement_id) if shown.agreement_id else [],
        "scan_words": SCAN_WORDS,
        "price": price,
        "money": money_parts(agreed, shown.price_fen),
        "evidence": evidence,
        "evidence_words": EVIDENCE_WORDS,
        "papers": [paper for each in papers.values() for paper in each],
        "check": check,
        "check_photos": queries.check_photos(check.id) if check else [],
        "checks": system_checks(shown, price, households, seller, papers[seller.id], evidence),
    }


def _what_to_do(actor: Actor, shown: Application, mine: bool, form: OpinionForm | None) -> dict[str, Any]:
    """Where it stands and what is this reader's part. Whoever can't decide here may still answer for households of its
    village."""
    level = LEVEL_OF_STATE.get(shown.state, "")
    objection = scope.objection(actor, shown, level if mine else "village")
    decides = mine and objection is None
    villages = {region.code for region in scope.regions_of(actor, RegionLevel.VILLAGE)}
    tone, overdue = worklist.urgency(shown.deadline_on)
    return {
        "form": form if decides else None,
        "mine": mine,
        "why_not": _why_not(shown, mine, objection),
        "wordings": templates.wordings(actor.user_id, level) if decides else [],
        "my_villages": villages if objection is None and level else set(),
        "me": actor.user_id,
        "handler": display_names({shown.handled_by}).get(shown.handled_by, "") if shown.handled_by else "",
        "in_my_hand": shown.handled_by == actor.user_id,
        "state_word": STATE_WORDS[shown.state],
        "state_tone": state_tone(shown.state),
        "level_word": LEVEL_WORDS.get(level, ""),
        "tone": tone if level else "",
        "overdue": overdue,
    }


def _why_not(shown: Application, mine: bool, objection: str | None) -> str:
    """Why there is no form: who has it now, or what keeps this person out."""
    if objection is not None and shown.state in LEVEL_OF_STATE:
        return error_text(DomainError(objection))
    if mine:
        return ""
    return f"这份申请现在是“{STATE_WORDS[shown.state]}”，不用您处理。"


def document(application_id: int, media_id: int) -> FlaskResponse:
    """A private paper, for officials who may see the application."""
    shown = scope.get_visible(require_actor(), application_id)
    return send_document(queries.document_of(shown, media_id))
