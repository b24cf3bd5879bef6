"""Issuing certificates and what happens to them afterwards. Facts are frozen at issue."""

from datetime import date, timedelta

from sqlalchemy import select

from certification.applications.commands import adopt_product_changes, note_price_reference
from certification.applications.models import Application
from certification.applications.rules import ApplicationKind
from certification.certificates.events import CertificateStopped
from certification.certificates.facts import frozen_facts
from certification.certificates.models import Certificate, CertificateFinding
from certification.certificates.rules import StopCause, add_years, certificate_number
from certification.certificates.steps import move, record
from certification.certificates.telling import tell_holders
from certification.certificates.workflow import CERTIFICATE, CertificateState
from certification.linkage.commands import activate_agreement
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.numbering import next_number
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional
from marketplace.regions.queries import rows_of, within
from marketplace.regions.rules import RegionLevel

VALID_YEARS = Parameter(
    "certification.valid_years",
    default=2,
    unit="年",
    source="扶贫产品认定有效期（国开办发〔2020〕11号实施口径，示例）：两年，期满重新认定",
)
_REASON_MIN = 4
_OPEN = (CertificateState.IN_FORCE, CertificateState.SUSPENDED)


@transactional
def issue_certificate(actor: Actor, application_id: int) -> int:
    """Issue for a certified application, bind its agreement and return the certificate's id.

    A renewal, a change, or a product that has a certificate gets the next version under the same number; the old one
    is superseded. Called by the city's approval, in its transaction. Raises Conflict where the old one is suspended
    (it is settled first: a new version must not end a suspension) or revoked.
    """
    application = db.session.get_one(Application, application_id)
    today = clock.today()
    earlier = _earlier(application)
    until = _valid_until(application, earlier, today)
    if earlier is not None and earlier.state in _OPEN:
        move(earlier, "supersede", actor.user_id, "换发新一版")
    adopt_product_changes(application)
    certificate = Certificate(
        number=earlier.number if earlier else _new_number(today),
        version=earlier.version + 1 if earlier else 1,
        application_id=application.id,
        product_id=application.product_id,
        supplier_id=application.supplier_id,
        region_code=application.region_code,
        state=CERTIFICATE.initial,
        valid_from=today,
        valid_until=until,
        facts=frozen_facts(application),
        issued_at=clock.now(),
        issued_by=actor.user_id,
    )
    db.session.add(certificate)
    db.session.flush()
    record(certificate, "issue", None, actor.user_id)
    if application.agreement_id is not None:
        activate_agreement(actor, application.agreement_id)
    note_price_reference(application.id, certificate.valid_until)
    tell_holders(
        certificate,
        f"已发证：{certificate.facts['product']}",
        f"证书编号 {certificate.number}，第 {certificate.version} 版，有效期到 {until:%Y年%m月%d日}。",
    )
    return certificate.id


def _earlier(application: Application) -> Certificate | None:
    """The newest version the application goes on from."""
    criterion = (
        Certificate.number == application.certificate_number
        if application.certificate_number
        else (Certificate.product_id == application.product_id) & Certificate.state.in_(_OPEN)
    )
    earlier = db.session.scalar(
        select(Certificate).where(criterion).order_by(Certificate.version.desc()).limit(1)
    )
    if earlier is not None and earlier.state is CertificateState.SUSPENDED:
        raise Conflict("certificates.suspended_first")
    if earlier is not None and earlier.state is CertificateState.REVOKED:
        raise Conflict("certificates.revoked")
    return earlier


def _valid_until(application: Application, earlier: Certificate | None, today: date) -> date:
    """A renewal begins where the old one ends and loses no day; a change leaves the term as it is."""
    if earlier is not None and application.kind is ApplicationKind.CHANGE:
        return max(earlier.valid_until, today)
    start = today
    if earlier is not None and application.kind is ApplicationKind.RENEWAL:
        start = max(today, earlier.valid_until + timedelta(days=1))
    return add_years(start, VALID_YEARS.get()) - timedelta(days=1)


@transactional
def suspend_certificate(
    actor: Actor, certificate_id: int, reason: str, cause: StopCause, finding_id: int | None = None
) -> None:
    """Stops new orders at the next request. City officials of its region only, else NotFound.

    It may cite a finding about this very certificate; raises InvalidInput at ``reason`` or ``finding_id``.
    """
    _stop(actor, certificate_id, "suspend", reason, cause, finding_id)


@transactional
def reinstate_certificate(actor: Actor, certificate_id: int, reason: str) -> None:
    """In force again, with what is left of its validity."""
    certificate = get_of_city(actor, certificate_id)
    if certificate.valid_until < clock.today():
        raise Conflict("certificates.past_validity")
    move(certificate, "reinstate", actor.user_id, _checked_reason(reason))
    _tell(certificate, "证书已恢复", reason)


@transactional
def revoke_certificate(
    actor: Actor, certificate_id: int, reason: str, cause: StopCause, finding_id: int | None = None
) -> None:
    """For good; the product can only be certified anew."""
    _stop(actor, certificate_id, "revoke", reason, cause, finding_id)


def expire_certificates() -> int:
    """The job: mark what is past its last day; returns how many. Sales stop by the dates anyway."""
    due = db.session.scalars(
        select(Certificate.id)
        .where(Certificate.state.in_(_OPEN), Certificate.valid_until < clock.today())
        .order_by(Certificate.id)
    ).all()
    for certificate_id in due:
        _expire(certificate_id)
    return len(due)


@transactional
def _expire(certificate_id: int) -> None:
    certificate = db.session.get_one(Certificate, certificate_id)
    if certificate.state in _OPEN:
        move(certificate, "expire", None, "有效期已满")
        _tell(certificate, "证书到期了", "从今天起不能再卖。没有申请续期的，可以马上申请。")


def _stop(
    actor: Actor, certificate_id: int, action: str, reason: str, cause: StopCause, finding_id: int | None
) -> None:
    certificate = get_of_city(actor, certificate_id)
    why = _checked_reason(reason)
    if finding_id is not None:
        finding = db.session.get(CertificateFinding, finding_id)
        if finding is None or finding.certificate_id != certificate.id:
            raise InvalidInput("certificates.foreign_finding", field="finding_id")
    move(certificate, action, actor.user_id, why, cause=cause, finding_id=finding_id)
    publish(CertificateStopped(certificate.id, certificate.product_id, cause))
    _tell(certificate, "证书已暂停" if action == "suspend" else "证书已撤销", why)


def _checked_reason(reason: str) -> str:
    if len(reason.strip()) < _REASON_MIN:
        raise InvalidInput("certificates.reason", field="reason")
    return reason.strip()[:500]


def _tell(certificate: Certificate, title: str, text: str) -> None:
    tell_holders(certificate, f"{title}：{certificate.facts.get('product', '')}", text)


def get_of_city(actor: Actor, certificate_id: int) -> Certificate:
    """A certificate in a city the actor is an official of. Raises NotFound."""
    cities = [
        region for region in rows_of(actor.official_regions).values() if region.level is RegionLevel.CITY
    ]
    for city in cities:
        found = db.session.scalar(
            select(Certificate).where(Certificate.id == certificate_id, within(Certificate.region_code, city))
        )
        if found is not None:
            return found
    raise NotFound


def _new_number(today: date) -> str:
    return certificate_number(today.year, next_number(f"certificates.{today.year}"))
