"""Whether a product is certified now: asked at query time, never copied, so that a revocation works at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import ScalarSelect

from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.certificates.models import Certificate, CertificateFinding
from certification.certificates.rules import StopCause
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageAgreement
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import Page, offset_of, page_within
from marketplace.parties.models import Supplier
from marketplace.regions.queries import rows_of, within

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class InForce:
    certificate_id: int
    number: str
    version: int
    valid_until: date


def in_force(product_ids: Collection[int], on: date | None = None) -> dict[int, InForce]:
    """The certificate in force per product on a business day (default: today); others are left out."""
    if not product_ids:
        return {}
    rows = db.session.execute(
        select(
            Certificate.product_id,
            Certificate.id,
            Certificate.number,
            Certificate.version,
            Certificate.valid_until,
        )
        .where(Certificate.product_id.in_(product_ids), *_valid(on or clock.today()))
        .order_by(Certificate.version, Certificate.id)
    )
    return {row.product_id: InForce(row.id, row.number, row.version, row.valid_until) for row in rows}


def in_force_clause(
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int], on: date | None = None
) -> ColumnElement[bool]:
    """SQL criterion: this product has a certificate in force on the day (default: today)."""
    return exists(
        select(Certificate.id).where(
            Certificate.product_id == product_id_column, *_valid(on or clock.today())
        )
    )


def certificate_in_force(
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int], on: date | None = None
) -> ScalarSelect[int]:
    """SQL expression: the id of the certificate in force of the enclosing query's product, NULL without one."""
    return (
        select(Certificate.id)
        .where(Certificate.product_id == product_id_column, *_valid(on or clock.today()))
        .order_by(Certificate.version.desc(), Certificate.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def newest_state(
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int],
) -> ScalarSelect[CertificateState]:
    """SQL expression: the state of the newest certificate of the enclosing query's product, NULL without any."""
    return _newest(Certificate.state, product_id_column)


def newest_stop_cause(
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int],
) -> ScalarSelect[StopCause | None]:
    """SQL expression: why that certificate was stopped, NULL where it was not."""
    return _newest(Certificate.stop_cause, product_id_column)


def _newest(
    column: InstrumentedAttribute[Any],
    product_id_column: InstrumentedAttribute[int] | ColumnElement[int],
) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(Certificate.product_id == product_id_column)
        .order_by(Certificate.version.desc(), Certificate.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def stopped_for_food_safety(product_ids: Collection[int]) -> set[int]:
    """Products whose newest certificate is stopped for food safety: nothing more of them leaves the house."""
    if not product_ids:
        return set()
    return set(
        db.session.scalars(
            select(DeclaredProduct.id).where(
                DeclaredProduct.id.in_(product_ids),
                newest_stop_cause(DeclaredProduct.id) == StopCause.FOOD_SAFETY,
            )
        )
    )


def _valid(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Certificate.state == CertificateState.IN_FORCE,
        Certificate.valid_from <= day,
        Certificate.valid_until >= day,
    )


def find_certificate(number: str, version: int | None = None) -> Certificate | None:
    """The newest version under a number (or the one asked for); superseded ones can still be read."""
    criteria: list[Any] = [Certificate.number == number]
    if version is not None:
        criteria.append(Certificate.version == version)
    return db.session.scalar(
        select(Certificate).where(*criteria).order_by(Certificate.version.desc()).limit(1)
    )


def get_certificate(number: str, version: int | None = None) -> Certificate:
    """Raises NotFound ``certificates.unknown``."""
    certificate = find_certificate(number, version)
    if certificate is None:
        raise NotFound("certificates.unknown", field="number")
    return certificate


def get_held(supplier_id: int, certificate_id: int) -> Certificate:
    """A certificate of the supplier, or of a pilot it sponsors. Raises NotFound."""
    found = db.session.scalar(
        select(Certificate).where(Certificate.id == certificate_id, _held_by(supplier_id))
    )
    if found is None:
        raise NotFound
    return found


def _held_by(supplier_id: int) -> ColumnElement[bool]:
    sponsored = select(Supplier.id).where(Supplier.sponsor_id == supplier_id)
    return or_(Certificate.supplier_id == supplier_id, Certificate.supplier_id.in_(sponsored))


def certificates_of(supplier_id: int, *, with_old: bool = False) -> "list[CertificateRow]":
    """What a supplier holds, also for those it sponsors: in force first, the next to end on top. One query."""
    statement = _rows_statement().where(_held_by(supplier_id))
    if not with_old:
        statement = statement.where(Certificate.state != CertificateState.SUPERSEDED)
    order = (Certificate.state != CertificateState.IN_FORCE, Certificate.valid_until, Certificate.id)
    return [CertificateRow(*row) for row in db.session.execute(statement.order_by(*order).limit(500))]


@dataclass(frozen=True, slots=True)
class CertificateRow:
    id: int
    number: str
    version: int
    product_name: str
    supplier_name: str
    region_code: str
    state: CertificateState
    valid_from: date
    valid_until: date
    open_findings: int

    @property
    def is_valid(self) -> bool:
        return (
            self.state is CertificateState.IN_FORCE and self.valid_from <= clock.today() <= self.valid_until
        )


def in_regions(
    region_codes: Collection[str],
    *,
    state: str = "",
    text: str = "",
    page: int = 1,
    due_within: int | None = None,
) -> Page[CertificateRow]:
    """Certificates within an official's regions, newest first; with ``due_within`` those in force that end within so
    many days, the next to end first."""
    regions = rows_of(region_codes).values()
    criteria: list[ColumnElement[bool]] = [
        or_(*(within(Certificate.region_code, region) for region in regions))
        if regions
        else Certificate.id.is_(None)
    ]
    if state in set(CertificateState):
        criteria.append(Certificate.state == CertificateState(state))
    if due_within is not None:
        last = clock.today() + timedelta(days=due_within)
        criteria += [
            Certificate.state == CertificateState.IN_FORCE,
            Certificate.valid_until.between(clock.today(), last),
        ]
    if text:
        like = f"%{text.replace('%', '').replace('_', '')[:40]}%"
        criteria.append(
            or_(DeclaredProduct.name.like(like), Supplier.name.like(like), Certificate.number.like(like))
        )
    rows = _rows_statement().where(*criteria)
    total = (
        db.session.scalar(select(func.count()).select_from(rows.with_only_columns(Certificate.id).subquery()))
        or 0
    )
    page = page_within(page, total, PAGE_SIZE)
    order = Certificate.id.desc() if due_within is None else Certificate.valid_until
    chosen = rows.order_by(order, Certificate.id.desc()).limit(PAGE_SIZE).offset(offset_of(page, PAGE_SIZE))
    return Page([CertificateRow(*row) for row in db.session.execute(chosen)], page, total, PAGE_SIZE)


def _rows_statement() -> Any:
    return (
        select(
            Certificate.id,
            Certificate.number,
            Certificate.version,
            DeclaredProduct.name,
            Supplier.name,
            Certificate.region_code,
            Certificate.state,
            Certificate.valid_from,
            Certificate.valid_until,
            select(func.count())
            .where(
                CertificateFinding.certificate_id == Certificate.id, CertificateFinding.closed_at.is_(None)
            )
            .correlate(Certificate)
            .scalar_subquery(),
        )
        .join(DeclaredProduct, DeclaredProduct.id == Certificate.product_id)
        .join(Supplier, Supplier.id == Certificate.supplier_id)
    )


def declared_price() -> ScalarSelect[int | None]:
    """The price in fen a ``LinkageAgreement`` of the surrounding query was certified at; the later application's where
    there are two."""
    return (
        select(Application.price_fen)
        .where(
            Application.agreement_id == LinkageAgreement.id,
            Application.state == ApplicationState.CERTIFIED,
            Application.price_fen.is_not(None),
        )
        .order_by(Application.id.desc())
        .limit(1)
        .correlate(LinkageAgreement)
        .scalar_subquery()
    )
