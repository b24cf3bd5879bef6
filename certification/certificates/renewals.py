"""Going on from a certificate: renewing it before it ends, or changing what it says while it stays in force."""

from sqlalchemy import select

from certification.applications.copying import start_again
from certification.applications.rules import ApplicationKind
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional

RENEW_FROM_DAYS = Parameter(
    "certification.renewal_from_days",
    90,
    "天",
    "市级认定工作细则（示例）：到期前三个月起可以申请续期",
)
RENEW_UNTIL_DAYS = Parameter(
    "certification.renewal_until_days",
    180,
    "天",
    "市级认定工作细则（示例）：到期后半年内仍可续期，证书编号不变；再久重新认定",
)
_REASON_MIN = 4


def why_not_renew(certificate: Certificate) -> str | None:
    """An error code, None where a renewal may be started today."""
    if certificate.state not in {CertificateState.IN_FORCE, CertificateState.EXPIRED}:
        return "renewals.state"
    left = (certificate.valid_until - clock.today()).days
    if left > RENEW_FROM_DAYS.get():
        return "renewals.too_early"
    return "renewals.too_late" if -left > RENEW_UNTIL_DAYS.get() else None


@transactional
def start_renewal(actor: Actor, certificate_id: int) -> int:
    """A draft with what the certificate's application said; returns its id. It is short when it is handed in with the
    same households under the same terms. Raises NotFound, Conflict."""
    certificate = _held(actor, certificate_id)
    refusal = why_not_renew(certificate)
    if refusal is not None:
        raise Conflict(refusal, days=RENEW_FROM_DAYS.get())
    return start_again(actor, certificate.application_id, ApplicationKind.RENEWAL, certificate.number)


@transactional
def start_change(actor: Actor, certificate_id: int, reason: str) -> int:
    """A draft that changes name, price, packing, promise or agreement; the old version stays in force until the new
    one is issued. At most one is open. Raises NotFound, Conflict, InvalidInput at ``reason``."""
    certificate = _held(actor, certificate_id)
    if certificate.state is not CertificateState.IN_FORCE or certificate.valid_until < clock.today():
        raise Conflict("renewals.state")
    if len(reason.strip()) < _REASON_MIN:
        raise InvalidInput("renewals.reason", field="reason")
    return start_again(actor, certificate.application_id, ApplicationKind.CHANGE, certificate.number, reason)


def _held(actor: Actor, certificate_id: int) -> Certificate:
    """The newest version of a certificate of the actor's own supplier."""
    certificate = db.session.get(Certificate, certificate_id)
    if certificate is None or certificate.supplier_id not in actor.owned_supplier_ids:
        raise NotFound
    newest = db.session.scalar(
        select(Certificate.version)
        .where(Certificate.number == certificate.number)
        .order_by(Certificate.version.desc())
        .limit(1)
    )
    if newest != certificate.version:
        raise Conflict("renewals.state")
    return certificate
