"""Reading suppliers' papers: those in use, what they replaced, and which run out. A paper counts until a later one of
its kind is there, whether it was handed in as its renewal or beside it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.parties.models import Supplier, SupplierPaper, SupplierRequirement
from marketplace.parties.requirement_rules import Check, all_requirements
from marketplace.parties.rules import PaperKind, RequirementState, SupplierKind
from marketplace.parties.supplier_parameters import PAPER_GRACE_DAYS, PAPER_LAST_DAYS, paper_days
from marketplace.parties.workflow import SupplierState
from marketplace.regions.queries import get_region, within


@dataclass(frozen=True, slots=True)
class PaperFacts:
    id: int
    supplier_id: int
    kind: PaperKind
    media_id: int
    filename: str
    number: str
    expires_on: date | None
    uploaded_at: datetime
    replaces_id: int | None
    is_picture: bool

    @property
    def days_left(self) -> int | None:
        return None if self.expires_on is None else (self.expires_on - clock.today()).days

    @property
    def ending(self) -> tuple[str, str] | None:
        """(word, tone) when it ran out or soon does; None while there is time, or for ever."""
        left = self.days_left
        if left is None or left > max(paper_days()):
            return None
        if left < 0:
            return f"过期 {-left} 天", "danger"
        word = "今天到期" if left == 0 else f"还有 {left} 天到期"
        return word, "danger" if left <= PAPER_LAST_DAYS.get() else "warn"


_COLUMNS = (
    SupplierPaper.id,
    SupplierPaper.supplier_id,
    SupplierPaper.kind,
    SupplierPaper.media_id,
    Media.filename,
    SupplierPaper.number,
    SupplierPaper.expires_on,
    SupplierPaper.uploaded_at,
    SupplierPaper.replaces_id,
    Media.width.is_not(None),
)
_RENEWAL, _LATER = aliased(SupplierPaper), aliased(SupplierPaper)
_IS_RENEWED = select(_RENEWAL.id).where(_RENEWAL.replaces_id == SupplierPaper.id).exists()


def _papers_where(*criteria: ColumnElement[bool]) -> list[PaperFacts]:
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(Media, Media.id == SupplierPaper.media_id)
        .where(*criteria)
        .order_by(SupplierPaper.id.desc())
    )
    return [PaperFacts(*tuple(row)) for row in rows]


def papers_of(supplier_id: int) -> list[PaperFacts]:
    """Those in use, newest first."""
    return _papers_where(SupplierPaper.supplier_id == supplier_id, ~_IS_RENEWED)


def renewed_papers_of(supplier_id: int) -> list[PaperFacts]:
    """Those that were renewed: kept, for decisions rested on them."""
    return _papers_where(SupplierPaper.supplier_id == supplier_id, _IS_RENEWED)


def get_paper(supplier_id: int, paper_id: int) -> PaperFacts:
    """A paper of exactly this supplier, in use or renewed; raises NotFound."""
    found = _papers_where(SupplierPaper.id == paper_id, SupplierPaper.supplier_id == supplier_id)
    if not found:
        raise NotFound
    return found[0]


def in_use_clause() -> ColumnElement[bool]:
    """Not renewed, and no later one of its kind beside it."""
    later = (
        select(_LATER.id)
        .where(
            _LATER.supplier_id == SupplierPaper.supplier_id,
            _LATER.kind == SupplierPaper.kind,
            _LATER.id != SupplierPaper.id,
            or_(_LATER.expires_on.is_(None), _LATER.expires_on > SupplierPaper.expires_on),
        )
        .exists()
    )
    return and_(~_IS_RENEWED, ~later)


class Ending(StrEnum):
    """Which papers an admin looks at."""

    GRACE_OVER = "grace_over"
    EXPIRED = "expired"
    WEEK = "week"
    MONTH = "month"
    TWO_MONTHS = "two_months"

    @property
    def label(self) -> str:
        return {
            "grace_over": "过了宽限期，可暂停",
            "expired": "已过期",
            "week": "7 天内",
            "month": "30 天内",
            "two_months": "60 天内",
        }[self]


def _required_clause() -> ColumnElement[bool]:
    """The paper answers a requirement of its supplier's kind that nobody waived."""
    waived = (
        select(SupplierRequirement.code)
        .where(
            SupplierRequirement.supplier_id == Supplier.id,
            SupplierRequirement.state == RequirementState.WAIVED,
        )
        .correlate(Supplier)
    )
    return or_(
        *(
            and_(
                Supplier.kind.in_(sorted(each.required)),
                SupplierPaper.kind.in_(each.papers),
                waived.where(SupplierRequirement.code == each.code).exists().__invert__(),
            )
            for each in all_requirements()
            if each.check is Check.PAPER and each.required
        )
    )


def _ending_clause(ending: Ending) -> ColumnElement[bool]:
    """``TWO_MONTHS`` and the like say how far ahead one looks, beginning today."""
    today = clock.today()
    ends = SupplierPaper.expires_on
    if ending is Ending.GRACE_OVER:
        last = today - timedelta(days=PAPER_GRACE_DAYS.get())
        return and_(ends < last, _required_clause(), Supplier.state == SupplierState.APPROVED)
    if ending is Ending.EXPIRED:
        return ends < today
    _, week, month, two_months = paper_days()
    ahead = {Ending.WEEK: week, Ending.MONTH: month, Ending.TWO_MONTHS: two_months}[ending]
    return ends.between(today, today + timedelta(days=ahead))


@dataclass(frozen=True, slots=True)
class EndingPaper:
    """A paper in the admins' list. ``is_required``: its supplier may not sell for long without it."""

    paper_id: int
    supplier_id: int
    supplier_name: str
    supplier_kind: SupplierKind
    village_code: str
    is_suspended: bool
    kind: PaperKind
    number: str
    expires_on: date
    is_required: bool

    @property
    def days_left(self) -> int:
        return (self.expires_on - clock.today()).days


_ADMITTED = (SupplierState.APPROVED, SupplierState.SUSPENDED)


def _listed(kind: PaperKind | None, county_code: str) -> list[ColumnElement[bool]]:
    criteria = [Supplier.state.in_(_ADMITTED), SupplierPaper.expires_on.is_not(None), in_use_clause()]
    if kind is not None:
        criteria.append(SupplierPaper.kind == kind)
    if county_code:
        criteria.append(within(Supplier.village_code, get_region(county_code)))
    return criteria


def ending_papers(
    ending: Ending, *, page: int, kind: PaperKind | None = None, county_code: str = ""
) -> Page[EndingPaper]:
    """Papers of admitted suppliers that run out, the nearest end first."""
    criteria = [*_listed(kind, county_code), _ending_clause(ending)]
    joined = select(func.count()).select_from(SupplierPaper).join(Supplier).where(*criteria)
    rows = db.session.execute(
        select(
            SupplierPaper.id,
            Supplier.id,
            Supplier.name,
            Supplier.kind,
            Supplier.village_code,
            Supplier.state == SupplierState.SUSPENDED,
            SupplierPaper.kind,
            SupplierPaper.number,
            SupplierPaper.expires_on,
            _required_clause(),
        )
        .select_from(SupplierPaper)
        .join(Supplier, Supplier.id == SupplierPaper.supplier_id)
        .where(*criteria)
        .order_by(SupplierPaper.expires_on, SupplierPaper.id)
        .limit(PAGE_SIZE)
        .offset(offset_of(page))
    )
    return Page([EndingPaper(*tuple(row)) for row in rows], page, db.session.scalar(joined) or 0)


def count_ending(kind: PaperKind | None = None, county_code: str = "") -> dict[Ending, int]:
    """How many papers each list has; one query."""
    counts = [func.count().filter(_ending_clause(ending)) for ending in Ending]
    row = db.session.execute(
        select(*counts)
        .select_from(SupplierPaper)
        .join(Supplier, Supplier.id == SupplierPaper.supplier_id)
        .where(*_listed(kind, county_code), SupplierPaper.expires_on <= _horizon())
    ).one()
    return dict(zip(Ending, row, strict=True))


def _horizon() -> date:
    return clock.today() + timedelta(days=max(paper_days()))
