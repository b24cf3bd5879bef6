"""Walking an application through the chain with the real commands."""

import io
from dataclasses import dataclass
from datetime import date

from PIL import Image
from werkzeug.datastructures import FileStorage

from certification.applications.commands import start_application, submit_application
from certification.applications.drafts import DraftFacts, add_evidence, save_draft
from certification.applications.rules import EvidenceKind
from certification.applications.workflow import ApplicationState
from certification.linkage.commands import AgreementFacts, create_agreement
from certification.linkage.rules import LinkageMode, Member, Term
from certification.reviews.commands import CheckFacts, answer_household, decide
from certification.reviews.rules import Decision
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from tests.factories import builders


def picture() -> FileStorage:
    out = io.BytesIO()
    Image.new("RGB", (240, 200), (184, 51, 42)).save(out, "PNG")
    return FileStorage(io.BytesIO(out.getvalue()), filename="照片.png")


def paper() -> FileStorage:
    return FileStorage(io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), filename="材料.pdf")


@dataclass
class Case:
    """One application with its people; ids and actors."""

    supplier: int
    owner: Actor
    households: list[int]
    product: int
    agreement: int
    application: int


def case(
    village_codes: tuple[str, ...] = (builders.VILLAGE,),
    *,
    origin: str = builders.VILLAGE,
    price_fen: int = 2000,
    owner: Actor | None = None,
    supplier: int | None = None,
) -> Case:
    """A complete draft of a cooperative with one household per code given."""
    supplier = supplier or builders.supplier(origin)
    owner = owner or builders.owner_of(supplier)
    households = [builders.household(code, supplier_id=supplier) for code in village_codes]
    product = builders.product(supplier, origin_code=origin)
    agreement = create_agreement(owner, supplier, product, facts(households))
    application = start_application(owner, product)
    complete(owner, application, agreement, households=len(households), price_fen=price_fen)
    return Case(supplier, owner, households, product, agreement, application)


def facts(households: list[int], *, share_bp: int = 2000, shares: int = 1) -> AgreementFacts:
    today = clock.today()
    return AgreementFacts(
        terms=(Term(LinkageMode.PURCHASE), Term(LinkageMode.DIVIDEND, share_bp=share_bp)),
        members=tuple(Member(each, shares) for each in households),
        starts_on=today,
        ends_on=date(today.year + 2, 12, 31),
    )


def complete(
    owner: Actor, application: int, agreement: int, *, households: int = 1, price_fen: int = 2000
) -> None:
    save_draft(
        owner,
        application,
        DraftFacts(
            agreement_id=agreement,
            package="5斤一箱",
            yearly_capacity="2万箱",
            price_fen=price_fen,
            references=[("城东批发市场 10月20日", 1900), ("社区超市 10月21日", 2100)],
            promised_households=households,
            promised_income_fen=500_000 * households,
            pledged=True,
        ),
    )
    for kind in (EvidenceKind.TEST_REPORT, EvidenceKind.CONFORMITY_PLEDGE, EvidenceKind.LINKAGE_SCAN):
        add_evidence(owner, application, kind, [paper()], kind.value)
    add_evidence(owner, application, EvidenceKind.PRODUCT_PICTURE, [picture()])


def site_check() -> CheckFacts:
    return CheckFacts(
        "周至县果业部门（示例）", "符合标准", clock.today(), "孙某、周某", "群兴村三组果园", [picture()]
    )


@dataclass
class Officials:
    village: Actor
    town: Actor
    county: Actor
    city: Actor


def officials() -> Officials:
    return Officials(
        builders.official_of(builders.VILLAGE),
        builders.official_of(builders.TOWN),
        builders.official_of(builders.COUNTY),
        builders.official_of(builders.CITY),
    )


def walk(case: Case, people: Officials, until: ApplicationState) -> None:
    """From a complete draft to the state asked for; up to the notice, which the clock has to end."""
    submit_application(case.owner, case.application)
    if until is ApplicationState.VILLAGE_CONFIRMATION:
        return
    for household in case.households:
        answer_household(people.village, case.application, household, confirmed=True)
    if until is ApplicationState.TOWN_REVIEW:
        return
    decide(people.town, case.application, Decision.APPROVE, "材料齐全")
    if until is ApplicationState.COUNTY_REVIEW:
        return
    decide(people.county, case.application, Decision.APPROVE, "现场与申报一致", check=site_check())
