"""Whether a product is certified now: asked at query time, never copied, so that a revocation works at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.kernel import clock
from marketplace.kernel.db import db


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


def _valid(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Certificate.state == CertificateState.IN_FORCE,
        Certificate.valid_from <= day,
        Certificate.valid_until >= day,
    )
