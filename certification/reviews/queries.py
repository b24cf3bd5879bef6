"""Work lists and past reviews of officials: rows, not objects, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from certification.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationStep,
    CountyCheck,
    HouseholdConfirmation,
)
from certification.applications.queries import confirmation_counts, pictures_of
from certification.applications.rules import LEVEL_OF_STATE, ConfirmationAnswer
from certification.applications.workflow import ApplicationState
from certification.linkage.models import LinkageAgreement, LinkageMember
from certification.linkage.workflow import AgreementState
from certification.products.models import DeclaredProduct
from certification.reviews.scope import visible_to, waiting_for
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.working_days import add_working_days
from marketplace.parties.models import Household, Supplier, SupplierPaper
from marketplace.parties.rules import HouseholdStatus
from marketplace.regions.queries import find_region, names_of, within
from marketplace.regions.rules import place_name, town_code_of

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """``due``: overdue, soon or empty; ``place``: a region within the official's; ``text``: product, applicant,
    number."""

    due: str = ""
    place: str = ""
    category: str = ""
    text: str = ""


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
    arrived_at: datetime | None
    deadline_on: date | None
    tone: str
    overdue_days: int
    picture: str | None


@dataclass(frozen=True, slots=True)
class WorkPage:
    rows: list[WorkRow]
    page: int
    pages: int
    total: int


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


def count_waiting(actor: Actor) -> WorkCounts:
    """Figures over the whole work list, whatever the filter. One query."""
    today = clock.today()
    soon = add_working_days(today, 2)
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(Application.deadline_on < today),
            func.count().filter(Application.deadline_on.between(today, soon)),
            func.count().filter(_again()),
        )
        .select_from(Application)
        .where(waiting_for(actor))
    ).one()
    return WorkCounts(*row)


def count_in_notice(actor: Actor) -> int:
    """How many applications of the actor's regions hang out now."""
    criteria = (visible_to(actor), Application.state == ApplicationState.PUBLIC_NOTICE)
    return db.session.scalar(select(func.count(Application.id)).where(*criteria)) or 0


def work_list(actor: Actor, filters: Filters, page: int = 1) -> WorkPage:
    """What waits for the actor, most urgent first."""
    return _page([waiting_for(actor), *_criteria(filters)], (Application.deadline_on, Application.id), page)


def in_notice(actor: Actor, page: int = 1) -> WorkPage:
    """Applications of the actor's regions that hang out now."""
    criteria = [visible_to(actor), Application.state == ApplicationState.PUBLIC_NOTICE]
    return _page(criteria, (Application.deadline_on, Application.id), page)


def reviewed_by(actor: Actor, page: int = 1) -> WorkPage:
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


def _criteria(filters: Filters) -> list[ColumnElement[bool]]:
    today = clock.today()
    criteria: list[ColumnElement[bool]] = []
    if filters.due == "overdue":
        criteria.append(Application.deadline_on < today)
    elif filters.due == "soon":
        criteria.append(Application.deadline_on.between(today, add_working_days(today, 2)))
    elif filters.due == "again":
        criteria.append(_again())
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


def _page(criteria: Sequence[ColumnElement[bool]], order: tuple[Any, ...], page: int) -> WorkPage:
    arrived = (
        select(func.max(ApplicationStep.at))
        .where(ApplicationStep.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    query = (
        select(Application, DeclaredProduct.name, Supplier.name, arrived, _again())
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .where(*criteria)
    )
    counted = query.with_only_columns(Application.id, maintain_column_froms=True)
    total = db.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    rows = db.session.execute(query.order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    ids = [row[0].id for row in rows]
    pictures, confirmed = pictures_of(ids), confirmation_counts(ids)
    towns = names_of({town_code_of(row[0].region_code) for row in rows})
    return WorkPage([_row(row, pictures, confirmed, towns) for row in rows], page, pages, total)


def _row(
    row: Any, pictures: dict[int, str], confirmed: dict[int, tuple[int, int]], towns: dict[str, str]
) -> WorkRow:
    application, product_name, supplier_name, arrived_at, again = row
    done, whole = confirmed.get(application.id, (0, 0))
    tone, overdue = urgency(application.deadline_on)
    return WorkRow(
        id=application.id,
        number=application.number,
        product_name=product_name,
        applicant=supplier_name,
        town=towns.get(town_code_of(application.region_code), ""),
        state=application.state,
        households=whole,
        confirmed=done,
        promised_income_fen=application.promised_income_fen,
        sponsored=application.sponsor_id is not None,
        again=again,
        arrived_at=arrived_at,
        deadline_on=application.deadline_on,
        tone=tone,
        overdue_days=overdue,
        picture=pictures.get(application.id),
    )


def urgency(deadline: date | None) -> tuple[str, int]:
    """(late, soon or empty; calendar days past the deadline)."""
    today = clock.today()
    if deadline is None:
        return "", 0
    if deadline < today:
        return "late", (today - deadline).days
    return ("soon" if deadline <= add_working_days(today, 2) else ""), 0


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A linked household, masked by the page: ``head_name`` is in clear here and shown as 王**."""

    household_id: int
    code: str
    head_name: str
    people: int
    status: HouseholdStatus
    village_code: str
    village: str
    answer: ConfirmationAnswer | None
    note: str
    answered_at: datetime | None


def households_of(application_id: int) -> list[HouseholdRow]:
    """The households asked about, by village; unanswered first."""
    rows = db.session.execute(
        select(HouseholdConfirmation, Household)
        .join(Household, Household.id == HouseholdConfirmation.household_id)
        .where(HouseholdConfirmation.application_id == application_id)
        .order_by(
            HouseholdConfirmation.village_code, HouseholdConfirmation.answer.is_not(None), Household.code
        )
    ).all()
    villages = names_of({confirmation.village_code for confirmation, _ in rows})
    return [
        HouseholdRow(
            household_id=household.id,
            code=household.code,
            head_name=household.head_name,
            people=household.people,
            status=household.status,
            village_code=confirmation.village_code,
            village=place_name(villages.get(confirmation.village_code, "")),
            answer=confirmation.answer,
            note=confirmation.note,
            answered_at=confirmation.answered_at,
        )
        for confirmation, household in rows
    ]


def doubly_linked(application: Application) -> list[HouseholdRow]:
    """Households of the application that are bound by an agreement in force for another product too."""
    elsewhere = (
        select(LinkageMember.household_id)
        .join(LinkageAgreement, LinkageAgreement.id == LinkageMember.agreement_id)
        .where(
            LinkageAgreement.state == AgreementState.ACTIVE,
            LinkageAgreement.product_id != application.product_id,
        )
    )
    both = set(
        db.session.scalars(
            select(HouseholdConfirmation.household_id).where(
                HouseholdConfirmation.application_id == application.id,
                HouseholdConfirmation.household_id.in_(elsewhere),
            )
        )
    )
    return [row for row in households_of(application.id) if row.household_id in both] if both else []


def document_of(application: Application, media_id: int) -> Media:
    """A file an official may open with an application: its evidence, agreement, site photo, or the papers of its
    applicant and sponsor. Raises NotFound."""
    suppliers = [each for each in (application.supplier_id, application.sponsor_id) if each is not None]
    allowed = [
        select(ApplicationEvidence.media_id).where(ApplicationEvidence.application_id == application.id),
        select(CountyCheck.photo_id).where(CountyCheck.application_id == application.id),
        select(LinkageAgreement.document_id).where(LinkageAgreement.id == application.agreement_id),
        select(SupplierPaper.media_id).where(SupplierPaper.supplier_id.in_(suppliers)),
    ]
    found = db.session.scalar(
        select(Media).where(Media.id == media_id, or_(*(Media.id.in_(each) for each in allowed)))
    )
    if found is None:
        raise NotFound
    return found
