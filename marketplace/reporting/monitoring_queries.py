"""Lists of measured promises: of an official's regions or of a supplier, worst first. Two queries each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier
from marketplace.regions.queries import RegionRow, within
from marketplace.reporting.models import LinkageStanding
from marketplace.reporting.monitoring import bars
from marketplace.reporting.monitoring_rules import ORDER, Light, Measure, Window, judge

EXPORT_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class StandingRow:
    certificate_id: int
    number: str
    state: CertificateState
    region_code: str
    product_name: str
    supplier_name: str
    light: Light
    percent: int | None
    year_start: date
    measured_until: date
    year_days: int
    promised_households: int
    promised_income_fen: int
    households: int
    income_fen: int
    measured_at: datetime

    @property
    def due(self) -> Measure:
        """What the days so far make due of the promise."""
        window = Window(self.year_start, self.measured_until, self.year_days)
        promised = Measure(self.promised_households, self.promised_income_fen)
        judged = judge(promised, Measure(0, 0), window, bars())
        return Measure(judged.due_households, judged.due_income_fen)


@dataclass(frozen=True, slots=True)
class Lights:
    """How many of each, whatever light is shown."""

    counts: dict[Light, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def _statement(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(LinkageStanding)
        .join(Certificate, Certificate.id == LinkageStanding.certificate_id)
        .join(DeclaredProduct, DeclaredProduct.id == Certificate.product_id)
        .join(Supplier, Supplier.id == Certificate.supplier_id)
    )


_ROW = (
    Certificate.id,
    Certificate.number,
    Certificate.state,
    Certificate.region_code,
    DeclaredProduct.name,
    Supplier.name,
    LinkageStanding.light,
    LinkageStanding.percent,
    LinkageStanding.year_start,
    LinkageStanding.measured_until,
    LinkageStanding.year_days,
    LinkageStanding.promised_households,
    LinkageStanding.promised_income_fen,
    LinkageStanding.households,
    LinkageStanding.income_fen,
    LinkageStanding.measured_at,
)
_WORST_FIRST = (
    case({light.value: rank for rank, light in enumerate(ORDER)}, value=LinkageStanding.light),
    LinkageStanding.percent,
    LinkageStanding.certificate_id,
)


def in_regions_clause(regions: Sequence[RegionRow]) -> ColumnElement[bool]:
    return or_(false(), *(within(Certificate.region_code, region) for region in regions))


def held_by_clause(supplier_id: int) -> ColumnElement[bool]:
    """Its own certificates, and those of the pilots it sponsors."""
    return or_(Certificate.supplier_id == supplier_id, Supplier.sponsor_id == supplier_id)


def text_clause(text: str) -> ColumnElement[bool]:
    return or_(
        Supplier.name.contains(text, autoescape=True),
        DeclaredProduct.name.contains(text, autoescape=True),
        Certificate.number.contains(text, autoescape=True),
    )


def lights(*criteria: ColumnElement[bool]) -> Lights:
    """One query."""
    rows = db.session.execute(
        _statement(LinkageStanding.light, func.count()).where(and_(*criteria)).group_by(LinkageStanding.light)
    )
    return Lights({light: int(count) for light, count in rows})


def standings(
    counted: Lights, light: Light | None, page: int, *criteria: ColumnElement[bool]
) -> Page[StandingRow]:
    """A page of those ``lights`` counted, of one light where asked. One query."""
    total = counted.counts.get(light, 0) if light else counted.total
    rows = _rows(light, criteria, PAGE_SIZE, offset_of(page))
    return Page(rows, page, total)


def all_standings(light: Light | None, *criteria: ColumnElement[bool]) -> list[StandingRow]:
    """For a file; at most ``EXPORT_LIMIT``."""
    return _rows(light, criteria, EXPORT_LIMIT, 0)


def _rows(
    light: Light | None, criteria: Collection[ColumnElement[bool]], limit: int, offset: int
) -> list[StandingRow]:
    query = _statement(*_ROW).where(and_(*criteria))
    if light is not None:
        query = query.where(LinkageStanding.light == light)
    found = db.session.execute(query.order_by(*_WORST_FIRST).limit(limit).offset(offset))
    return [StandingRow(*row) for row in found]
