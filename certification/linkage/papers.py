"""The signed papers of an agreement: the whole, one partner's page, or one household's. Private: its supplier and the
officials who review it see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from certification.linkage.commands import own_agreement
from certification.linkage.models import AgreementScan, LinkageAgreement, LinkageMember
from certification.linkage.rules import ScanKind
from certification.linkage.workflow import AgreementState
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Media, MediaKind, Upload, store_document
from marketplace.kernel.transaction import transactional

MOST_SCANS = 200


@dataclass(frozen=True, slots=True)
class ScanRow:
    id: int
    kind: ScanKind
    household_id: int | None
    media_id: int
    filename: str
    is_pdf: bool
    added_at: datetime


@transactional
def add_scan(
    actor: Actor, agreement_id: int, kind: ScanKind, upload: Upload, household_id: int | None
) -> int:
    """Keep a signed page; returns its id. Pages are added to a draft and to one in force, for signatures also come
    late; of an ended agreement nothing changes.

    Raises InvalidInput at ``household_id`` for a household's page of nobody's, ``linkage.scans_full``.
    """
    agreement = own_agreement(actor, agreement_id)
    if agreement.state is AgreementState.ENDED:
        raise Conflict("linkage.ended")
    if kind is not ScanKind.HOUSEHOLD:
        household_id = None
    elif household_id is None or not _is_member(agreement_id, household_id):
        raise InvalidInput("linkage.not_a_member", field="household_id")
    if len(scans_of(agreement_id)) >= MOST_SCANS:
        raise InvalidInput("linkage.scans_full", field="file", most=MOST_SCANS)
    with at_field("file"):
        media = store_document(upload, actor.user_id)
    scan = AgreementScan(
        agreement_id=agreement_id,
        kind=kind,
        household_id=household_id,
        media_id=media.id,
        added_at=clock.now(),
        added_by=actor.user_id,
    )
    db.session.add(scan)
    db.session.flush()
    audit.record(actor.user_id, "linkage.scan_add", "linkage_agreement", agreement_id, {"scan": scan.id})
    return scan.id


@transactional
def remove_scan(actor: Actor, agreement_id: int, scan_id: int) -> None:
    """Take a wrong page out of a draft. Raises Conflict once the agreement binds: what was signed stays."""
    agreement = own_agreement(actor, agreement_id)
    scan = _scan(agreement, scan_id)
    if agreement.state is not AgreementState.DRAFT:
        raise Conflict("linkage.not_a_draft")
    db.session.delete(scan)
    audit.record(actor.user_id, "linkage.scan_remove", "linkage_agreement", agreement_id, {"scan": scan_id})


def _is_member(agreement_id: int, household_id: int) -> bool:
    query = select(LinkageMember.id).where(
        LinkageMember.agreement_id == agreement_id, LinkageMember.household_id == household_id
    )
    return db.session.scalar(query) is not None


def _scan(agreement: LinkageAgreement, scan_id: int) -> AgreementScan:
    scan = db.session.get(AgreementScan, scan_id)
    if scan is None or scan.agreement_id != agreement.id:
        raise NotFound
    return scan


def get_scan_media(agreement: LinkageAgreement, scan_id: int) -> Media:
    """The file of one page of an agreement the caller may see. Raises NotFound."""
    return db.session.get_one(Media, _scan(agreement, scan_id).media_id)


def scans_of(agreement_id: int) -> list[ScanRow]:
    """The pages of an agreement, in the order they were added."""
    rows = db.session.execute(
        select(
            AgreementScan.id,
            AgreementScan.kind,
            AgreementScan.household_id,
            AgreementScan.media_id,
            Media.filename,
            Media.kind == MediaKind.PDF,
            AgreementScan.added_at,
        )
        .join(Media, Media.id == AgreementScan.media_id)
        .where(AgreementScan.agreement_id == agreement_id)
        .order_by(AgreementScan.id)
    )
    return [ScanRow(*row) for row in rows]
