"""Starting from what was written before: several drafts at once, last year's words, a renewal or change."""

from collections.abc import Sequence

from sqlalchemy import select

from certification.applications.commands import start_application
from certification.applications.drafts import editable, unsign
from certification.applications.models import Application, ApplicationEvidence
from certification.applications.queries import get_own
from certification.applications.rules import ApplicationKind, EvidenceKind
from certification.linkage.queries import successor_of
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.transaction import transactional


@transactional
def start_applications(actor: Actor, product_ids: Sequence[int]) -> list[int]:
    """Drafts for several products in one go, all or none; errors as in ``start_application``."""
    if not product_ids:
        raise InvalidInput("applications.no_product", field="product_id")
    return [start_application(actor, product_id) for product_id in dict.fromkeys(product_ids)]


@transactional
def copy_into(actor: Actor, application_id: int, earlier_id: int) -> None:
    """Take over what an earlier application of the same supplier says: words, price, references, promise, and evidence
    by reference; never the pledge. What is another product's own (agreement, pictures) stays behind.

    Raises NotFound, Conflict where the draft is being reviewed.
    """
    application, earlier = editable(actor, application_id), get_own(actor, earlier_id)
    if earlier.supplier_id != application.supplier_id or earlier.id == application.id:
        raise NotFound
    same_product = earlier.product_id == application.product_id
    for name in (
        "package",
        "yearly_capacity",
        "description",
        "price_fen",
        "price_reason",
        "reference_prices",
    ):
        setattr(application, name, getattr(earlier, name))
    if same_product:
        # what was agreed then may have been amended since
        agreed = earlier.agreement_id and successor_of(earlier.agreement_id)
        application.agreement_id = application.agreement_id or agreed
        application.promised_households = earlier.promised_households
        application.promised_income_fen = earlier.promised_income_fen
    _copy_evidence(application, earlier, same_product=same_product)
    application.copied_from_id = application.copied_from_id or earlier.id
    unsign(application)
    audit.record(actor.user_id, "applications.copy", "application", application.id, {"from": earlier.id})


def _copy_evidence(application: Application, earlier: Application, *, same_product: bool) -> None:
    have = set(
        db.session.scalars(
            select(ApplicationEvidence.media_id).where(ApplicationEvidence.application_id == application.id)
        )
    )
    rows = db.session.scalars(
        select(ApplicationEvidence)
        .where(ApplicationEvidence.application_id == earlier.id)
        .order_by(ApplicationEvidence.id)
    ).all()
    own = {EvidenceKind.PRODUCT_PICTURE, EvidenceKind.LINKAGE_SCAN, EvidenceKind.TEST_REPORT}
    db.session.add_all(
        ApplicationEvidence(
            application_id=application.id,
            kind=row.kind,
            media_id=row.media_id,
            title=row.title,
            added_at=clock.now(),
        )
        for row in rows
        if row.media_id not in have and (same_product or row.kind not in own)
    )


@transactional
def start_again(
    actor: Actor, earlier_id: int, kind: ApplicationKind, certificate_number: str, reason: str = ""
) -> int:
    """A renewal or change that goes on from a certified application; ``certificates.renewals`` calls down and has
    checked the certificate. Raises NotFound, Conflict while another application for the product is open."""
    earlier = get_own(actor, earlier_id)
    application_id = start_application(actor, earlier.product_id)
    application = db.session.get_one(Application, application_id)
    application.kind, application.certificate_number = kind, certificate_number
    application.change_reason = reason.strip()[:500]
    application.copied_from_id = earlier.id
    db.session.flush()
    copy_into(actor, application_id, earlier.id)
    return application_id
