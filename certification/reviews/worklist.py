"""Work lists and past reviews of officials: rows, not objects, in a fixed number of queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, func, or_, select

from certification.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationStep,
    HouseholdConfirmation,
)
from certification.applications.rules import (
    LEVEL_OF_STATE,
    ApplicationKind,
    ConfirmationAnswer,
    EvidenceKind,
)
from certification.applications.workflow import ApplicationState
from certification.products.models import DeclaredProduct
from certification.reviews.scope import visible_to, waiting_for
from marketplace.accounts.models import User
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.media import Media
from marketplace.kernel.paging import Page, offset_of, page_within
from marketplace.kernel.working_days import add_working_days
from marketplace.parties.models import Supplier
from marketplace.regions.models import Region
from marketplace.regions.queries import find_region, within
from marketplace.regions.rules import RegionLevel

SOON_DAYS = 2
PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """``due``: overdue, soon, again or empty; ``hand``: mine, nobody, others or empty; ``place``: a region within the
    official's; ``kind``: first, renewal, change; ``text``: product, applicant, number."""

    due: str = ""
    place: str = ""
    category: str = ""
    text: str = ""
    hand: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """``tone``: late, soon or empty, by the deadline; ``overdue_days`` counts calendar days past it."""

    id: int
    number: str | None
    product_name: str
    applicant: str
    town: str
    state: ApplicationState
    households: int
    confirmed: int
    promised_income_fen: int | None
    sponsored: bool
    again: bool
    kind: ApplicationKind
    handled_by: int | None
    handler: str
    arrived_at: datetime | None
    deadline_on: date | None
    tone: str
    overdue_days: int
    picture: str | None


@dataclass(frozen=True, slots=True)
class WorkCounts:
    total: int
    overdue: int
    soon: int
    again: int


def _again() -> ColumnElement[bool]:
    """It has been returned and answered."""
    return (
        select(ApplicationStep.id)
        .where(
            ApplicationStep.application_id == Application.id,
            ApplicationStep.from_state == ApplicationState.RETURNED,
        )
        .correlate(Application)
        .exists()
    )


def _figures(actor: Actor) -> Select[*tuple[int, ...]]:
    today = clock.today()
    soon = add_working_days(today, SOON_DAYS)
    return (
        select(
            func.count().label("total"),
            func.count().filter(Application.deadline_on < today).label("overdue"),
            func.count().filter(Application.deadline_on.between(today, soon)).label("soon"),
            func.count().filter(_again()).label("again"),
        )
        .select_from(Application)
        .where(waiting_for(actor))
    )


def count_waiting(actor: Actor) -> WorkCounts:
    """Figures over the whole work list, whatever the filter. One query."""
    return WorkCounts(*db.session.execute(_figures(actor)).one())


def desk_counts(actor: Actor, more: Mapping[str, ScalarSelect[int]]) -> tuple[WorkCounts, dict[str, int]]:
    """The figures, what hangs out, and ``more`` counts of other lists, in one statement for every page of the desk."""
    figures = _figures(actor).subquery()
    in_notice = (
        select(func.count(Application.id))
        .where(visible_to(actor), Application.state == ApplicationState.PUBLIC_NOTICE)
        .scalar_subquery()
    )
    row = db.session.execute(
        select(figures.c.total, figures.c.overdue, figures.c.soon, figures.c.again, in_notice, *more.values())
    ).one()
    return WorkCounts(*row[:4]), {"notice": row[4], **dict(zip(more, row[5:], strict=True))}


def work_list(actor: Actor, filters: Filters, page: int = 1) -> Page[WorkRow]:
    """What waits for the actor, most urgent first. Two queries, three with a page past the first."""
    criteria = [waiting_for(actor), *_criteria(actor, filters)]
    return _page(criteria, (Application.deadline_on, Application.id), page)


def in_notice(actor: Actor, page: int = 1) -> Page[WorkRow]:
    """Applications of the actor's regions that hang out now."""
    criteria = [visible_to(actor), Application.state == ApplicationState.PUBLIC_NOTICE]
    return _page(criteria, (Application.deadline_on, Application.id), page)


def reviewed_by(actor: Actor, page: int = 1) -> Page[WorkRow]:
    """What the actor has spoken to, at whatever level, newest first; still only what lies in its regions."""
    spoke = (
        select(ApplicationStep.id)
        .where(
            ApplicationStep.application_id == Application.id,
            ApplicationStep.actor_id == actor.user_id,
            ApplicationStep.from_state.in_(list(LEVEL_OF_STATE)),
        )
        .correlate(Application)
        .exists()
    )
    answered = (
        select(HouseholdConfirmation.id)
        .where(
            HouseholdConfirmation.application_id == Application.id,
            HouseholdConfirmation.answered_by == actor.user_id,
        )
        .correlate(Application)
        .exists()
    )
    return _page([visible_to(actor), or_(spoke, answered)], (Application.id.desc(),), page)


def _criteria(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    today = clock.today()
    criteria: list[ColumnElement[bool]] = []
    if filters.due == "overdue":
        criteria.append(Application.deadline_on < today)
    elif filters.due == "soon":
        criteria.append(Application.deadline_on.between(today, add_working_days(today, SOON_DAYS)))
    elif filters.due == "again":
        criteria.append(_again())
    if filters.hand in _HANDS:
        criteria.append(_HANDS[filters.hand](actor.user_id))
    if filters.kind in set(ApplicationKind):
        criteria.append(Application.kind == ApplicationKind(filters.kind))
    region = find_region(filters.place) if filters.place else None
    if region is not None:
        criteria.append(within(Application.region_code, region))
    if filters.category:
        criteria.append(DeclaredProduct.category_code == filters.category)
    if filters.text:
        like = f"%{filters.text.replace('%', '').replace('_', '')[:40]}%"
        criteria.append(
            or_(DeclaredProduct.name.like(like), Supplier.name.like(like), Application.number.like(like))
        )
    return criteria


_HANDS: Mapping[str, Callable[[int], ColumnElement[bool]]] = {
    "mine": lambda user_id: Application.handled_by == user_id,
    "nobody": lambda _user_id: Application.handled_by.is_(None),
    "others": lambda user_id: Application.handled_by != user_id,
}


def _page(criteria: Sequence[ColumnElement[bool]], order: tuple[Any, ...], page: int) -> Page[WorkRow]:
    """The page's ids first; everything else is read for its 30 rows only."""
    chosen = (
        select(Application.id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .where(*criteria)
    )
    total = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    page = page_within(page, total, PAGE_SIZE)
    ids = chosen.order_by(*order).limit(PAGE_SIZE).offset(offset_of(page, PAGE_SIZE))
    rows = db.session.execute(_rows(ids.subquery()).order_by(*order)).all()
    return Page([_row(row) for row in rows], page, total, PAGE_SIZE)


def _rows(ids: Subquery) -> Select[*tuple[Any, ...]]:
    """Everything a list shows of these applications, in one statement."""
    arrived = (
        select(func.max(ApplicationStep.at))
        .where(ApplicationStep.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    asked = select(func.count()).where(HouseholdConfirmation.application_id == Application.id)
    answered = asked.where(HouseholdConfirmation.answer == ConfirmationAnswer.CONFIRMED)
    picture = (
        select(Media.token)
        .join(ApplicationEvidence, ApplicationEvidence.media_id == Media.id)
        .where(
            ApplicationEvidence.application_id == Application.id,
            ApplicationEvidence.kind == EvidenceKind.PRODUCT_PICTURE,
        )
        .order_by(ApplicationEvidence.id)
        .limit(1)
        .correlate(Application)
        .scalar_subquery()
    )
    town = func.substr(Application.region_code, 1, RegionLevel.TOWN.prefix_length).concat("000")
    return (
        select(
            Application,
            DeclaredProduct.name,
            Supplier.name,
            select(Region.name).where(Region.code == town).correlate(Application).scalar_subquery(),
            User.display_name,
            arrived,
            _again(),
            answered.correlate(Application).scalar_subquery(),
            asked.correlate(Application).scalar_subquery(),
            picture,
        )
        .join(ids, ids.c.id == Application.id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .outerjoin(User, User.id == Application.handled_by)
    )


def _row(row: Any) -> WorkRow:
    application, product_name, supplier_name, town, handler, arrived_at, again, done, whole, picture = row
    tone, overdue = urgency(application.deadline_on)
    return WorkRow(
        id=application.id,
        number=application.number,
        product_name=product_name,
        applicant=supplier_name,
        town=town or "",
        state=application.state,
        households=whole,
        confirmed=done,
        promised_income_fen=application.promised_income_fen,
        sponsored=application.sponsor_id is not None,
        again=again,
        kind=application.kind,
        handled_by=application.handled_by,
        handler=handler or "",
        arrived_at=arrived_at,
        deadline_on=application.deadline_on,
        tone=tone,
        overdue_days=overdue,
        picture=picture,
    )


def urgency(deadline: date | None) -> tuple[str, int]:
    """(late, soon or empty; calendar days past the deadline)."""
    today = clock.today()
    if deadline is None:
        return "", 0
    if deadline < today:
        return "late", (today - deadline).days
    return ("soon" if deadline <= add_working_days(today, SOON_DAYS) else ""), 0
