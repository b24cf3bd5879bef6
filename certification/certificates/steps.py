"""One change of a certificate at a time: the only writer of ``Certificate.state``, and of its steps."""

from sqlalchemy import update

from certification.applications.commands import note_price_reference
from certification.certificates.models import Certificate, CertificateStep
from certification.certificates.rules import StopCause
from certification.certificates.workflow import CERTIFICATE, CertificateState
from certification.linkage.events import TermsChanged
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import IllegalTransition
from marketplace.kernel.events import publish


def move(
    certificate: Certificate,
    action: str,
    actor_id: int | None,
    reason: str,
    *,
    cause: StopCause | None = None,
    finding_id: int | None = None,
) -> None:
    """Take an edge once, whoever else tries: a conditional UPDATE on the old state. Raises IllegalTransition.

    ``cause`` stays on the certificate while it is stopped, and is gone once it is in force again.
    """
    before = certificate.state
    after = CERTIFICATE.next(before, action)
    db.session.flush()
    taken = db.session.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.state == before)
        .values(state=after, state_reason=reason, stop_cause=_cause_after(certificate, after, cause))
        .execution_options(synchronize_session=False)
    )
    if getattr(taken, "rowcount", 0) != 1:
        raise IllegalTransition(before, action)
    db.session.refresh(certificate)
    record(certificate, action, before, actor_id, reason, cause=cause, finding_id=finding_id)
    in_force = after is CertificateState.IN_FORCE
    note_price_reference(certificate.application_id, certificate.valid_until if in_force else None)
    db.session.flush()
    publish(TermsChanged(certificate.product_id))


def _cause_after(
    certificate: Certificate, after: CertificateState, cause: StopCause | None
) -> StopCause | None:
    if after is CertificateState.IN_FORCE:
        return None
    return cause or certificate.stop_cause


def record(
    certificate: Certificate,
    action: str,
    before: CertificateState | None,
    actor_id: int | None,
    reason: str = "",
    *,
    cause: StopCause | None = None,
    finding_id: int | None = None,
) -> None:
    """Keep who did what and why, beside the audit."""
    db.session.add(
        CertificateStep(
            certificate_id=certificate.id,
            action=action,
            from_state=before,
            to_state=certificate.state,
            cause=cause,
            reason=reason,
            finding_id=finding_id,
            actor_id=actor_id,
            at=clock.now(),
        )
    )
    audit.record(
        actor_id,
        f"certificates.{action}",
        "certificate",
        certificate.id,
        {"from": before.value if before else None, "to": certificate.state.value, "cause": cause},
        reason=reason or None,
    )
