"""Reading applications for their applicants, and what is still missing. Who may see what is decided by the callers'
commands and by ``certification.reviews``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select, tuple_

from certification.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationStep,
    CountyCheck,
    HouseholdConfirmation,
)
from certification.applications.parameters import PRICE_LIMIT_BP
from certification.applications.rules import (
    EDITABLE,
    IN_REVIEW,
    ApplicationKind,
    Completeness,
    ConfirmationAnswer,
    EvidenceKind,
    PriceCheck,
    check_price,
    missing,
)
from certification.applications.workflow import ApplicationState
from certification.linkage.models import LinkageAgreement, LinkageMember
from certification.linkage.workflow import AgreementState
from certification.products.models import DeclaredProduct
from marketplace.accounts.models import User
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media, MediaKind
from marketplace.parties.models import Supplier
from marketplace.parties.workflow import SupplierState

T = TypeVar("T", Supplier, LinkageAgreement)


def get_own(actor: Actor, application_id: int) -> Application:
    """An application of the actor's supplier. Raises NotFound."""
    application = db.session.get(Application, application_id)
    if application is None or not actor.acts_for_supplier(application.supplier_id):
        raise NotFound
    return application


def get_sponsored(actor: Actor, application_id: int) -> Application:
    """An application the actor's supplier is to co-sign. Raises NotFound."""
    application = db.session.get(Application, application_id)
    if application is None or application.sponsor_id is None:
        raise NotFound
    if not actor.acts_for_supplier(application.sponsor_id):
        raise NotFound
    return application


def price_check(application: Application) -> PriceCheck:
    """The declared price against certified ones of the same category, grade and unit, and the cited references."""
    return _price_checks([application])[application.id]


def _price_checks(applications: Sequence[Application]) -> dict[int, PriceCheck]:
    """Two queries, however many."""
    products = _products_of(applications)
    alike = tuple_(DeclaredProduct.category_code, DeclaredProduct.grade, DeclaredProduct.unit)
    certified: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for product_id, category, grade, unit, fen in db.session.execute(
        select(
            Application.product_id,
            DeclaredProduct.category_code,
            DeclaredProduct.grade,
            DeclaredProduct.unit,
            Application.price_fen,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(
            Application.price_reference_until >= clock.today(),
            Application.price_fen.is_not(None),
            alike.in_({(each.category_code, each.grade, each.unit) for each in products.values()}),
        )
    ):
        certified.setdefault((category, grade, unit), []).append((product_id, fen or 0))
    limit_bp = PRICE_LIMIT_BP.get()
    found = {}
    for application in applications:
        product = products[application.product_id]
        others = certified.get((product.category_code, product.grade, product.unit), [])
        found[application.id] = check_price(
            application.price_fen,
            [fen for product_id, fen in others if product_id != product.id],
            [reference["price_fen"] for reference in application.reference_prices],
            limit_bp,
        )
    return found


def _products_of(applications: Sequence[Application]) -> dict[int, DeclaredProduct]:
    ids = {each.product_id for each in applications}
    rows = db.session.scalars(select(DeclaredProduct).where(DeclaredProduct.id.in_(ids)))
    return {row.id: row for row in rows}


def needs_sponsor(supplier: Supplier) -> bool:
    """Without a licence of its own an applicant has a legal seller that co-signs."""
    return supplier.uscc is None


def missing_codes(application: Application) -> list[str]:
    """What is still missing before it can be submitted or answered; texts are ``applications.missing.<code>``."""
    return missing_by_application([application])[application.id]


def missing_by_application(applications: Sequence[Application]) -> dict[int, list[str]]:
    """The same for several. Seven queries, however many."""
    if not applications:
        return {}
    ids = [each.id for each in applications]
    prices = _price_checks(applications)
    suppliers = _by_id(
        Supplier, {id_ for each in applications for id_ in (each.supplier_id, each.sponsor_id)}
    )
    agreements = {
        id_: row
        for id_, row in _by_id(LinkageAgreement, {each.agreement_id for each in applications}).items()
        if row.state is not AgreementState.ENDED
    }
    members = dict(
        db.session.execute(
            select(LinkageMember.agreement_id, func.count())
            .where(LinkageMember.agreement_id.in_(agreements))
            .group_by(LinkageMember.agreement_id)
        ).all()
    )
    kinds: dict[int, set[EvidenceKind]] = {id_: set() for id_ in ids}
    for id_, kind in db.session.execute(
        select(ApplicationEvidence.application_id, ApplicationEvidence.kind).where(
            ApplicationEvidence.application_id.in_(ids)
        )
    ):
        kinds[id_].add(kind)
    return {
        each.id: missing(
            _completeness(
                each,
                suppliers,
                agreements.get(each.agreement_id or 0),
                members,
                prices[each.id],
                frozenset(kinds[each.id]),
            )
        )
        for each in applications
    }


def _completeness(
    application: Application,
    suppliers: Mapping[int, Supplier],
    agreement: LinkageAgreement | None,
    members: Mapping[int, int],
    price: PriceCheck,
    evidence: frozenset[EvidenceKind],
) -> Completeness:
    supplier, sponsor = suppliers[application.supplier_id], suppliers.get(application.sponsor_id or 0)
    return Completeness(
        supplier_approved=supplier.state is SupplierState.APPROVED,
        needs_sponsor=needs_sponsor(supplier),
        sponsor_fit=sponsor is not None
        and sponsor.state is SupplierState.APPROVED
        and sponsor.uscc is not None,
        sponsor_signed=application.sponsor_signed_at is not None,
        package=application.package,
        yearly_capacity=application.yearly_capacity,
        members=members.get(agreement.id, 0) if agreement else None,
        agreement_ends_on=agreement.ends_on if agreement else None,
        price=price,
        price_reason=application.price_reason,
        cited=len(application.reference_prices),
        evidence=evidence,
        promised_households=application.promised_households,
        promised_income_fen=application.promised_income_fen,
        pledged=application.pledged_at is not None,
        today=clock.today(),
    )


def _by_id(model: type[T], ids: set[int | None]) -> dict[int, T]:
    rows = db.session.scalars(select(model).where(model.id.in_(ids - {None})))
    return {row.id: row for row in rows}


def lacking_in(supplier_id: int, application_ids: Sequence[int]) -> dict[int, int]:
    """How much each of a supplier's own drafts still lacks."""
    own = db.session.scalars(
        select(Application).where(Application.supplier_id == supplier_id, Application.id.in_(application_ids))
    ).all()
    return {id_: len(codes) for id_, codes in missing_by_application(own).items()}


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    id: int
    number: str | None
    product_name: str
    state: ApplicationState
    returned_from: str | None
    deadline_on: date | None
    created_at: datetime
    submitted_at: datetime | None
    kind: ApplicationKind
    is_short: bool


#: what a list of applications may be narrowed to
FILTERS: Mapping[str, frozenset[ApplicationState]] = {
    "draft": frozenset({ApplicationState.DRAFT}),
    "returned": frozenset({ApplicationState.RETURNED}),
    "review": IN_REVIEW,
    "certified": frozenset({ApplicationState.CERTIFIED}),
    "ended": frozenset({ApplicationState.REJECTED, ApplicationState.WITHDRAWN}),
}


def _rows(*criteria: object) -> list[ApplicationRow]:
    rows = db.session.execute(
        select(
            Application.id,
            Application.number,
            DeclaredProduct.name,
            Application.state,
            Application.returned_from,
            Application.deadline_on,
            Application.created_at,
            Application.submitted_at,
            Application.kind,
            Application.is_short,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(*criteria)  # type: ignore[arg-type]
        .order_by(Application.id.desc())
        .limit(500)
    )
    return [ApplicationRow(*tuple(row)) for row in rows]


def applications_of(supplier_id: int, *, which: str = "", text: str = "") -> list[ApplicationRow]:
    """A supplier's applications, newest first; ``which`` is one of ``FILTERS``."""
    criteria: list[ColumnElement[bool]] = [Application.supplier_id == supplier_id]
    if which in FILTERS:
        criteria.append(Application.state.in_(FILTERS[which]))
    if text:
        like = f"%{text.replace('%', '').replace('_', '')[:40]}%"
        criteria.append(DeclaredProduct.name.like(like) | Application.number.like(like))
    return _rows(*criteria)


def counts_of(supplier_id: int) -> dict[str, int]:
    """How many of a supplier's applications each filter finds. One query."""
    rows = db.session.execute(
        select(Application.state, func.count())
        .where(Application.supplier_id == supplier_id)
        .group_by(Application.state)
    ).all()
    by_state = dict(rows)
    return {name: sum(by_state.get(state, 0) for state in states) for name, states in FILTERS.items()}


def products_with_open_application(supplier_id: int) -> set[int]:
    return set(
        db.session.scalars(
            select(Application.product_id).where(
                Application.supplier_id == supplier_id, Application.state.in_([*EDITABLE, *IN_REVIEW])
            )
        )
    )


def applications_to_sign(sponsor_id: int) -> list[ApplicationRow]:
    """What waits for a sponsor's signature: open drafts and returned ones without it."""
    return _rows(
        Application.sponsor_id == sponsor_id,
        Application.sponsor_signed_at.is_(None),
        Application.state.in_((ApplicationState.DRAFT, ApplicationState.RETURNED)),
    )


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    id: int
    kind: EvidenceKind
    title: str
    media_id: int
    token: str
    filename: str
    sha256: str
    media_kind: MediaKind

    @property
    def is_picture(self) -> bool:
        return self.media_kind is not MediaKind.PDF


def evidence_of(application_id: int) -> list[EvidenceRow]:
    rows = db.session.execute(
        select(
            ApplicationEvidence.id,
            ApplicationEvidence.kind,
            ApplicationEvidence.title,
            Media.id,
            Media.token,
            Media.filename,
            Media.sha256,
            Media.kind,
        )
        .join(Media, Media.id == ApplicationEvidence.media_id)
        .where(ApplicationEvidence.application_id == application_id)
        .order_by(ApplicationEvidence.id)
    )
    return [EvidenceRow(*row) for row in rows]


def pictures_of(application_ids: Sequence[int]) -> dict[int, str]:
    """The first public product picture's token by application, for lists."""
    if not application_ids:
        return {}
    rows = db.session.execute(
        select(ApplicationEvidence.application_id, Media.token)
        .join(Media, Media.id == ApplicationEvidence.media_id)
        .where(
            ApplicationEvidence.application_id.in_(application_ids),
            ApplicationEvidence.kind == EvidenceKind.PRODUCT_PICTURE,
        )
        .order_by(ApplicationEvidence.id.desc())
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class StepRow:
    action: str
    from_state: ApplicationState
    to_state: ApplicationState
    actor_id: int | None
    actor_name: str | None
    at: datetime
    opinion: str


def steps_of(application_id: int) -> list[StepRow]:
    """Every edge taken, oldest first."""
    rows = db.session.execute(
        select(
            ApplicationStep.action,
            ApplicationStep.from_state,
            ApplicationStep.to_state,
            ApplicationStep.actor_id,
            User.display_name,
            ApplicationStep.at,
            ApplicationStep.opinion,
        )
        .outerjoin(User, User.id == ApplicationStep.actor_id)
        .where(ApplicationStep.application_id == application_id)
        .order_by(ApplicationStep.id)
    )
    return [StepRow(*row) for row in rows]


def latest_check(application_id: int) -> CountyCheck | None:
    return db.session.scalar(
        select(CountyCheck)
        .where(CountyCheck.application_id == application_id)
        .order_by(CountyCheck.id.desc())
        .limit(1)
    )


def confirmation_counts(application_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(confirmed, all) households by application."""
    if not application_ids:
        return {}
    confirmed = func.count().filter(HouseholdConfirmation.answer == ConfirmationAnswer.CONFIRMED)
    rows = db.session.execute(
        select(HouseholdConfirmation.application_id, confirmed, func.count())
        .where(HouseholdConfirmation.application_id.in_(application_ids))
        .group_by(HouseholdConfirmation.application_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
