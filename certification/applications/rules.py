"""Pure rules of certification.applications: what must be there, what a fair price is, which level comes when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from certification.applications.workflow import ApplicationState


class ApplicationKind(StrEnum):
    """First certification, the short renewal of a certificate that runs out, or a change of what it says."""

    FIRST = "first"
    RENEWAL = "renewal"
    CHANGE = "change"


class EvidenceKind(StrEnum):
    TEST_REPORT = "test_report"
    CONFORMITY_PLEDGE = "conformity_pledge"
    PRODUCT_PICTURE = "product_picture"
    LINKAGE_SCAN = "linkage_scan"
    OTHER = "other"


class ConfirmationAnswer(StrEnum):
    CONFIRMED = "confirmed"
    REFUSED = "refused"


#: evidence without which an application is not complete
REQUIRED_EVIDENCE = (
    EvidenceKind.TEST_REPORT,
    EvidenceKind.CONFORMITY_PLEDGE,
    EvidenceKind.PRODUCT_PICTURE,
    EvidenceKind.LINKAGE_SCAN,
)
#: cited prices an application needs besides its own
REFERENCES = 2

#: what a change may call otherwise, with how long it may be; another grade, unit or origin is another product
PRODUCT_WORDS: Mapping[str, int] = {"name": 60, "variety": 60, "standard": 80}

#: with fewer households no sum is public: it would be one family's income
SMALL_CELL = 5

#: the level an official must be of, by state
LEVEL_OF_STATE: Mapping[ApplicationState, str] = {
    ApplicationState.VILLAGE_CONFIRMATION: "village",
    ApplicationState.TOWN_REVIEW: "town",
    ApplicationState.COUNTY_REVIEW: "county",
    ApplicationState.CITY_REVIEW: "city",
}
#: somebody of the administration has it in hand: facts, product and terms stay as they are
IN_REVIEW = frozenset({*LEVEL_OF_STATE, ApplicationState.PUBLIC_NOTICE})
EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED})


def approve_action(*, is_short: bool, state: ApplicationState) -> str:
    """The edge an approval takes: a short renewal goes from the county straight to the city."""
    return "approve_short" if is_short and state is ApplicationState.COUNTY_REVIEW else "approve"


def changed_words(now: Mapping[str, str], proposed: Mapping[str, str]) -> dict[str, str]:
    """Which of ``PRODUCT_WORDS`` are proposed otherwise than they are, cut to their lengths."""
    cut = {name: proposed[name].strip()[:most] for name, most in PRODUCT_WORDS.items() if name in proposed}
    return {name: word for name, word in cut.items() if word != now[name]}


def median(prices_fen: Sequence[int]) -> int | None:
    """The middle price in fen, rounded down between two; None without any."""
    if not prices_fen:
        return None
    ordered = sorted(prices_fen)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """A declared price beside the median of comparable ones; ``limit_fen`` is what it may reach without a reason."""

    price_fen: int | None
    median_fen: int | None
    limit_fen: int | None
    count: int

    @property
    def needs_reason(self) -> bool:
        return self.price_fen is not None and self.limit_fen is not None and self.price_fen > self.limit_fen

    @property
    def above_percent(self) -> int:
        """Whole percent above the median; negative below it, 0 where there is none."""
        if not self.median_fen or self.price_fen is None:
            return 0
        return (self.price_fen - self.median_fen) * 100 // self.median_fen


def check_price(
    price_fen: int | None, certified_fen: Sequence[int], cited_fen: Sequence[int], limit_bp: int
) -> PriceCheck:
    """``limit_bp`` is the multiple of the median in ten-thousandths (13,000: 1.3 ×)."""
    compared = [*certified_fen, *cited_fen]
    middle = median(compared)
    limit = None if middle is None else middle * limit_bp // 10_000
    return PriceCheck(price_fen, middle, limit, len(compared))


@dataclass(frozen=True, slots=True)
class Completeness:
    """What ``missing`` looks at. ``members`` are the households of the agreement, None without one that is open."""

    supplier_approved: bool
    needs_sponsor: bool
    sponsor_fit: bool
    sponsor_signed: bool
    package: str
    yearly_capacity: str
    members: int | None
    agreement_ends_on: date | None
    price: PriceCheck
    price_reason: str
    cited: int
    evidence: frozenset[EvidenceKind]
    promised_households: int | None
    promised_income_fen: int | None
    pledged: bool
    today: date


def missing(facts: Completeness) -> list[str]:
    """Codes of what is still missing, in the order of the form; empty: it can be submitted."""
    codes = {
        "supplier": not facts.supplier_approved,
        "sponsor": facts.needs_sponsor and not facts.sponsor_fit,
        "agreement": facts.members is None,
        "agreement_ended": facts.agreement_ends_on is not None and facts.agreement_ends_on < facts.today,
        "package": not facts.package,
        "capacity": not facts.yearly_capacity,
        "price": facts.price.price_fen is None,
        "references": facts.cited < REFERENCES,
        "price_reason": facts.price.needs_reason and not facts.price_reason.strip(),
        **{kind.value: kind not in facts.evidence for kind in REQUIRED_EVIDENCE},
        "households": not facts.promised_households,
        "too_many_households": (facts.promised_households or 0) > (facts.members or 0)
        and facts.members is not None,
        "income": not facts.promised_income_fen,
        "pledge": not facts.pledged,
        "sponsor_signature": facts.needs_sponsor and facts.sponsor_fit and not facts.sponsor_signed,
    }
    return [code for code, lacking in codes.items() if lacking]
