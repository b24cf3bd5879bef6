"""What admission asks of each kind of supplier, and how far a supplier is. Pure; the list itself is a data file with
its sources (``data/supplier_requirements.json``).

Each requirement is either **computed** (the system sees it), **examined** (somebody must look, whatever was filled in)
or a **paper** (handed in by the supplier, ticked off by who examines it). A required one may be waived with a reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from marketplace.parties.rules import PaperKind, RequirementState, SupplierKind

_FILE = Path(__file__).parent / "data" / "supplier_requirements.json"


class Check(StrEnum):
    COMPUTED = "computed"
    EXAMINED = "examined"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Requirement:
    """``is_statable``: a supplier may say why it has no such paper (no lodging, no processing) and leave it to the
    examiner to waive it. ``source``: the law or policy it rests on."""

    code: str
    title: str
    hint: str
    check: Check
    papers: tuple[PaperKind, ...]
    needs_expiry: bool
    is_statable: bool
    required: frozenset[SupplierKind]
    optional: frozenset[SupplierKind]
    source: str


class Standing(StrEnum):
    """How one requirement stands for one supplier."""

    COMPUTED = "computed"
    MISSING = "missing"
    EXPIRED = "expired"
    SENT_BACK = "sent_back"
    ATTESTED = "attested"
    VERIFIED = "verified"
    WAIVED = "waived"

    @property
    def label(self) -> str:
        return _WORDS[self][0]

    @property
    def tone(self) -> str:
        return _WORDS[self][1]


_WORDS = {
    Standing.COMPUTED: ("系统已核", "done"),
    Standing.MISSING: ("还没有", "warn"),
    Standing.EXPIRED: ("已过期", "danger"),
    Standing.SENT_BACK: ("要补正", "danger"),
    Standing.ATTESTED: ("待核实", "info"),
    Standing.VERIFIED: ("已核实", "done"),
    Standing.WAIVED: ("已免除", "done"),
}
#: enough to be handed in, and enough to be admitted
_READY = frozenset({Standing.COMPUTED, Standing.ATTESTED, Standing.VERIFIED, Standing.WAIVED})
_MET = frozenset({Standing.COMPUTED, Standing.VERIFIED, Standing.WAIVED})


@dataclass(frozen=True, slots=True)
class Said:
    """The row about a requirement: what was said last, and why."""

    state: RequirementState
    reason: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """What is there when a supplier wants to be admitted. ``papers``: (kind, expiry or None) of each paper in use."""

    kind: SupplierKind
    has_uscc: bool
    has_bank: bool
    papers: Sequence[tuple[PaperKind, date | None]]
    has_household: bool
    has_sponsor: bool
    sponsor_agreed: bool


@dataclass(frozen=True, slots=True)
class Need:
    """One line of the checklist. ``note`` is what was said last: what to mend, why waived, why there is no paper."""

    requirement: Requirement
    is_required: bool
    standing: Standing
    note: str = ""
    by: int | None = None

    @property
    def code(self) -> str:
        return self.requirement.code

    @property
    def is_ready(self) -> bool:
        """Nothing for the supplier to do. What is optional need not be there, but must be right."""
        return self.standing in _READY or (not self.is_required and self.standing is Standing.MISSING)

    @property
    def is_met(self) -> bool:
        """Nothing left for the examiner either."""
        return self.standing in _MET or (not self.is_required and self.standing is Standing.MISSING)


@cache
def all_requirements() -> tuple[Requirement, ...]:
    """In the order the pages ask for them."""
    return tuple(
        Requirement(
            code=row["code"],
            title=row["title"],
            hint=row["hint"],
            check=Check(row["check"]),
            papers=tuple(PaperKind(kind) for kind in row.get("papers", ())),
            needs_expiry=row.get("needs_expiry", False),
            is_statable=row.get("statable", False),
            required=frozenset(SupplierKind(kind) for kind in row.get("required", ())),
            optional=frozenset(SupplierKind(kind) for kind in row.get("optional", ())),
            source=row["source"],
        )
        for row in json.loads(_FILE.read_text("utf-8"))
    )


@cache
def requirements_of(kind: SupplierKind) -> tuple[Requirement, ...]:
    """What is asked of a kind of supplier, required and optional."""
    return tuple(each for each in all_requirements() if kind in each.required or kind in each.optional)


def requirement_for_paper(kind: SupplierKind, paper: PaperKind) -> Requirement | None:
    """The requirement a paper of this kind of supplier answers, if any."""
    return next((each for each in requirements_of(kind) if paper in each.papers), None)


def checklist(facts: AdmissionFacts, said: Mapping[str, Said], today: date) -> list[Need]:
    """How each requirement stands. A paper past its date is no paper, whoever ticked it."""
    return [
        Need(
            requirement,
            facts.kind in requirement.required,
            _standing(requirement, facts, row, today),
            row.reason if row else "",
            row.by if row else None,
        )
        for requirement in requirements_of(facts.kind)
        for row in [said.get(requirement.code)]
    ]


def _standing(requirement: Requirement, facts: AdmissionFacts, said: Said | None, today: date) -> Standing:
    state = said.state if said else None
    if state is RequirementState.WAIVED:
        return Standing.WAIVED
    if requirement.check is Check.PAPER:
        lacking = _paper_lacking(requirement, facts, today)
        if lacking is not None and not (said and state is RequirementState.ATTESTED and said.reason):
            return Standing.SENT_BACK if state is RequirementState.SENT_BACK else lacking
    elif not _is_there(requirement.code, facts):
        return Standing.MISSING
    if state is RequirementState.SENT_BACK:
        return Standing.SENT_BACK
    if requirement.check is Check.COMPUTED:
        return Standing.COMPUTED
    return Standing.VERIFIED if state is RequirementState.VERIFIED else Standing.ATTESTED


def _paper_lacking(requirement: Requirement, facts: AdmissionFacts, today: date) -> Standing | None:
    ends = [expires_on for kind, expires_on in facts.papers if kind in requirement.papers]
    if not ends:
        return Standing.MISSING
    return None if any(each is None or each >= today for each in ends) else Standing.EXPIRED


def _is_there(code: str, facts: AdmissionFacts) -> bool:
    present = {
        "identity": True,
        "uscc": facts.has_uscc,
        "household": facts.has_household,
        "sponsor": facts.has_sponsor,
        "sponsor_agreed": facts.has_sponsor and facts.sponsor_agreed,
        "bank": facts.has_bank,
    }
    return present[code]


def not_ready(needs: Sequence[Need]) -> list[str]:
    """Codes of what the supplier still has to do; empty when it may be handed in."""
    return [need.code for need in needs if not need.is_ready]


def not_met(needs: Sequence[Need]) -> list[str]:
    """Codes of what still has to be verified or waived; empty when it may be admitted."""
    return [need.code for need in needs if not need.is_met]
