"""What officials say to an application. Scope and separation of duties are checked here, not on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from certification.applications import confirmations
from certification.applications.models import Application, CountyCheck, CountyCheckPhoto
from certification.applications.queries import latest_check, price_check
from certification.applications.rules import LEVEL_OF_STATE, approve_action
from certification.applications.steps import take_step
from certification.applications.workflow import ApplicationState
from certification.certificates.commands import issue_certificate
from certification.notices.commands import open_notice
from certification.reviews.queries import check_photos
from certification.reviews.rules import DECISIONS_OF_STATE, Decision
from certification.reviews.scope import get_visible, may_decide_here, objection, regions_of
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from marketplace.regions.rules import RegionLevel

_MIN_OPINION = 2
MAX_PHOTOS = 9


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What a county approval rests on."""

    bureau: str
    bureau_opinion: str
    visited_on: date | None
    people: str
    place: str
    photos: Sequence[Upload] = ()


@transactional
def answer_household(
    actor: Actor,
    application_id: int,
    household_id: int,
    confirmed: bool,
    note: str = "",
    *,
    question: str | None = None,
) -> None:
    """The word of a household's own village on whether it is really linked; the last one sends it to the town.

    Raises NotFound outside the actor's villages, Forbidden for who has a part in it, Conflict when it was answered
    or ``question`` (``confirmations.question_mark`` of what the page showed) is no longer what is asked, InvalidInput
    when a refusal says no reason.
    """
    application = get_visible(actor, application_id)
    village = confirmations.village_of(application_id, household_id)
    if village not in {region.code for region in regions_of(actor, RegionLevel.VILLAGE)}:
        raise NotFound
    _require_apart(actor, application, "village")
    if not confirmed and len(note.strip()) < _MIN_OPINION:
        raise InvalidInput("reviews.refusal_note", field="note")
    confirmations.answer(application, household_id, confirmed, note, actor.user_id, question)
    audit.record(
        actor.user_id,
        "reviews.answer_household",
        "application",
        application.id,
        {"household": household_id, "confirmed": confirmed},
        reason=note.strip() or None,
    )


@transactional
def decide(
    actor: Actor,
    application_id: int,
    decision: Decision,
    opinion: str,
    *,
    check: CheckFacts | None = None,
    price_accepted: bool = False,
) -> ApplicationState:
    """Approve, return or reject at the level the application waits for; returns its new state.

    Raises NotFound outside the actor's regions, Forbidden where it waits for another level or the actor has a part,
    Conflict while households are unconfirmed, InvalidInput at a field, IllegalTransition.
    """
    application = get_visible(actor, application_id)
    level = LEVEL_OF_STATE.get(application.state)
    if level is None or decision not in DECISIONS_OF_STATE[application.state]:
        raise IllegalTransition(application.state, decision)
    if not may_decide_here(actor, application):
        raise Forbidden("reviews.other_level")
    _require_apart(actor, application, level)
    if len(opinion.strip()) < _MIN_OPINION:
        raise InvalidInput("reviews.opinion", field="opinion")
    if decision is Decision.APPROVE:
        opinion = _check_approval(actor, application, opinion, check, price_accepted)
    action = (
        approve_action(is_short=application.is_short, state=application.state)
        if decision is Decision.APPROVE
        else decision.value
    )
    after = take_step(application, action, actor.user_id, opinion.strip()[:2000])
    if after is ApplicationState.PUBLIC_NOTICE:
        open_notice(application.id, actor.user_id)
    elif after is ApplicationState.CERTIFIED:
        issue_certificate(actor, application.id)
    return after


def _require_apart(actor: Actor, application: Application, level: str) -> None:
    code = objection(actor, application, level)
    if code is not None:
        raise Forbidden(code)


def _check_approval(
    actor: Actor, application: Application, opinion: str, check: CheckFacts | None, price_accepted: bool
) -> str:
    left = confirmations.unconfirmed(application.id)
    if left:
        raise Conflict("reviews.households_unconfirmed", count=left)
    if application.state is not ApplicationState.COUNTY_REVIEW:
        return opinion
    if check is not None:
        _keep_check(actor, application, check)
    elif latest_check(application.id) is None:
        raise InvalidInput("reviews.check_missing", field="bureau")
    price = price_check(application)
    if not price.needs_reason:
        return opinion
    if not price_accepted:
        raise InvalidInput("reviews.price_not_accepted", field="price_accepted", percent=price.above_percent)
    return f"{opinion.strip()}（认可价格说明：高出同类 {price.above_percent}%）"


def _keep_check(actor: Actor, application: Application, check: CheckFacts) -> None:
    for name in ("bureau", "bureau_opinion", "people", "place"):
        if len(getattr(check, name).strip()) < _MIN_OPINION:
            raise InvalidInput(f"reviews.check_{name}", field=name)
    today = clock.today()
    if check.visited_on is None or not date(2000, 1, 1) <= check.visited_on <= today:
        raise InvalidInput("reviews.check_visited_on", field="visited_on")
    earlier = latest_check(application.id)
    stored = [_stored_photo(actor, each) for each in check.photos[:MAX_PHOTOS]]
    photo_id = stored[0] if stored else (earlier.photo_id if earlier else None)
    if photo_id is None:
        raise InvalidInput("reviews.check_photo", field="photo")
    kept = CountyCheck(
        application_id=application.id,
        bureau=check.bureau.strip()[:60],
        bureau_opinion=check.bureau_opinion.strip()[:2000],
        visited_on=check.visited_on,
        people=check.people.strip()[:120],
        place=check.place.strip()[:120],
        photo_id=photo_id,
        by=actor.user_id,
        at=clock.now(),
    )
    db.session.add(kept)
    db.session.flush()
    further = stored[1:] or ([] if stored or earlier is None else check_photos(earlier.id))
    db.session.add_all(CountyCheckPhoto(check_id=kept.id, media_id=media_id) for media_id in further)


def _stored_photo(actor: Actor, photo: Upload) -> int:
    with at_field("photo"):
        return store_document(photo, actor.user_id).id
