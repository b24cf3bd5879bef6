"""Categories, declared products, agreements, and a certificate for each, with the whole way it came."""

from datetime import datetime, timedelta

from certification.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationStep,
    CountyCheck,
    HouseholdConfirmation,
)
from certification.applications.rules import ConfirmationAnswer, EvidenceKind
from certification.applications.workflow import APPLICATION, ApplicationState
from certification.certificates.models import Certificate
from certification.certificates.workflow import CertificateState
from certification.linkage.models import LinkageAgreement, LinkageMember, LinkageTerm
from certification.linkage.rules import LinkageMode, Member, SaleTerms, Term, terms_in_words
from certification.linkage.workflow import AgreementState
from certification.notices.models import PublicNotice
from certification.notices.workflow import NoticeState
from certification.products.models import Category, DeclaredProduct
from marketplace.demo.build.people import owner_of
from marketplace.demo.build.world import World
from marketplace.demo.content.households import linked_codes
from marketplace.demo.content.loader import Mode, Product
from marketplace.kernel import clock
from marketplace.kernel.media import Media
from marketplace.regions.queries import full_name
from marketplace.regions.rules import place_name

CITY_OFFICIAL = "city"
#: (action, days after the step before, opinion)
CHAIN = (
    ("submit", 0, ""),
    ("pass_village", 4, "逐户核对过，农户都认可。"),
    ("approve", 5, "材料齐全，产地属实。"),
    ("approve", 8, "现场与申报一致，同意公示。"),
    ("close_notice", 8, "公示期满，没有收到异议。"),
    ("approve", 4, "同意认定。"),
)


def build_certification(world: World, paper: Media) -> None:
    if not world.content.copy:
        _categories(world)
    visits = [] if world.content.copy else world.content.visits.values()
    products = sorted([*world.content.products.values(), *visits], key=lambda product: product.code)
    for index, product in enumerate(products):
        _declare(world, product)
        _agree(world, product, paper)
        _certify(world, product, paper, world.start + timedelta(days=4 + index % 9))
        world.progress("认定产品", index + 1, len(products))


def _categories(world: World) -> None:
    ordered = sorted(world.content.categories.values(), key=lambda category: category.parent is not None)
    world.rows.add_all(
        Category(
            code=category.code,
            parent_code=category.parent,
            name=category.name,
            position=index,
            picture=category.icon,
            is_fresh=category.fresh,
            after_sales_hours=category.after_sales_hours,
            is_visit=category.visit,
        )
        for index, category in enumerate(ordered)
    )


def _declare(world: World, product: Product) -> None:
    row = DeclaredProduct(
        supplier_id=world.suppliers[product.supplier],
        category_code=product.category,
        origin_code=product.origin,
        name=product.name,
        variety=product.variety,
        grade=product.grade,
        unit=product.unit,
        standard=product.specs.get("标准", ""),
        created_at=world.start,
    )
    world.rows.add(row)
    world.products[product.code] = row.id


def _terms(product: Product) -> list[Term]:
    fee = max((sku.sponsor_fee_fen or 0 for sku in product.skus), default=0)
    return [
        Term(
            mode=LinkageMode(mode.value),
            share_bp=product.share_bp if mode is Mode.DIVIDEND else 0,
            sponsor_fee_fen=fee if mode is Mode.OWN else 0,
        )
        for mode in product.modes
    ]


def _agree(world: World, product: Product, paper: Media) -> None:
    terms = _terms(product)
    agreement = LinkageAgreement(
        supplier_id=world.suppliers[product.supplier],
        product_id=world.products[product.code],
        state=AgreementState.ACTIVE,
        version=1,
        starts_on=clock.local_date(world.start),
        # longer than the certificate: what is certified is agreed until it is certified again
        ends_on=clock.local_date(world.start + timedelta(days=365 * (product.certificate_years + 1))),
        party_branch="",
        leading_enterprise="",
        document_id=paper.id,
        created_at=world.start,
        created_by=world.users[owner_of(world.content.suppliers[product.supplier])],
    )
    world.rows.add(agreement)
    members = [
        Member(world.households[code], world.plan.households[code].shares) for code in linked_codes(product)
    ]
    world.rows.add_all(
        [
            *(
                LinkageTerm(
                    agreement_id=agreement.id,
                    mode=term.mode,
                    share_bp=term.share_bp,
                    sponsor_fee_fen=term.sponsor_fee_fen,
                )
                for term in terms
            ),
            *(
                LinkageMember(agreement_id=agreement.id, household_id=m.household_id, shares=m.shares)
                for m in members
            ),
        ]
    )
    world.terms[product.code] = SaleTerms(agreement.id, tuple(terms), tuple(members))


def _officials(world: World, product: Product) -> list[int]:
    """Who takes each step of the chain: applicant, village, town, county, the timer (0), city."""
    by_region = {person.region: person.login for person in world.content.people.values() if person.region}

    def official(code: str) -> int:
        return world.users[by_region.get(code, f"official-{code}")]

    origin = product.origin
    return [
        world.users[owner_of(world.content.suppliers[product.supplier])],
        official(origin),
        official(f"{origin[:9]}000"),
        official(f"{origin[:6]}000000"),
        0,
        world.users[CITY_OFFICIAL],
    ]


def _certify(world: World, product: Product, paper: Media, submitted: datetime) -> None:
    supplier = world.content.suppliers[product.supplier]
    actors = _officials(world, product)
    year = submitted.year
    number = f"申〔{year}〕{world.next_number(f'applications.{year}'):04d}号"
    decided = submitted + timedelta(days=sum(days for _, days, _ in CHAIN))
    application = Application(
        number=number,
        supplier_id=world.suppliers[product.supplier],
        product_id=world.products[product.code],
        agreement_id=world.terms[product.code].agreement_id,
        region_code=product.origin,
        state=ApplicationState.CERTIFIED,
        price_fen=product.skus[0].price_fen,
        package=product.skus[0].name,
        yearly_capacity=f"约 {len(world.terms[product.code].members) * 300} {product.unit}",
        reference_prices=[
            {"source": "朱雀农产品市场（示例）", "price_fen": product.skus[0].market_fen},
            {"source": "社区生鲜店（示例）", "price_fen": product.skus[0].market_fen + 100},
        ],
        description=product.paragraphs[0],
        promised_households=len(world.terms[product.code].members),
        promised_income_fen=product.promised_income_fen,
        pledged_at=submitted,
        sponsor_id=world.suppliers[supplier.sponsor] if supplier.sponsor else None,
        sponsor_signed_at=submitted if supplier.sponsor else None,
        created_by=actors[0],
        created_at=submitted - timedelta(days=2),
        submitted_at=submitted,
        submitted_by=actors[0],
        decided_at=decided,
        price_reference_until=clock.local_date(decided) + timedelta(days=365 * product.certificate_years),
    )
    world.rows.add(application)
    _steps(world, application, actors, submitted)
    _evidence(world, product, application, paper, actors)
    _issue(world, product, application, decided)


def _steps(world: World, application: Application, actors: list[int], submitted: datetime) -> None:
    state, at = APPLICATION.initial, submitted
    for (action, days, opinion), actor in zip(CHAIN, actors, strict=True):
        at += timedelta(days=days)
        after = APPLICATION.next(state, action)
        world.rows.add_all(
            [
                ApplicationStep(
                    application_id=application.id,
                    action=action,
                    from_state=state,
                    to_state=after,
                    actor_id=actor or None,
                    at=at,
                    opinion=opinion,
                )
            ]
        )
        if after is ApplicationState.PUBLIC_NOTICE:
            _notice(world, application, at)
        state = after


def _notice(world: World, application: Application, at: datetime) -> None:
    opened = clock.local_date(at)
    world.rows.add_all(
        [
            PublicNotice(
                application_id=application.id,
                round=1,
                region_code=application.region_code,
                state=NoticeState.CLOSED,
                starts_on=opened,
                ends_on=opened + timedelta(days=7),
                opened_at=at,
                closed_at=at + timedelta(days=8),
            )
        ]
    )


def _evidence(
    world: World, product: Product, application: Application, paper: Media, actors: list[int]
) -> None:
    members = world.terms[product.code].members
    confirmed = application.submitted_at
    world.rows.add_all(
        [
            *(
                HouseholdConfirmation(
                    application_id=application.id,
                    household_id=member.household_id,
                    village_code=world.villages[member.household_id],
                    answer=ConfirmationAnswer.CONFIRMED,
                    answered_by=actors[1],
                    answered_at=confirmed + timedelta(days=3) if confirmed else None,
                )
                for member in members
            ),
            *(
                ApplicationEvidence(
                    application_id=application.id,
                    kind=kind,
                    media_id=media_id,
                    title="",
                    added_at=application.created_at,
                )
                for kind, media_id in (
                    (EvidenceKind.TEST_REPORT, paper.id),
                    (EvidenceKind.CONFORMITY_PLEDGE, paper.id),
                    (EvidenceKind.LINKAGE_SCAN, paper.id),
                    (EvidenceKind.PRODUCT_PICTURE, world.pictures[product.pictures[0].name].id),
                )
            ),
            CountyCheck(
                application_id=application.id,
                bureau="县农业农村局（示例）",
                bureau_opinion="生产过程规范，产品抽检合格。",
                visited_on=clock.local_date(application.created_at + timedelta(days=14)),
                people="示例检查组三人",
                place=f"{full_name(product.origin)}分拣点",
                photo_id=None,
                by=actors[3],
                at=application.created_at + timedelta(days=15),
            ),
        ]
    )


def _applicant(world: World, product: Product) -> dict[str, str]:
    """Who the certificate names: a pilot household by its number and village, with its sponsor."""
    supplier = world.content.suppliers[product.supplier]
    if not supplier.sponsor or not supplier.household:
        return {"applicant": supplier.name, "sponsor": ""}
    village = place_name(full_name(world.plan.households[supplier.household].village))
    return {
        "applicant": f"增收示范户 {supplier.household}（{village}）",
        "sponsor": world.content.suppliers[supplier.sponsor].name,
    }


def _issue(world: World, product: Product, application: Application, decided: datetime) -> None:
    day = clock.local_date(decided)
    terms = world.terms[product.code]
    certificate = Certificate(
        number=f"西扶认〔{day.year}〕{world.next_number(f'certificates.{day.year}'):04d}号",
        version=1,
        application_id=application.id,
        product_id=world.products[product.code],
        supplier_id=world.suppliers[product.supplier],
        region_code=product.origin,
        state=CertificateState.IN_FORCE,
        valid_from=day,
        valid_until=day + timedelta(days=365 * product.certificate_years),
        facts={
            "product": product.name,
            "variety": product.variety,
            "grade": product.grade,
            "unit": product.unit,
            "category": world.content.categories[product.category].name,
            "standard": product.specs.get("标准", ""),
            "package": application.package,
            "origin": place_name(full_name(product.origin)),
            **_applicant(world, product),
            "modes": [term.mode.value for term in terms.terms],
            "households": len(terms.members),
            "promised_households": application.promised_households,
            "promised_income_fen": application.promised_income_fen,
            "price_fen": application.price_fen,
            "application_number": application.number,
            "terms": terms_in_words(terms.terms),
        },
        issued_at=decided,
        issued_by=world.users[CITY_OFFICIAL],
    )
    world.rows.add(certificate)
    world.certificates[product.code] = certificate.id
