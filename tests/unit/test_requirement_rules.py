"""What admission asks of each kind, how a requirement stands, and the dates a supplier is held to."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.parties.requirement_rules import (
    AdmissionFacts,
    Check,
    Said,
    Standing,
    all_requirements,
    checklist,
    not_met,
    not_ready,
    requirement_for_paper,
    requirements_of,
)
from marketplace.parties.rules import PaperKind, RequirementState, SupplierKind
from marketplace.parties.standing_rules import Verification, add_months, nearest, verification

TODAY = date(2026, 11, 24)
COOP, PILOT = SupplierKind.COOPERATIVE, SupplierKind.PILOT_HOUSEHOLD
#: all papers a cooperative needs, without an end
PAPERS = [(PaperKind.BUSINESS_LICENCE, None), (PaperKind.MEMBER_LIST, None), (PaperKind.BANK_PROOF, None)]


def facts(**changed: object) -> AdmissionFacts:
    whole: dict[str, object] = {
        "kind": COOP,
        "has_uscc": True,
        "has_bank": True,
        "papers": PAPERS,
        "has_household": True,
        "has_sponsor": True,
        "sponsor_agreed": True,
    }
    return AdmissionFacts(**{**whole, **changed})  # type: ignore[arg-type]


def standing(code: str, said: Said | None = None, **changed: object) -> Standing:
    needs = checklist(facts(**changed), {code: said} if said else {}, TODAY)
    return next(need.standing for need in needs if need.code == code)


def test_every_kind_has_requirements_with_a_source_and_a_way_to_be_met() -> None:
    codes = [each.code for each in all_requirements()]
    assert len(codes) == len(set(codes))
    for kind in SupplierKind:
        asked = requirements_of(kind)
        assert {"identity", "bank", "bank_proof"} <= {each.code for each in asked if kind in each.required}
        papers = [paper for each in asked for paper in each.papers]
        assert len(papers) == len(set(papers)), "a paper answers one requirement of a kind"
    for each in all_requirements():
        assert each.source
        assert each.title
        assert each.hint
        assert bool(each.papers) == (each.check is Check.PAPER)
        assert not each.required & each.optional
        if not each.papers:
            assert not each.needs_expiry
            assert not each.is_statable


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (COOP, "members"),
        (SupplierKind.LEADING_ENTERPRISE, "leading_title"),
        (SupplierKind.FAMILY_FARM, "farm_record"),
        (SupplierKind.VILLAGE_COLLECTIVE, "collective"),
        (SupplierKind.COMMUNITY_WORKSHOP, "workshop_title"),
        (SupplierKind.RURAL_TOURISM, "food_permit"),
        (PILOT, "household"),
    ],
)
def test_each_kind_is_asked_for_what_makes_it_one(kind: SupplierKind, code: str) -> None:
    assert code in not_ready(checklist(facts(kind=kind, papers=[], has_household=False), {}, TODAY))
    other = SupplierKind.FAMILY_FARM if kind is COOP else COOP
    assert code not in {each.code for each in requirements_of(other)}


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({}, []),
        ({"has_uscc": False}, ["uscc"]),
        ({"papers": PAPERS[1:]}, ["licence"]),
        ({"papers": [*PAPERS[1:], (PaperKind.TEST_REPORT, None)]}, ["licence"]),
        ({"papers": [*PAPERS[1:], (PaperKind.BUSINESS_LICENCE, TODAY - timedelta(days=1))]}, ["licence"]),
        ({"papers": [*PAPERS[1:], (PaperKind.BUSINESS_LICENCE, TODAY)]}, []),
        ({"has_bank": False, "has_uscc": False}, ["uscc", "bank"]),
        ({"has_household": False, "has_sponsor": False}, []),
    ],
)
def test_what_a_cooperative_lacks(changed: dict[str, object], lacking: list[str]) -> None:
    assert not_ready(checklist(facts(**changed), {}, TODAY)) == lacking


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({"has_uscc": False}, []),
        ({"sponsor_agreed": False}, ["sponsor_agreed"]),
        ({"has_sponsor": False}, ["sponsor", "sponsor_agreed"]),
        ({"has_household": False, "has_bank": False}, ["household", "bank"]),
        ({"papers": []}, ["bank_proof"]),
    ],
)
def test_what_a_pilot_household_lacks(changed: dict[str, object], lacking: list[str]) -> None:
    assert not_ready(checklist(facts(kind=PILOT, **changed), {}, TODAY)) == lacking


ATTESTED, VERIFIED = Said(RequirementState.ATTESTED), Said(RequirementState.VERIFIED)
SENT_BACK, WAIVED = Said(RequirementState.SENT_BACK, "看不清"), Said(RequirementState.WAIVED, "没有加工")
STATED = Said(RequirementState.ATTESTED, "只做餐饮，不住人")
NONE: dict[str, object] = {"papers": []}
EXPIRED: dict[str, object] = {"papers": [(PaperKind.BUSINESS_LICENCE, TODAY - timedelta(days=1))]}


@pytest.mark.parametrize(
    ("code", "said", "changed", "expected"),
    [
        ("uscc", None, {}, Standing.COMPUTED),
        ("uscc", None, {"has_uscc": False}, Standing.MISSING),
        ("uscc", SENT_BACK, {}, Standing.SENT_BACK),
        ("identity", None, {}, Standing.ATTESTED),
        ("identity", VERIFIED, {}, Standing.VERIFIED),
        ("licence", None, NONE, Standing.MISSING),
        ("licence", VERIFIED, NONE, Standing.MISSING),
        ("licence", None, {}, Standing.ATTESTED),
        ("licence", ATTESTED, {}, Standing.ATTESTED),
        ("licence", VERIFIED, {}, Standing.VERIFIED),
        ("licence", SENT_BACK, {}, Standing.SENT_BACK),
        ("licence", VERIFIED, EXPIRED, Standing.EXPIRED),
        ("licence", WAIVED, EXPIRED, Standing.WAIVED),
        ("licence", WAIVED, NONE, Standing.WAIVED),
        ("licence", STATED, NONE, Standing.ATTESTED),
        ("licence", SENT_BACK, NONE, Standing.SENT_BACK),
    ],
)
def test_how_a_requirement_stands(
    code: str, said: Said | None, changed: dict[str, object], expected: Standing
) -> None:
    assert standing(code, said, **changed) is expected


def test_only_what_somebody_looked_at_admits() -> None:
    said: dict[str, Said] = {}
    assert not_met(checklist(facts(), said, TODAY)) == ["identity", "licence", "bank_proof", "members"]
    said = {"identity": VERIFIED, "licence": VERIFIED, "bank_proof": WAIVED, "members": VERIFIED}
    assert not_met(checklist(facts(), said, TODAY)) == []
    assert not_met(checklist(facts(**EXPIRED), said, TODAY)) == ["licence", "members"]


def test_an_optional_paper_may_be_left_out_but_not_be_wrong() -> None:
    land = (PaperKind.LAND_PAPER, TODAY - timedelta(days=1))
    assert not_ready(checklist(facts(papers=[*PAPERS, land]), {}, TODAY)) == ["land"]
    assert requirement_for_paper(COOP, PaperKind.LAND_PAPER) is not None
    assert requirement_for_paper(COOP, PaperKind.LODGING_PERMIT) is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2023, 8, 29), 6, date(2024, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
    ],
)
def test_months_on(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_months_on_keep_the_day_or_take_the_last(day: date, months: int) -> None:
    then = add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("days", "confirmed", "expected"),
    [
        (31, False, Verification.FAR),
        (30, False, Verification.SOON),
        (0, False, Verification.SOON),
        (-1, False, Verification.OVERDUE),
        (-1, True, Verification.CONFIRMED),
        (None, False, Verification.OVERDUE),
    ],
)
def test_when_facts_are_gone_through_again(days: int | None, confirmed: bool, expected: Verification) -> None:
    due = None if days is None else TODAY + timedelta(days=days)
    assert verification(due, is_confirmed=confirmed, today=TODAY, ahead_days=30) is expected


@pytest.mark.parametrize(
    ("left", "expected"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-9, 0)]
)
def test_the_reminder_that_is_due(left: int, expected: int | None) -> None:
    assert nearest(left, (0, 7, 30, 60)) == expected
