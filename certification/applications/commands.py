"""What an applicant does to an application. ``take_step`` is the only writer of ``Application.state``."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from certification.applications.confirmations import all_carried_over, open_confirmations
from certification.applications.models import Application
from certification.applications.queries import get_own, get_sponsored, missing_codes
from certification.applications.rules import EDITABLE, IN_REVIEW
from certification.applications.steps import take_step
from certification.applications.versions import keep_version
from certification.applications.workflow import APPLICATION, ApplicationState
from certification.linkage.commands import AgreementFacts, update_agreement
from certification.products.commands import ProductFacts, edit_product, rename_product
from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput, NotFound
from marketplace.kernel.media import Upload
from marketplace.kernel.numbering import next_number
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Supplier


@transactional
def start_application(actor: Actor, product_id: int) -> int:
    """A draft for a declared product; its region is the product's origin.

    Raises NotFound for a foreign product, Conflict while another application for it is open.
    """
    product = db.session.get(DeclaredProduct, product_id)
    if product is None or not actor.acts_for_supplier(product.supplier_id):
        raise NotFound
    open_states = [*EDITABLE, *IN_REVIEW]
    already = select(Application.id).where(
        Application.product_id == product_id, Application.state.in_(open_states)
    )
    if db.session.scalar(already.limit(1)) is not None:
        raise Conflict("applications.already_open", field="product_id")
    supplier = db.session.get_one(Supplier, product.supplier_id)
    application = Application(
        supplier_id=supplier.id,
        product_id=product.id,
        region_code=product.origin_code,
        state=APPLICATION.initial,
        sponsor_id=supplier.sponsor_id if supplier.uscc is None else None,
        reference_prices=[],
        created_by=actor.user_id,
        created_at=clock.now(),
    )
    db.session.add(application)
    db.session.flush()
    audit.record(actor.user_id, "applications.start", "application", application.id)
    return application.id


@transactional
def sign_as_sponsor(actor: Actor, application_id: int) -> None:
    """The legal seller vouches for what the application says now. Raises Conflict while something else is missing."""
    application = get_sponsored(actor, application_id)
    if application.state not in EDITABLE:
        raise Conflict("applications.not_editable")
    lacking = [code for code in missing_codes(application) if code != "sponsor_signature"]
    if lacking:
        raise Conflict("applications.sign_incomplete", count=len(lacking))
    application.sponsor_signed_at = clock.now()
    application.sponsor_signed_by = actor.user_id
    audit.record(actor.user_id, "applications.sign", "application", application.id)


def submit_several(actor: Actor, application_ids: Sequence[int]) -> dict[int, str | None]:
    """Hand in each that is complete, each by itself; the error's code by id, None where it went through."""
    results: dict[int, str | None] = {}
    for application_id in dict.fromkeys(application_ids):
        try:
            submit_application(actor, application_id)
        except DomainError as error:
            results[application_id] = error.code
        else:
            results[application_id] = None
    return results


@transactional
def submit_application(actor: Actor, application_id: int) -> None:
    """Send a draft to the village. Raises Conflict ``applications.incomplete`` with what is missing."""
    application = get_own(actor, application_id)
    _require_complete(application)
    application.number = application.number or _new_number()
    application.submitted_at = clock.now()
    application.submitted_by = actor.user_id
    application.is_short = all_carried_over(application)
    keep_version(application, actor.user_id)
    take_step(application, "submit_short" if application.is_short else "submit", actor.user_id)
    open_confirmations(application)


@transactional
def answer_return(actor: Actor, application_id: int, note: str) -> None:
    """Send a returned application back to the level that returned it.

    Households that joined since, and those a village refused, are asked again; confirmed ones stay confirmed.
    """
    application = get_own(actor, application_id)
    if application.state is not ApplicationState.RETURNED:
        raise Conflict("applications.not_returned")
    if len(note.strip()) < 2:
        raise InvalidInput("applications.answer_note", field="note")
    _require_complete(application)
    application.submitted_by = actor.user_id
    if application.is_short and not all_carried_over(application):
        raise Conflict("applications.no_longer_short")
    keep_version(application, actor.user_id)
    take_step(application, f"answer_{application.returned_from}", actor.user_id, note)
    open_confirmations(application)


@transactional
def withdraw_application(actor: Actor, application_id: int, reason: str = "") -> None:
    """The applicant takes it back; it can be started anew."""
    application = get_own(actor, application_id)
    take_step(application, "withdraw", actor.user_id, reason.strip()[:500])


@transactional
def change_product(actor: Actor, product_id: int, facts: ProductFacts) -> None:
    """Edit a declared product while nobody reviews it and nothing was certified; drafts follow to its new origin."""
    states = _states_of(Application.product_id == product_id)
    if states & (IN_REVIEW | {ApplicationState.CERTIFIED}):
        raise Conflict("products.locked")
    edit_product(actor, product_id, facts)
    if ApplicationState.RETURNED in states:
        moved = select(Application.id).where(
            Application.product_id == product_id,
            Application.state == ApplicationState.RETURNED,
            Application.region_code != facts.origin_code,
        )
        if db.session.scalar(moved.limit(1)) is not None:
            raise Conflict("products.origin_fixed", field="origin_code")
    db.session.execute(
        update(Application)
        .where(Application.product_id == product_id, Application.state == ApplicationState.DRAFT)
        .values(region_code=facts.origin_code, sponsor_signed_at=None, sponsor_signed_by=None)
    )


@transactional
def change_agreement(
    actor: Actor, agreement_id: int, facts: AgreementFacts, document: Upload | None = None
) -> None:
    """Edit a draft agreement while nobody reviews it."""
    if _states_of(Application.agreement_id == agreement_id) & IN_REVIEW:
        raise Conflict("linkage.in_review")
    update_agreement(actor, agreement_id, facts, document)
    db.session.execute(
        update(Application)
        .where(Application.agreement_id == agreement_id, Application.state.in_(EDITABLE))
        .values(sponsor_signed_at=None, sponsor_signed_by=None)
    )


@transactional
def adopt_product_changes(application: Application) -> None:
    """Called down by certificates when the new version is issued."""
    if application.product_changes:
        rename_product(application.product_id, application.product_changes)


@transactional
def note_price_reference(application_id: int, until: Any) -> None:
    """Called down by certificates: until when (a date, or None) the declared price counts as a comparison."""
    db.session.get_one(Application, application_id).price_reference_until = until


def _states_of(criterion: Any) -> set[ApplicationState]:
    return set(db.session.scalars(select(Application.state).where(criterion).distinct()))


def _require_complete(application: Application) -> None:
    db.session.flush()
    codes = missing_codes(application)
    if codes:
        raise Conflict("applications.incomplete", count=len(codes), codes=codes)


def _new_number() -> str:
    year = clock.today().year
    return f"申〔{year}〕{next_number(f'applications.{year}'):04d}号"
