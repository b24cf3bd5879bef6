"""产品目录: the city collects certificates in force into a draft and publishes it under a number.

What was published stays; whether a certificate in it still holds is asked when the page is shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from certification.certificates.models import CatalogueBatch, CatalogueEntry, Certificate
from certification.certificates.workflow import CATALOGUE, CatalogueState, CertificateState
from certification.products.models import Category, DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Supplier
from marketplace.regions.queries import find_region, names_of, rows_of, within
from marketplace.regions.rules import RegionLevel, county_code_of

MAX_ENTRIES = 2000
#: of a certificate's facts, what a catalogue prints
_PRINTED = ("product", "variety", "grade", "package", "unit", "origin", "applicant", "price_fen", "category")


@dataclass(frozen=True, slots=True)
class BatchRow:
    """``name`` as people say it: 〔2026〕第1批; 草稿 before it has a number."""

    id: int
    year: int
    number: int | None
    state: CatalogueState
    title: str
    note: str
    published_at: datetime | None
    entries: int

    @property
    def name(self) -> str:
        return f"〔{self.year}〕第 {self.number} 批" if self.number else "草稿"


@dataclass(frozen=True, slots=True)
class EntryRow:
    """``facts`` as published (as they are now in a draft); ``state`` is the certificate's today."""

    certificate_id: int
    number: str
    version: int
    facts: dict[str, Any]
    county: str
    category: str
    state: CertificateState
    position: int


@dataclass(frozen=True, slots=True)
class Candidate:
    certificate_id: int
    number: str
    product: str
    applicant: str
    county: str


_BATCH = (
    CatalogueBatch.id,
    CatalogueBatch.year,
    CatalogueBatch.number,
    CatalogueBatch.state,
    CatalogueBatch.title,
    CatalogueBatch.note,
    CatalogueBatch.published_at,
)


def batches(*, published_only: bool = True) -> list[BatchRow]:
    """Newest first. One query."""
    count = (
        select(func.count())
        .where(CatalogueEntry.batch_id == CatalogueBatch.id)
        .correlate(CatalogueBatch)
        .scalar_subquery()
    )
    query = select(*_BATCH, count).order_by(
        CatalogueBatch.published_at.is_not(None), CatalogueBatch.id.desc()
    )
    if published_only:
        query = query.where(CatalogueBatch.state == CatalogueState.PUBLISHED)
    return [BatchRow(*row) for row in db.session.execute(query)]


def get_batch(batch_id: int, *, published_only: bool = True) -> BatchRow:
    """Raises NotFound; a draft is nobody's business but the city's."""
    for row in batches(published_only=published_only):
        if row.id == batch_id:
            return row
    raise NotFound


def entries_of(batch: BatchRow, *, county: str = "", category: str = "", text: str = "") -> list[EntryRow]:
    """In the catalogue's order. Two queries."""
    rows = db.session.execute(
        select(
            CatalogueEntry.certificate_id,
            Certificate.number,
            Certificate.version,
            CatalogueEntry.facts,
            Certificate.facts,
            Certificate.region_code,
            Category.name,
            Certificate.state,
            CatalogueEntry.position,
        )
        .join(Certificate, Certificate.id == CatalogueEntry.certificate_id)
        .join(DeclaredProduct, DeclaredProduct.id == Certificate.product_id)
        .join(Category, Category.code == DeclaredProduct.category_code)
        .where(CatalogueEntry.batch_id == batch.id)
        .order_by(CatalogueEntry.position, CatalogueEntry.id)
    ).all()
    counties = names_of({county_code_of(row.region_code) for row in rows})
    found = [
        EntryRow(
            row[0],
            row[1],
            row[2],
            row[3] or row[4],
            counties.get(county_code_of(row[5]), ""),
            row[6],
            row[7],
            row[8],
        )
        for row in rows
    ]
    return [
        row
        for row in found
        if (not county or row.county == county)
        and (not category or row.category == category)
        and (not text or text in row.facts.get("product", "") or text in row.facts.get("applicant", ""))
    ]


def batches_of(certificate_id: int) -> list[BatchRow]:
    """The published catalogues a certificate stands in."""
    rows = db.session.execute(
        select(*_BATCH)
        .join(CatalogueEntry, CatalogueEntry.batch_id == CatalogueBatch.id)
        .where(
            CatalogueEntry.certificate_id == certificate_id, CatalogueBatch.state == CatalogueState.PUBLISHED
        )
        .order_by(CatalogueBatch.id)
    )
    return [BatchRow(*row, entries=0) for row in rows]


def candidates(batch: BatchRow, text: str = "", limit: int = 100) -> list[Candidate]:
    """Certificates in force that no published catalogue has in this version and the draft has not yet. Two queries."""
    taken = select(CatalogueEntry.certificate_id)
    query = (
        select(
            Certificate.id, Certificate.number, DeclaredProduct.name, Supplier.name, Certificate.region_code
        )
        .join(DeclaredProduct, DeclaredProduct.id == Certificate.product_id)
        .join(Supplier, Supplier.id == Certificate.supplier_id)
        .where(
            Certificate.state == CertificateState.IN_FORCE,
            Certificate.valid_until >= clock.today(),
            Certificate.id.not_in(taken),
            within(Certificate.region_code, find_city(batch.id)),
        )
        .order_by(Certificate.region_code, Certificate.id)
        .limit(limit)
    )
    if text:
        like = f"%{text.replace('%', '').replace('_', '')[:40]}%"
        query = query.where(
            DeclaredProduct.name.like(like) | Supplier.name.like(like) | Certificate.number.like(like)
        )
    rows = db.session.execute(query).all()
    counties = names_of({county_code_of(row.region_code) for row in rows})
    return [Candidate(*row[:4], counties.get(county_code_of(row.region_code), "")) for row in rows]


def find_city(batch_id: int) -> Any:
    """The region a batch is of."""
    code = db.session.scalar(select(CatalogueBatch.region_code).where(CatalogueBatch.id == batch_id))
    return find_region(code or "")


@transactional
def start_batch(actor: Actor, title: str, note: str = "") -> int:
    """A draft of the actor's city. Raises NotFound for who is no city official, InvalidInput at ``title``."""
    cities = [row for row in rows_of(actor.official_regions).values() if row.level is RegionLevel.CITY]
    if not cities:
        raise NotFound
    if len(title.strip()) < 2:
        raise InvalidInput("catalogues.title", field="title")
    batch = CatalogueBatch(
        region_code=cities[0].code,
        year=clock.today().year,
        state=CATALOGUE.initial,
        title=title.strip()[:80],
        note=note.strip()[:500],
        created_at=clock.now(),
        created_by=actor.user_id,
    )
    db.session.add(batch)
    db.session.flush()
    audit.record(actor.user_id, "catalogues.start", "catalogue_batch", batch.id)
    return batch.id


def _draft(actor: Actor, batch_id: int) -> CatalogueBatch:
    batch = db.session.get(CatalogueBatch, batch_id, with_for_update=True)
    if batch is None or batch.region_code not in actor.official_regions:
        raise NotFound
    if batch.state is not CatalogueState.DRAFT:
        raise Conflict("catalogues.published")
    return batch


@transactional
def add_entries(actor: Actor, batch_id: int, certificate_ids: Collection[int]) -> int:
    """Put certificates in force at the draft's end; returns how many. Those that can't be in it are passed over."""
    batch = _draft(actor, batch_id)
    possible = {
        row.certificate_id for row in candidates(get_batch(batch.id, published_only=False), limit=MAX_ENTRIES)
    }
    last = db.session.scalar(
        select(func.coalesce(func.max(CatalogueEntry.position), 0)).where(CatalogueEntry.batch_id == batch.id)
    )
    chosen = [each for each in certificate_ids if each in possible]
    db.session.add_all(
        CatalogueEntry(batch_id=batch.id, certificate_id=each, position=int(last or 0) + index, facts={})
        for index, each in enumerate(chosen, 1)
    )
    return len(chosen)


@transactional
def remove_entry(actor: Actor, batch_id: int, certificate_id: int) -> None:
    batch = _draft(actor, batch_id)
    entry = db.session.scalar(
        select(CatalogueEntry).where(
            CatalogueEntry.batch_id == batch.id, CatalogueEntry.certificate_id == certificate_id
        )
    )
    if entry is None:
        raise NotFound
    db.session.delete(entry)


@transactional
def move_entry(actor: Actor, batch_id: int, certificate_id: int, up: bool) -> None:
    """Change places with the neighbour; at the end of the list nothing happens."""
    batch = _draft(actor, batch_id)
    rows = db.session.scalars(
        select(CatalogueEntry)
        .where(CatalogueEntry.batch_id == batch.id)
        .order_by(CatalogueEntry.position, CatalogueEntry.id)
    ).all()
    place = next((index for index, row in enumerate(rows) if row.certificate_id == certificate_id), None)
    if place is None:
        raise NotFound
    other = place + (-1 if up else 1)
    if 0 <= other < len(rows):
        rows[place].position, rows[other].position = rows[other].position, rows[place].position


@transactional
def publish_batch(actor: Actor, batch_id: int) -> int:
    """Give it the year's next number and freeze what it says; returns the number.

    Raises Conflict where it is empty or a certificate in it is no longer in force.
    """
    batch = _draft(actor, batch_id)
    rows = db.session.execute(
        select(CatalogueEntry, Certificate)
        .join(Certificate, Certificate.id == CatalogueEntry.certificate_id)
        .where(CatalogueEntry.batch_id == batch.id)
        .order_by(CatalogueEntry.position, CatalogueEntry.id)
    ).all()
    if not rows:
        raise Conflict("catalogues.empty")
    gone = [
        c.number for _, c in rows if c.state is not CertificateState.IN_FORCE or c.valid_until < clock.today()
    ]
    if gone:
        raise Conflict("catalogues.not_in_force", numbers="、".join(gone[:5]))
    for index, (entry, certificate) in enumerate(rows, 1):
        entry.position = index
        entry.facts = {key: certificate.facts.get(key) for key in _PRINTED}
    batch.year = clock.today().year
    batch.number = next_number(f"catalogues.{batch.region_code}.{batch.year}")
    batch.state = CATALOGUE.next(batch.state, "publish")
    batch.published_at, batch.published_by = clock.now(), actor.user_id
    audit.record(actor.user_id, "catalogues.publish", "catalogue_batch", batch.id, {"entries": len(rows)})
    return batch.number
