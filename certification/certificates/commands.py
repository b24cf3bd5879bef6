"""Issuing certificates and what happens to them afterwards. Facts are frozen at issue."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from certification.applications.commands import note_price_reference
from certification.applications.models import Application
from certification.certificates.models import Certificate
from certification.certificates.rules import add_years, certificate_number
from certification.certificates.workflow import CERTIFICATE, CertificateState
from certification.linkage.commands import activate_agreement
from certification.linkage.events import TermsChanged
from certification.linkage.queries import terms_of
from certification.linkage.rules import terms_in_words
from certification.products.queries import get_product
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.numbering import next_number
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Household, Supplier
from marketplace.regions.queries import full_name, rows_of, within
from marketplace.regions.rules import RegionLevel, place_name

VALID_YEARS = Parameter(
    "certification.valid_years",
    default=2,
    unit="年",
    source="扶贫产品认定有效期（国开办发〔2020〕11号实施口径，示例）：两年，期满重新认定",
)
_OPEN = (CertificateState.IN_FORCE, CertificateState.SUSPENDED)


@transactional
def issue_certificate(actor: Actor, application_id: int) -> int:
    """Issue for a certified application, bind its agreement and return the certificate's id.

    A product that has a certificate gets the next version under the same number; the old version is superseded.
    Called by the city's approval, in its transaction.
    """
    application = db.session.get_one(Application, application_id)
    today = clock.today()
    earlier = db.session.scalar(
        select(Certificate)
        .where(Certificate.product_id == application.product_id, Certificate.state.in_(_OPEN))
        .order_by(Certificate.version.desc())
        .limit(1)
    )
    if earlier is not None:
        _move(earlier, "supersede", actor.user_id, "换发新一版")
    certificate = Certificate(
        number=earlier.number if earlier else _new_number(today),
        version=earlier.version + 1 if earlier else 1,
        application_id=application.id,
        product_id=application.product_id,
        supplier_id=application.supplier_id,
        region_code=application.region_code,
        state=CERTIFICATE.initial,
        valid_from=today,
        valid_until=add_years(today, VALID_YEARS.get()) - timedelta(days=1),
        facts=_facts(application),
        issued_at=clock.now(),
        issued_by=actor.user_id,
    )
    db.session.add(certificate)
    db.session.flush()
    audit.record(actor.user_id, "certificates.issue", "certificate", certificate.id)
    if application.agreement_id is not None:
        activate_agreement(actor, application.agreement_id)
    note_price_reference(application.id, certificate.valid_until)
    return certificate.id


@transactional
def suspend_certificate(actor: Actor, certificate_id: int, reason: str) -> None:
    """Stops new orders at the next request. City officials of its region only, else NotFound."""
    _decide(actor, certificate_id, "suspend", reason)


@transactional
def reinstate_certificate(actor: Actor, certificate_id: int, reason: str) -> None:
    _decide(actor, certificate_id, "reinstate", reason)


@transactional
def revoke_certificate(actor: Actor, certificate_id: int, reason: str) -> None:
    """For good; the product can only be certified anew."""
    _decide(actor, certificate_id, "revoke", reason)


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
        _move(certificate, "expire", None, "有效期已满")


def _decide(actor: Actor, certificate_id: int, action: str, reason: str) -> None:
    certificate = get_of_city(actor, certificate_id)
    if len(reason.strip()) < 4:
        raise InvalidInput("certificates.reason", field="reason")
    _move(certificate, action, actor.user_id, reason.strip()[:500])


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


def _move(certificate: Certificate, action: str, actor_id: int | None, reason: str) -> None:
    before = certificate.state
    certificate.state = CERTIFICATE.next(before, action)
    certificate.state_reason = reason
    audit.record(
        actor_id,
        f"certificates.{action}",
        "certificate",
        certificate.id,
        {"from": before.value, "to": certificate.state.value},
        reason=reason,
    )
    in_force = certificate.state is CertificateState.IN_FORCE
    note_price_reference(certificate.application_id, certificate.valid_until if in_force else None)
    db.session.flush()
    publish(TermsChanged(certificate.product_id))


def _new_number(today: date) -> str:
    return certificate_number(today.year, next_number(f"certificates.{today.year}"))


def _facts(application: Application) -> dict[str, Any]:
    product = get_product(application.product_id)
    supplier = db.session.get_one(Supplier, application.supplier_id)
    sponsor = db.session.get(Supplier, application.sponsor_id) if application.sponsor_id else None
    agreed = (
        terms_of([application.agreement_id])[application.agreement_id] if application.agreement_id else None
    )
    return {
        "product": product.name,
        "variety": product.variety,
        "grade": product.grade,
        "unit": product.unit,
        "category": product.category_name,
        "standard": product.standard,
        "package": application.package,
        "origin": place_name(full_name(application.region_code)),
        "applicant": _public_name(supplier),
        "sponsor": sponsor.name if sponsor else "",
        "terms": terms_in_words(agreed.terms) if agreed else [],
        "modes": [term.mode.value for term in agreed.terms] if agreed else [],
        "households": len(agreed.members) if agreed else 0,
        "promised_households": application.promised_households,
        "promised_income_fen": application.promised_income_fen,
        "price_fen": application.price_fen,
        "application_number": application.number,
    }


def _public_name(supplier: Supplier) -> str:
    """A pilot household by its number and village, never by name."""
    if supplier.uscc is not None or supplier.household_id is None:
        return supplier.name
    household = db.session.get_one(Household, supplier.household_id)
    return f"增收示范户 {household.code}（{place_name(full_name(household.village_code))}）"
