"""The public notice board. It shows villages and counts, never a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import aliased

from certification.applications.models import Application, ApplicationEvidence
from certification.applications.queries import pictures_of
from certification.applications.rules import SMALL_CELL
from certification.applications.workflow import ApplicationState
from certification.notices.calendar import day_number
from certification.notices.models import Objection, PublicNotice
from certification.notices.workflow import OPEN, NoticeState
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_within
from marketplace.parties.models import Household, Supplier
from marketplace.regions.queries import find_region, full_names_of, names_of, within
from marketplace.regions.rules import RegionLevel, place_name


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """``promised_income_fen`` is None where fewer than five households stand behind it."""

    id: int
    application_id: int
    product_name: str
    applicant: str
    origin: str
    households: int
    promised_income_fen: int | None
    papers: int
    state: ApplicationState
    notice_state: NoticeState
    starts_on: date
    ends_on: date
    day: int
    days: int
    batch: str
    objections: int
    picture: str | None

    @property
    def is_open(self) -> bool:
        return self.state is ApplicationState.PUBLIC_NOTICE

    @property
    def is_paused(self) -> bool:
        return self.is_open and self.notice_state is NoticeState.PAUSED

    @property
    def takes_objections(self) -> bool:
        return self.is_open and (self.is_paused or self.ends_on >= clock.today())

    @property
    def objections_until(self) -> date | None:
        """The last day to object; not known while the clock stands still, None also once it is over."""
        return self.ends_on if self.takes_objections and not self.is_paused else None


@dataclass(frozen=True, slots=True)
class NoticePage(Page[NoticeRow]):
    """``open_count`` of all that hang out, whatever was asked for."""

    open_count: int = 0


def _query(*criteria: ColumnElement[bool]) -> "list[NoticeRow]":
    papers = (
        select(func.count())
        .where(ApplicationEvidence.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(PublicNotice, Application, DeclaredProduct.name, Supplier, papers)
        .join(Application, Application.id == PublicNotice.application_id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .where(*criteria)
    ).all()
    pictures = pictures_of([row.Application.id for row in rows])
    names = full_names_of({row.PublicNotice.region_code for row in rows})
    applicants = applicant_names([row.Supplier for row in rows])
    against = open_objections([row.PublicNotice.id for row in rows])
    today = clock.today()
    found = []
    for notice, application, product_name, supplier, paper_count in rows:
        day, days = day_number(notice.ends_on, notice.days_left, today)
        households = application.promised_households or 0
        found.append(
            NoticeRow(
                id=notice.id,
                application_id=application.id,
                product_name=product_name,
                applicant=applicants[supplier.id],
                origin=place_name(names.get(notice.region_code, "")),
                households=households,
                promised_income_fen=application.promised_income_fen if households >= SMALL_CELL else None,
                papers=paper_count,
                state=application.state,
                starts_on=notice.starts_on,
                ends_on=notice.ends_on,
                day=day,
                days=days,
                notice_state=notice.state,
                batch=notice.batch or "",
                objections=against.get(notice.id, 0),
                picture=pictures.get(application.id),
            )
        )
    return found


def applicant_names(suppliers: list[Supplier]) -> dict[int, str]:
    """What an applicant is called in public: a pilot household by its number, with its sponsor, never by name."""
    households = {each.household_id for each in suppliers if each.uscc is None and each.household_id}
    sponsors = {each.sponsor_id for each in suppliers if each.uscc is None and each.sponsor_id}
    codes: dict[int, str] = {}
    names: dict[int, str] = {}
    if households:
        codes = dict(
            db.session.execute(select(Household.id, Household.code).where(Household.id.in_(households))).all()
        )
    if sponsors:
        names = dict(
            db.session.execute(select(Supplier.id, Supplier.name).where(Supplier.id.in_(sponsors))).all()
        )
    return {each.id: _public_name(each, codes, names) for each in suppliers}


def _public_name(supplier: Supplier, codes: dict[int, str], names: dict[int, str]) -> str:
    if supplier.uscc is not None or supplier.household_id is None:
        return supplier.name
    sponsor = names.get(supplier.sponsor_id or 0, "")
    return f"增收示范户 {codes.get(supplier.household_id, '')}" + (f"（{sponsor}代申报）" if sponsor else "")


def _is_called(text: str) -> ColumnElement[bool]:
    """Whether ``text`` is part of what the applicant is called in public (``applicant_names``): who searches for a
    person must not learn by a hit which household that is."""
    is_pilot = and_(Supplier.uscc.is_(None), Supplier.household_id.is_not(None))
    households = select(Household.id).where(Household.code.contains(text, autoescape=True))
    sponsor = aliased(Supplier)
    sponsors = select(sponsor.id).where(sponsor.name.contains(text, autoescape=True))
    by_number = or_(Supplier.household_id.in_(households), Supplier.sponsor_id.in_(sponsors))
    return or_(and_(not_(is_pilot), Supplier.name.contains(text, autoescape=True)), and_(is_pilot, by_number))


def board(*, county: str = "", ended: bool = False, text: str = "", page: int = 1) -> NoticePage:
    """A page of notices: those hanging, soonest to end first, or those taken down, newest first; a withdrawn
    application is no longer shown."""
    in_notice = Application.state == ApplicationState.PUBLIC_NOTICE
    criteria: list[ColumnElement[bool]] = [
        Application.state.not_in((ApplicationState.PUBLIC_NOTICE, ApplicationState.WITHDRAWN))
        if ended
        else in_notice
    ]
    region = find_region(county) if county else None
    if region is not None and region.level is RegionLevel.COUNTY:
        criteria.append(within(PublicNotice.region_code, region))
    if text:
        words = text[:40]
        criteria.append(or_(DeclaredProduct.name.contains(words, autoescape=True), _is_called(words)))
    ids = (
        select(PublicNotice.id)
        .join(Application, Application.id == PublicNotice.application_id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .where(*criteria)
    )
    total = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    open_count = db.session.scalar(select(func.count(Application.id)).where(in_notice))
    page = page_within(page, total)
    order = (
        (PublicNotice.ends_on.desc(), PublicNotice.id.desc())
        if ended
        else (PublicNotice.ends_on, PublicNotice.id)
    )
    chosen = db.session.scalars(ids.order_by(*order).limit(PAGE_SIZE).offset(offset_of(page))).all()
    rows = {row.id: row for row in _query(PublicNotice.id.in_(chosen))}
    return NoticePage([rows[each] for each in chosen], page, total, open_count=open_count or 0)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What a county put up on one day; ``name`` as the board says it: 周至县 2026 年第 12 批."""

    code: str
    name: str
    starts_on: date
    count: int


def batches(county: str = "", limit: int = 12) -> list[BatchRow]:
    """The newest batches, with as many as their pages show. Two queries."""
    query = (
        select(PublicNotice.batch, func.min(PublicNotice.starts_on), func.count())
        .join(Application, Application.id == PublicNotice.application_id)
        .where(PublicNotice.batch.is_not(None), Application.state != ApplicationState.WITHDRAWN)
        .group_by(PublicNotice.batch)
        .order_by(func.min(PublicNotice.starts_on).desc(), PublicNotice.batch.desc())
        .limit(limit)
    )
    if county:
        query = query.where(PublicNotice.batch.startswith(f"{county[:6]}-", autoescape=True))
    rows = [(code or "", starts_on, count) for code, starts_on, count in db.session.execute(query)]
    names = names_of({f"{code[:6]}000000" for code, _, _ in rows})
    return [
        BatchRow(code, _batch_name(code, names.get(f"{code[:6]}000000", "")), starts_on, count)
        for code, starts_on, count in rows
    ]


def _batch_name(code: str, county: str) -> str:
    _, year, number = code.split("-")
    return f"{county} {year} 年第 {int(number)} 批"


def get_batch(code: str) -> tuple[BatchRow, list[NoticeRow]]:
    """A batch with what it put up; withdrawn applications are no longer shown. Raises NotFound."""
    rows = _query(PublicNotice.batch == code, Application.state != ApplicationState.WITHDRAWN)
    if not rows:
        raise NotFound
    rows.sort(key=lambda row: row.id)
    county = names_of({f"{code[:6]}000000"}).get(f"{code[:6]}000000", "")
    starts_on = min(row.starts_on for row in rows)
    return BatchRow(code, _batch_name(code, county), starts_on, len(rows)), rows


def get_notice(notice_id: int) -> NoticeRow:
    """Raises NotFound; a withdrawn application is no longer shown."""
    rows = _query(PublicNotice.id == notice_id, Application.state != ApplicationState.WITHDRAWN)
    if not rows:
        raise NotFound
    return rows[0]


def open_objections(notice_ids: Sequence[int]) -> dict[int, int]:
    """How many are open against each notice. One query."""
    if not notice_ids:
        return {}
    return dict(
        db.session.execute(
            select(Objection.notice_id, func.count())
            .where(Objection.notice_id.in_(notice_ids), Objection.state.in_(OPEN))
            .group_by(Objection.notice_id)
        ).all()
    )
