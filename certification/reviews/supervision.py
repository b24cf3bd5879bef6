"""What is late: told to the level above once, seen by supervisors, hurried along; and who has something in hand."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select, update

from certification.applications.models import Application, ApplicationStep
from certification.applications.rules import LEVEL_OF_STATE
from certification.applications.telling import office_above, office_of
from certification.applications.words import LEVEL_WORDS
from certification.products.models import DeclaredProduct
from certification.reviews.scope import get_visible, may_decide_here, regions_of
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names, holders
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.transaction import transactional
from marketplace.kernel.working_days import working_days_between
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.regions.queries import RegionRow, names_of, within
from marketplace.regions.rules import RegionLevel, is_within, place_name

_BATCH = 500
_ABOVE = {
    RegionLevel.TOWN: ("village",),
    RegionLevel.COUNTY: ("village", "town"),
    RegionLevel.CITY: ("village", "town", "county", "city"),
}


@dataclass(frozen=True, slots=True)
class LateRow:
    """``late`` in working days past the deadline."""

    application_id: int
    number: str | None
    product_name: str
    office: str
    level: str
    deadline_on: date
    late: int
    handler: str


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """How a level of a region kept its deadlines in the steps of a month."""

    office: str
    level: str
    decided: int
    waiting: int
    late: int


def escalate_overdue() -> int:
    """The job: tell the level above of each application whose deadline has passed, once until its next step."""
    due = db.session.scalars(
        select(Application.id)
        .where(
            Application.state.in_(list(LEVEL_OF_STATE)),
            Application.deadline_on < clock.today(),
            Application.escalated_at.is_(None),
        )
        .order_by(Application.deadline_on)
        .limit(_BATCH)
    ).all()
    return sum(_escalate(application_id) for application_id in due)


@transactional
def _escalate(application_id: int) -> bool:
    application = db.session.get_one(Application, application_id, with_for_update=True)
    above = office_above(application)
    if above is None or application.escalated_at is not None:
        return False
    application.escalated_at = clock.now()
    level = LEVEL_WORDS[LEVEL_OF_STATE[application.state]]
    tell(
        Topic.REVIEW,
        holders([Role.OFFICIAL], ScopeKind.REGION, {above, office_of(application) or above}),
        f"{application.number} {level}已逾期",
        "已报上一级督办。",
        endpoint="review.application",
        params={"application_id": application.id},
    )
    audit.record(None, "reviews.escalate", "application", application.id, {"to": above})
    return True


def _watched(actor: Actor) -> list[tuple[RegionRow, tuple[str, ...]]]:
    """The regions a person watches over and the levels below it there."""
    return [(region, _ABOVE[region.level]) for region in regions_of(actor) if region.level in _ABOVE]


def late_rows(actor: Actor, limit: int = 200) -> list[LateRow]:
    """What is late at the levels below the actor's, the latest first. Three queries."""
    watched = _watched(actor)
    if not watched:
        return []
    states = {level: state for state, level in LEVEL_OF_STATE.items()}
    rows = db.session.execute(
        select(Application, DeclaredProduct.name)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(
            Application.deadline_on < clock.today(),
            or_(
                *(
                    within(Application.region_code, region)
                    & Application.state.in_([states[level] for level in levels])
                    for region, levels in watched
                )
            ),
        )
        .order_by(Application.deadline_on, Application.id)
        .limit(limit)
    ).all()
    offices = names_of({office_of(row.Application) or "" for row in rows})
    names = display_names({row.Application.handled_by for row in rows if row.Application.handled_by})
    return [
        LateRow(
            each.id,
            each.number,
            product,
            place_name(offices.get(office_of(each) or "", "")),
            LEVEL_WORDS[LEVEL_OF_STATE[each.state]],
            each.deadline_on,
            working_days_between(each.deadline_on, clock.today()),
            names.get(each.handled_by or 0, ""),
        )
        for each, product in rows
        if each.deadline_on is not None
    ]


def office_rows(actor: Actor) -> list[OfficeRow]:
    """What each level of the actor's regions decided in the last 30 days, and what waits there now. Two queries a
    region."""
    found = []
    since = clock.now() - timedelta(days=30)
    for region, levels in _watched(actor):
        scope = within(Application.region_code, region)
        decided = dict(
            db.session.execute(
                select(ApplicationStep.from_state, func.count())
                .join(Application, Application.id == ApplicationStep.application_id)
                .where(scope, ApplicationStep.at >= since, ApplicationStep.actor_id.is_not(None))
                .group_by(ApplicationStep.from_state)
            ).all()
        )
        waiting = {
            state: (count, late)
            for state, count, late in db.session.execute(
                select(
                    Application.state,
                    func.count(),
                    func.count().filter(Application.deadline_on < clock.today()),
                )
                .where(scope, Application.state.in_(list(LEVEL_OF_STATE)))
                .group_by(Application.state)
            )
        }
        found += [
            OfficeRow(region.name, LEVEL_WORDS[level], decided.get(state, 0), *waiting.get(state, (0, 0)))
            for state, level in LEVEL_OF_STATE.items()
            if level in levels
        ]
    return found


@transactional
def hurry(actor: Actor, application_id: int) -> None:
    """Ask the office where it waits to get on; once a day. Raises NotFound for what the actor does not watch over,
    Conflict when it is not late or was hurried today."""
    application = get_visible(actor, application_id)
    level = LEVEL_OF_STATE.get(application.state)
    watched = [
        levels
        for region, levels in _watched(actor)
        if is_within(application.region_code, region.code, region.level)
    ]
    if not watched:
        raise NotFound
    below = any(level in levels for levels in watched)
    if not below or application.deadline_on is None or application.deadline_on >= clock.today():
        raise Conflict("reviews.not_late")
    office = office_of(application)
    people = holders([Role.OFFICIAL], ScopeKind.REGION, [office] if office else [])
    if application.handled_by is not None:
        people.add(application.handled_by)
    told = tell(
        Topic.REVIEW,
        people,
        f"催办：{application.number}",
        "已经逾期，请尽快提出意见。",
        endpoint="review.application",
        params={"application_id": application.id},
        key=f"hurry-{application.id}-{clock.today():%Y%m%d}",
    )
    if not told:
        raise Conflict("reviews.hurried_today")
    audit.record(actor.user_id, "reviews.hurry", "application", application.id)


@transactional
def take_in_hand(actor: Actor, application_id: int) -> None:
    """Say that one works on it, so that a colleague does not begin too. Raises NotFound, Forbidden where it waits for
    another level, Conflict when somebody has it."""
    application = get_visible(actor, application_id)
    if not may_decide_here(actor, application):
        raise Forbidden("reviews.other_level")
    taken = db.session.execute(
        update(Application)
        .where(Application.id == application.id, Application.handled_by.is_(None))
        .values(handled_by=actor.user_id)
        .execution_options(synchronize_session=False)
    )
    if getattr(taken, "rowcount", 0) != 1:
        raise Conflict("reviews.in_other_hands")
    audit.record(actor.user_id, "reviews.take_in_hand", "application", application.id)


@transactional
def put_down(actor: Actor, application_id: int) -> None:
    """Leave it to others again. Raises NotFound, Conflict when somebody else has it."""
    application = get_visible(actor, application_id)
    if application.handled_by != actor.user_id:
        raise Conflict("reviews.in_other_hands")
    application.handled_by = None
    audit.record(actor.user_id, "reviews.put_down", "application", application.id)
