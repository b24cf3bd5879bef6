"""Who may look at an application, and who may say something to it.

An official sees what lies in its regions; it reviews what waits for exactly the level of one of them. Nobody reviews
an application it has a part in, nor one at two levels.
"""

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, func, or_, select

from certification.applications.models import Application, ApplicationStep, HouseholdConfirmation
from certification.applications.rules import LEVEL_OF_STATE
from certification.applications.workflow import ApplicationState
from certification.linkage.models import LinkageAgreement, LinkageMember
from marketplace.accounts.models import RoleAssignment, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.regions.queries import RegionRow, rows_of, within
from marketplace.regions.rules import RegionLevel


def regions_of(actor: Actor, level: RegionLevel | str | None = None) -> list[RegionRow]:
    """The regions the actor is an official of, of one level where asked."""
    rows = rows_of(actor.official_regions).values()
    return sorted((row for row in rows if level is None or row.level == level), key=lambda row: row.code)


def _in_any(regions: list[RegionRow]) -> ColumnElement[bool]:
    return or_(false(), *(within(Application.region_code, region) for region in regions))


def _asked_in(regions: list[RegionRow], *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Some household of the application lives in these villages."""
    codes = [region.code for region in regions]
    if not codes:
        return false()
    return exists(
        select(HouseholdConfirmation.id).where(
            HouseholdConfirmation.application_id == Application.id,
            HouseholdConfirmation.village_code.in_(codes),
            *more,
        )
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Criterion: submitted applications in the actor's regions, and for a village those with its households."""
    villages = regions_of(actor, RegionLevel.VILLAGE)
    return and_(Application.submitted_at.is_not(None), or_(_in_any(regions_of(actor)), _asked_in(villages)))


def waiting_for(actor: Actor) -> ColumnElement[bool]:
    """Criterion: what waits for exactly the level of one of the actor's regions, or for its word on a household."""
    villages = regions_of(actor, RegionLevel.VILLAGE)
    unanswered = HouseholdConfirmation.answer.is_(None)
    waiting: list[ColumnElement[bool]] = [
        and_(Application.state.in_(list(LEVEL_OF_STATE)), _asked_in(villages, unanswered)),
        and_(
            Application.state == ApplicationState.VILLAGE_CONFIRMATION,
            or_(_in_any(villages), _asked_in(villages)),
        ),
    ]
    for state, level in LEVEL_OF_STATE.items():
        regions = regions_of(actor, level)
        if regions and state is not ApplicationState.VILLAGE_CONFIRMATION:
            waiting.append(and_(Application.state == state, _in_any(regions)))
    return or_(*waiting)


def get_visible(actor: Actor, application_id: int) -> Application:
    """Raises NotFound for what lies outside the actor's regions, as for what does not exist."""
    found = db.session.scalar(select(Application).where(Application.id == application_id, visible_to(actor)))
    if found is None:
        raise NotFound
    return found


def may_decide_here(actor: Actor, application: Application) -> bool:
    """Whether the application waits for the level of one of the actor's regions that holds it."""
    level = LEVEL_OF_STATE.get(application.state)
    regions = regions_of(actor, level) if level else []
    if not regions:
        return False
    places = [_in_any(regions)]
    if level == RegionLevel.VILLAGE:
        places.append(_asked_in(regions))
    return (
        db.session.scalar(select(Application.id).where(Application.id == application.id, or_(*places)))
        is not None
    )


def objection(actor: Actor, application: Application, level: str) -> str | None:
    """Why this person may not speak at this level: an error code, None when it may."""
    if _has_part(actor, application):
        return "reviews.own_application"
    if _other_levels(actor, application.id) - {level}:
        return "reviews.two_levels"
    return None


def _has_part(actor: Actor, application: Application) -> bool:
    if actor.user_id in {application.created_by, application.submitted_by, application.sponsor_signed_by}:
        return True
    suppliers = [str(each) for each in (application.supplier_id, application.sponsor_id) if each is not None]
    heads = select(cast(LinkageMember.household_id, String)).where(
        LinkageMember.agreement_id == application.agreement_id
    )
    # the enterprise that leads the chain gains by it like the one that pays
    leader = select(cast(LinkageAgreement.leading_enterprise_id, String)).where(
        LinkageAgreement.id == application.agreement_id, LinkageAgreement.leading_enterprise_id.is_not(None)
    )
    held = select(RoleAssignment.id).where(
        RoleAssignment.user_id == actor.user_id,
        RoleAssignment.revoked_at.is_(None),
        or_(
            and_(
                RoleAssignment.scope_kind == ScopeKind.SUPPLIER,
                or_(RoleAssignment.scope_id.in_(suppliers), RoleAssignment.scope_id.in_(leader)),
            ),
            and_(RoleAssignment.scope_kind == ScopeKind.HOUSEHOLD, RoleAssignment.scope_id.in_(heads)),
        ),
    )
    return db.session.scalar(held.limit(1)) is not None


def _other_levels(actor: Actor, application_id: int) -> set[str]:
    """Levels at which the person has already spoken."""
    answered = exists(
        select(HouseholdConfirmation.id).where(
            HouseholdConfirmation.application_id == application_id,
            HouseholdConfirmation.answered_by == actor.user_id,
        )
    )
    steps = and_(
        ApplicationStep.application_id == Application.id,
        ApplicationStep.actor_id == actor.user_id,
        ApplicationStep.from_state.in_(list(LEVEL_OF_STATE)),
        ApplicationStep.action != "withdraw",
    )
    rows = db.session.execute(
        select(func.coalesce(cast(ApplicationStep.from_state, String), ""), answered)
        .select_from(Application)
        .outerjoin(ApplicationStep, steps)
        .where(Application.id == application_id)
        .distinct()
    ).all()
    levels = {LEVEL_OF_STATE[ApplicationState(state)] for state, _ in rows if state}
    return levels | ({"village"} if any(said for _, said in rows) else set())
