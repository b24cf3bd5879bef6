"""The public notice board. It shows villages and counts, never a person."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from certification.applications.models import Application, ApplicationEvidence
from certification.applications.queries import pictures_of
from certification.applications.rules import SMALL_CELL
from certification.applications.workflow import ApplicationState
from certification.notices.calendar import day_number
from certification.notices.models import PublicNotice
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import Household, Supplier
from marketplace.regions.queries import find_region, full_names_of, within
from marketplace.regions.rules import RegionLevel, place_name

PAGE_SIZE = 20


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
    starts_on: date
    ends_on: date
    day: int
    days: int
    picture: str | None

    @property
    def is_open(self) -> bool:
        return self.state is ApplicationState.PUBLIC_NOTICE


@dataclass(frozen=True, slots=True)
class NoticePage:
    rows: list[NoticeRow]
    page: int
    pages: int
    total: int
    open_count: int


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
    today = clock.today()
    found = []
    for notice, application, product_name, supplier, paper_count in rows:
        day, days = day_number(notice.starts_on, notice.ends_on, today)
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


def board(*, county: str = "", ended: bool = False, text: str = "", page: int = 1) -> NoticePage:
    """A page of notices: those hanging, soonest to end first, or those taken down, newest first."""
    in_notice = Application.state == ApplicationState.PUBLIC_NOTICE
    criteria: list[ColumnElement[bool]] = [~in_notice if ended else in_notice]
    region = find_region(county) if county else None
    if region is not None and region.level is RegionLevel.COUNTY:
        criteria.append(within(PublicNotice.region_code, region))
    if text:
        like = f"%{text.replace('%', '').replace('_', '')[:40]}%"
        criteria.append(or_(DeclaredProduct.name.like(like), Supplier.name.like(like)))
    ids = (
        select(PublicNotice.id)
        .join(Application, Application.id == PublicNotice.application_id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .where(*criteria)
    )
    total = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    open_count = db.session.scalar(select(func.count(Application.id)).where(in_notice))
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    order = (
        (PublicNotice.ends_on.desc(), PublicNotice.id.desc())
        if ended
        else (PublicNotice.ends_on, PublicNotice.id)
    )
    chosen = db.session.scalars(ids.order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    rows = {row.id: row for row in _query(PublicNotice.id.in_(chosen))}
    return NoticePage([rows[each] for each in chosen], page, pages, total, open_count or 0)


def get_notice(notice_id: int) -> NoticeRow:
    """Raises NotFound; a withdrawn application is no longer shown."""
    rows = _query(PublicNotice.id == notice_id, Application.state != ApplicationState.WITHDRAWN)
    if not rows:
        raise NotFound
    return rows[0]


def notice_of(application_id: int) -> PublicNotice | None:
    return db.session.scalar(
        select(PublicNotice)
        .where(PublicNotice.application_id == application_id)
        .order_by(PublicNotice.round.desc())
        .limit(1)
    )
