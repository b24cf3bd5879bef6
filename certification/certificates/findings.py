"""What was found about a certificate, with the figures it rests on: kept, closed with a word, cited by a suspension."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from certification.certificates.models import Certificate, CertificateFinding
from certification.certificates.rules import FindingKind
from certification.certificates.telling import tell_holders
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import display_names
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.regions.queries import RegionRow, rows_of, within
from marketplace.regions.rules import RegionLevel

_TEXT_MIN = 4
_LEVELS = (RegionLevel.COUNTY, RegionLevel.CITY)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """``figures`` as they were when it was recorded."""

    id: int
    number: str
    certificate_id: int
    kind: FindingKind
    text: str
    figures: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str
    closed_at: datetime | None
    resolution: str

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


def overseen_regions(actor: Actor) -> list[RegionRow]:
    """The counties and cities the actor is an official of: towns and villages look up certificates as anybody does."""
    return [row for row in rows_of(actor.official_regions).values() if row.level in _LEVELS]


def get_of_officials(actor: Actor, certificate_id: int) -> Certificate:
    """A certificate of a county or city the actor is an official of. Raises NotFound."""
    regions = overseen_regions(actor)
    found = (
        db.session.scalar(
            select(Certificate).where(
                Certificate.id == certificate_id,
                or_(*(within(Certificate.region_code, region) for region in regions)),
            )
        )
        if regions
        else None
    )
    if found is None:
        raise NotFound
    return found


@transactional
def record_finding(
    actor: Actor, certificate_id: int, kind: FindingKind, text: str, figures: Mapping[str, Any] | None = None
) -> int:
    """Keep a finding and tell who holds the certificate; returns its id.

    By officials of its county or city only, else NotFound; InvalidInput at ``text``.
    """
    certificate = get_of_officials(actor, certificate_id)
    if len(text.strip()) < _TEXT_MIN:
        raise InvalidInput("certificates.finding_text", field="text")
    year = clock.today().year
    finding = CertificateFinding(
        number=f"监〔{year}〕{next_number(f'findings.{year}'):04d}号",
        certificate_id=certificate.id,
        kind=kind,
        text=text.strip()[:2000],
        figures=dict(figures or {}),
        recorded_by=actor.user_id,
        recorded_at=clock.now(),
    )
    db.session.add(finding)
    db.session.flush()
    audit.record(
        actor.user_id, "certificates.finding", "certificate", certificate.id, {"finding": finding.number}
    )
    product = certificate.facts.get("product", "")
    tell_holders(certificate, f"监测发现问题：{product}", f"{finding.number}：{finding.text}")
    return finding.id


@transactional
def close_finding(actor: Actor, finding_id: int, resolution: str) -> None:
    """Say how it ended. Raises NotFound, Conflict where it is closed, InvalidInput at ``resolution``."""
    finding = db.session.get(CertificateFinding, finding_id, with_for_update=True)
    if finding is None:
        raise NotFound
    certificate = get_of_officials(actor, finding.certificate_id)
    if finding.closed_at is not None:
        raise Conflict("certificates.finding_closed")
    if len(resolution.strip()) < _TEXT_MIN:
        raise InvalidInput("certificates.finding_text", field="resolution")
    finding.closed_at, finding.closed_by = clock.now(), actor.user_id
    finding.resolution = resolution.strip()[:2000]
    audit.record(
        actor.user_id,
        "certificates.finding_close",
        "certificate",
        certificate.id,
        {"finding": finding.number},
        reason=finding.resolution,
    )
    tell_holders(certificate, f"监测问题已办结：{certificate.facts.get('product', '')}", finding.resolution)


def findings_of(certificate_ids: Collection[int]) -> dict[int, list[FindingRow]]:
    """Findings by certificate, newest first; every id has a list. Two queries."""
    found: dict[int, list[FindingRow]] = {each: [] for each in certificate_ids}
    if not found:
        return found
    rows = db.session.scalars(
        select(CertificateFinding)
        .where(CertificateFinding.certificate_id.in_(found))
        .order_by(CertificateFinding.id.desc())
    ).all()
    names = display_names({row.recorded_by for row in rows if row.recorded_by is not None})
    for row in rows:
        found[row.certificate_id].append(
            FindingRow(
                row.id,
                row.number,
                row.certificate_id,
                row.kind,
                row.text,
                row.figures,
                row.recorded_at,
                names.get(row.recorded_by or 0, ""),
                row.closed_at,
                row.resolution,
            )
        )
    return found
