"""What an official reads beside an application: its households, who is bound twice, its papers."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, or_, select

from certification.applications.confirmations import question_mark
from certification.applications.models import (
    Application,
    ApplicationEvidence,
    CountyCheck,
    CountyCheckPhoto,
    HouseholdConfirmation,
)
from certification.applications.rules import ConfirmationAnswer
from certification.linkage.models import AgreementScan, LinkageAgreement, LinkageMember
from certification.linkage.workflow import AgreementState
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.media import Media, MediaKind
from marketplace.parties.models import Household, Supplier, SupplierHousehold, SupplierPaper
from marketplace.parties.rules import HouseholdStatus
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A linked household, masked by the page: ``head_name`` and ``mobile`` are in clear here and shown as 王**."""

    household_id: int
    code: str
    head_name: str
    people: int
    status: HouseholdStatus
    mobile: str | None = field(repr=False)
    village_code: str
    village: str
    #: the mark of what the village is asked about it
    question: str
    answer: ConfirmationAnswer | None
    note: str
    answered_by: int | None
    answered_at: datetime | None


def households_of(application_id: int) -> list[HouseholdRow]:
    """The households asked about, by village; unanswered first."""
    rows = db.session.execute(
        select(HouseholdConfirmation, Household)
        .join(Household, Household.id == HouseholdConfirmation.household_id)
        .where(HouseholdConfirmation.application_id == application_id)
        .order_by(
            HouseholdConfirmation.village_code, HouseholdConfirmation.answer.is_not(None), Household.code
        )
    ).all()
    villages = names_of({confirmation.village_code for confirmation, _ in rows})
    return [
        HouseholdRow(
            household_id=household.id,
            code=household.code,
            head_name=household.head_name,
            people=household.people,
            status=household.status,
            mobile=household.mobile,
            village_code=confirmation.village_code,
            village=place_name(villages.get(confirmation.village_code, "")),
            question=question_mark(confirmation.asked),
            answer=confirmation.answer,
            note=confirmation.note,
            answered_by=confirmation.answered_by,
            answered_at=confirmation.answered_at,
        )
        for confirmation, household in rows
    ]


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What stands around the question to a village. ``since``: when the supplier first named the household."""

    product: str
    unit: str
    supplier: str
    starts_on: date | None
    ends_on: date | None
    document_id: int | None
    document_is_pdf: bool
    since: datetime | None


def asked_about(application: Application, household_id: int) -> AskedAbout:
    """One query."""
    row = db.session.execute(
        select(
            DeclaredProduct.name,
            DeclaredProduct.unit,
            Supplier.name,
            LinkageAgreement.starts_on,
            LinkageAgreement.ends_on,
            LinkageAgreement.document_id,
            Media.kind,
            SupplierHousehold.since,
        )
        .select_from(DeclaredProduct)
        .join(Supplier, Supplier.id == application.supplier_id)
        .outerjoin(LinkageAgreement, LinkageAgreement.id == application.agreement_id)
        .outerjoin(Media, Media.id == LinkageAgreement.document_id)
        .outerjoin(
            SupplierHousehold,
            and_(
                SupplierHousehold.supplier_id == application.supplier_id,
                SupplierHousehold.household_id == household_id,
            ),
        )
        .where(DeclaredProduct.id == application.product_id)
    ).one()
    product, unit, supplier, starts_on, ends_on, document_id, kind, since = row
    return AskedAbout(product, unit, supplier, starts_on, ends_on, document_id, kind is MediaKind.PDF, since)


def doubly_linked(application: Application) -> list[HouseholdRow]:
    """Households of the application that are bound by an agreement in force for another product too."""
    elsewhere = (
        select(LinkageMember.household_id)
        .join(LinkageAgreement, LinkageAgreement.id == LinkageMember.agreement_id)
        .where(
            LinkageAgreement.state == AgreementState.ACTIVE,
            LinkageAgreement.product_id != application.product_id,
        )
    )
    both = set(
        db.session.scalars(
            select(HouseholdConfirmation.household_id).where(
                HouseholdConfirmation.application_id == application.id,
                HouseholdConfirmation.household_id.in_(elsewhere),
            )
        )
    )
    return [row for row in households_of(application.id) if row.household_id in both] if both else []


def document_of(application: Application, media_id: int) -> Media:
    """A file an official may open with an application: its evidence, agreement, site photo, or the papers of its
    applicant and sponsor. Raises NotFound."""
    suppliers = [each for each in (application.supplier_id, application.sponsor_id) if each is not None]
    allowed = [
        select(ApplicationEvidence.media_id).where(ApplicationEvidence.application_id == application.id),
        select(CountyCheck.photo_id).where(CountyCheck.application_id == application.id),
        select(CountyCheckPhoto.media_id)
        .join(CountyCheck, CountyCheck.id == CountyCheckPhoto.check_id)
        .where(CountyCheck.application_id == application.id),
        select(AgreementScan.media_id).where(AgreementScan.agreement_id == application.agreement_id),
        select(LinkageAgreement.document_id).where(LinkageAgreement.id == application.agreement_id),
        select(SupplierPaper.media_id).where(SupplierPaper.supplier_id.in_(suppliers)),
    ]
    found = db.session.scalar(
        select(Media).where(Media.id == media_id, or_(*(Media.id.in_(each) for each in allowed)))
    )
    if found is None:
        raise NotFound
    return found


def check_photos(check_id: int) -> list[int]:
    """Media of a site check beside its first picture."""
    return list(
        db.session.scalars(
            select(CountyCheckPhoto.media_id)
            .where(CountyCheckPhoto.check_id == check_id)
            .order_by(CountyCheckPhoto.id)
        )
    )
