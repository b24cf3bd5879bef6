"""Registering, admitting, sponsoring; households added, linked, changed and looked at."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.administration import assign_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import Base, db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.images import MAX_BYTES
from marketplace.kernel.media import Media
from marketplace.parties import (
    admission,
    commands,
    household_commands,
    household_queries,
    pilots,
    queries,
)
from marketplace.parties.models import Household, Supplier, SupplierHousehold, SupplierPaper
from marketplace.parties.paper_commands import PaperDraft, add_paper, remove_paper
from marketplace.parties.requirement_rules import not_ready
from marketplace.parties.rules import HouseholdStatus, PaperKind
from marketplace.parties.workflow import SupplierState
from tests.factories import builders
from tests.factories.suppliers import (
    DRAFT,
    HOUSE,
    PDF,
    PILOT,
    USCC,
    again,
    examined,
    registered,
    sponsored_pilot,
    upload,
)


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def complete(owner: Actor, supplier_id: int) -> None:
    commands.update_bank(owner, supplier_id, "示例农商银行", "富饶鲜果合作社（示例）", "6200 0000 0000 0001")
    for kind in (PaperKind.MEMBER_LIST, PaperKind.BANK_PROOF, PaperKind.BUSINESS_LICENCE):
        add_paper(owner, supplier_id, PaperDraft(kind), upload())


def test_a_cooperative_is_admitted(app: Flask) -> None:
    owner, supplier_id = registered()
    assert not_ready(queries.needs_of(queries.get_supplier(supplier_id))) == [
        "licence",
        "bank",
        "bank_proof",
        "members",
    ]
    with pytest.raises(InvalidInput):
        commands.submit_supplier(owner, supplier_id)
    assert queries.get_supplier(supplier_id).state is SupplierState.DRAFT
    complete(owner, supplier_id)
    commands.submit_supplier(owner, supplier_id)
    admission.return_supplier(builders.admin(), supplier_id, "执照照片看不清")
    assert queries.get_supplier(supplier_id).return_reason == "执照照片看不清"
    commands.submit_supplier(owner, supplier_id)
    examined(supplier_id)
    admission.approve_supplier(builders.admin(), supplier_id)
    found = queries.get_supplier(supplier_id)
    assert (found.state, found.return_reason, found.approved_at is None) == (
        SupplierState.APPROVED,
        None,
        False,
    )
    assert queries.papers_of(supplier_id)[0].number == USCC


def test_the_account_is_encrypted_and_the_contact_too(app: Flask) -> None:
    owner, supplier_id = registered()
    complete(owner, supplier_id)
    row = db.session.connection().exec_driver_sql("SELECT * FROM suppliers").one()
    stored = b"|".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in row
    )
    for secret in ("6200000000000001", "19900000101", "刘示安"):
        assert secret.encode() not in stored
    assert queries.get_contact(supplier_id).bank_account == "6200000000000001"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"uscc": "91110000600037342L"}, "uscc"),
        ({"village_code": "110101001001"}, "village_code"),
        ({"village_code": builders.TOWN}, "village_code"),
        ({"village_code": "' OR 1=1"}, "village_code"),
        ({"village_code": ""}, "village_code"),
        ({"name": "  "}, "name"),
    ],
)
def test_a_bad_registration_leaves_nothing(app: Flask, changed: dict[str, str], field: str) -> None:
    person = builders.user()
    with pytest.raises(InvalidInput) as caught:
        commands.register_supplier(person, replace(DRAFT, **changed))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert (count(Supplier), again(person).supplier_ids) == (0, [])


def test_a_licence_is_registered_once(app: Flask) -> None:
    registered()
    with pytest.raises(Conflict) as caught:
        registered(replace(DRAFT, name="冒名的（示例）"))
    assert (caught.value.code, caught.value.field) == ("parties.uscc_taken", "uscc")
    assert count(Supplier) == 1


def test_nobody_changes_a_foreign_supplier_or_one_under_examination(app: Flask) -> None:
    owner, supplier_id = registered()
    complete(owner, supplier_id)
    stranger, _ = registered(replace(DRAFT, uscc=""))
    acts: list[Callable[[Actor], object]] = [
        lambda who: commands.update_supplier(who, supplier_id, DRAFT),
        lambda who: commands.update_bank(who, supplier_id, "别的银行", "别人", "6200000000000002"),
        lambda who: add_paper(who, supplier_id, PaperDraft(PaperKind.TEST_REPORT, "1"), upload()),
        lambda who: remove_paper(who, supplier_id, queries.papers_of(supplier_id)[0].id),
        lambda who: commands.submit_supplier(who, supplier_id),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act(stranger)
    commands.submit_supplier(owner, supplier_id)
    for act in acts:
        with pytest.raises(Conflict):
            act(owner)
    assert queries.get_contact(supplier_id).bank_account == "6200000000000001"


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90 not a paper", b"%PDF-1.4 cut off", b"\x89PNG\r\n\x1a\n" * 9, PDF + b" " * MAX_BYTES],
)
def test_a_file_that_is_no_paper_is_refused_at_its_field(app: Flask, content: bytes) -> None:
    owner, supplier_id = registered()
    with pytest.raises(InvalidInput) as caught:
        add_paper(owner, supplier_id, PaperDraft(PaperKind.BUSINESS_LICENCE), upload(content))
    assert caught.value.field == "upload"
    assert (count(SupplierPaper), count(Media)) == (0, 0)


def test_an_expired_paper_is_refused(app: Flask) -> None:
    owner, supplier_id = registered()
    yesterday = clock.today() - timedelta(days=1)
    with pytest.raises(InvalidInput) as caught:
        add_paper(owner, supplier_id, PaperDraft(PaperKind.BUSINESS_LICENCE, expires_on=yesterday), upload())
    assert caught.value.field == "expires_on"


def test_nobody_admits_their_own_supplier_or_decides_twice(app: Flask) -> None:
    owner, supplier_id = registered()
    complete(owner, supplier_id)
    commands.submit_supplier(owner, supplier_id)
    with pytest.raises(Forbidden):
        admission.approve_supplier(owner, supplier_id)
    assign_role(builders.admin(), owner.user_id, Role.ADMIN, "", "兼任管理员")
    with pytest.raises(Forbidden) as caught:
        admission.approve_supplier(again(owner), supplier_id)
    assert caught.value.code == "parties.own_supplier"
    examined(supplier_id)
    admission.approve_supplier(builders.admin(), supplier_id)
    with pytest.raises(IllegalTransition):
        admission.approve_supplier(builders.admin(), supplier_id)


def test_a_pilot_household_needs_its_sponsor_to_agree(app: Flask) -> None:
    owner, pilot_id, sponsor, sponsor_id = sponsored_pilot()
    with pytest.raises(InvalidInput):
        commands.submit_supplier(owner, pilot_id)
    with pytest.raises(NotFound):
        pilots.answer_sponsorship(owner, pilot_id, sponsor_id, agrees=True)
    pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=True)
    with pytest.raises(Conflict):
        pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=False, reason="反悔了不同意")
    commands.submit_supplier(owner, pilot_id)
    assert again(owner).household_ids == []
    assert count(Household) == 0
    pilots.confirm_household(builders.admin(), pilot_id)
    examined(pilot_id)
    admission.approve_supplier(builders.admin(), pilot_id)
    household_id = queries.get_supplier(pilot_id).household_id
    assert again(owner).household_ids == [household_id]
    assert household_id is not None
    assert queries.is_linked(sponsor_id, household_id)
    assert queries.is_linked(pilot_id, household_id)


def test_the_sponsors_own_admin_does_not_admit_its_pilot(app: Flask) -> None:
    owner, pilot_id, sponsor, sponsor_id = sponsored_pilot()
    pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=True)
    commands.submit_supplier(owner, pilot_id)
    assign_role(builders.admin(), sponsor.user_id, Role.ADMIN, "", "兼任管理员")
    with pytest.raises(Forbidden):
        admission.approve_supplier(again(sponsor), pilot_id)


def test_a_declined_pilot_asks_another(app: Flask) -> None:
    owner, pilot_id, sponsor, sponsor_id = sponsored_pilot()
    with pytest.raises(InvalidInput):
        pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=False, reason="不")
    pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=False, reason="今年代办不过来")
    assert queries.get_supplier(pilot_id).sponsor_id is None
    foreign = builders.supplier(builders.VILLAGE_OF_OTHER_COUNTY)
    with pytest.raises(InvalidInput) as caught:
        pilots.name_sponsor(owner, pilot_id, foreign)
    assert caught.value.field == "sponsor_id"
    pilots.name_sponsor(owner, pilot_id, builders.supplier())


def test_one_household_is_one_pilot(app: Flask) -> None:
    sponsored_pilot()
    owner, pilot_id = registered(PILOT)
    with pytest.raises(Conflict):
        pilots.name_household(owner, pilot_id, HOUSE)


@pytest.fixture
def coop(app: Flask) -> int:
    return builders.supplier()


def test_a_household_is_added_once_and_then_linked_untouched(coop: int) -> None:
    owner = builders.owner_of(coop)
    first = household_commands.add_household(owner, coop, HOUSE)
    other = builders.supplier()
    changed = replace(HOUSE, people=9, status=HouseholdStatus.GENERAL, mobile="19900009999")
    second = household_commands.add_household(builders.owner_of(other), other, changed)
    assert (first.existed, second.existed, first.id == second.id) == (False, True, True)
    card = household_queries.linked_card(other, first.id)
    assert (card.people, card.mobile, card.head) == (3, "199****1001", "王**")
    assert card.code == f"HH-{builders.VILLAGE}-01"
    assert count(SupplierHousehold) == 2


@pytest.mark.parametrize(
    "changed", [{"village_code": builders.VILLAGE_OF_SAME_TOWN}, {"head_name": "李示礼"}]
)
def test_the_register_tells_a_prober_nothing(coop: int, changed: dict[str, str]) -> None:
    household_commands.add_household(builders.owner_of(coop), coop, HOUSE)
    other = builders.supplier()
    with pytest.raises(InvalidInput) as caught:
        household_commands.add_household(builders.owner_of(other), other, replace(HOUSE, **changed))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == ("parties.household_elsewhere", "id_number")
    assert household_queries.count_of(other) == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id_number": HOUSE.id_number[:-1] + ("1" if HOUSE.id_number[-1] != "1" else "2")}, "id_number"),
        ({"village_code": "110101001001"}, "village_code"),
        ({"bank_account": "12", "bank_name": "示例银行"}, "bank_account"),
        ({"bank_account": "6200000000000001", "bank_name": " "}, "bank_name"),
        ({"head_name": " "}, "head_name"),
    ],
)
def test_a_bad_household_leaves_nothing(coop: int, changed: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        household_commands.add_household(builders.owner_of(coop), coop, replace(HOUSE, **changed))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert (count(Household), count(SupplierHousehold)) == (0, 0)


def test_who_is_not_admitted_writes_nothing_into_the_register(app: Flask) -> None:
    owner, supplier_id = registered()
    with pytest.raises(Conflict):
        household_commands.add_household(owner, supplier_id, HOUSE)
    assert count(Household) == 0


def test_a_foreign_household_does_not_exist(coop: int) -> None:
    household_id = builders.household(supplier_id=coop)
    other = builders.supplier()
    stranger = builders.owner_of(other)
    acts: list[Callable[[], object]] = [
        lambda: household_queries.linked_card(other, household_id),
        lambda: household_commands.unmask_household(stranger, other, household_id, "想看看账号"),
        lambda: household_commands.unmask_household(stranger, coop, household_id, "想看看账号"),
        lambda: household_commands.update_household_mobile(stranger, other, household_id, "19900001111"),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()


def test_looking_in_clear_is_on_the_record(coop: int) -> None:
    household_id = builders.household(supplier_id=coop)
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop))
    with pytest.raises(Forbidden):
        household_commands.unmask_household(staff, coop, household_id, "核对打款账号")
    owner = builders.owner_of(coop)
    with pytest.raises(InvalidInput):
        household_commands.unmask_household(owner, coop, household_id, "看")
    shown = household_commands.unmask_household(owner, coop, household_id, "核对打款账号")
    assert shown.head_name == "王建国"
    assert "王建国" not in repr(shown)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "households.unmask")).all()
    assert [(e.actor_id, e.subject_id, e.reason) for e in entries] == [
        (owner.user_id, str(household_id), "核对打款账号")
    ]


def test_a_phone_changes_without_showing_the_old_one(coop: int) -> None:
    owner = builders.owner_of(coop)
    household_id = household_commands.add_household(owner, coop, HOUSE).id
    household_commands.update_household_mobile(owner, coop, household_id, "19900002222")
    for nothing in ("", "19900002222"):
        with pytest.raises(InvalidInput):
            household_commands.update_household_mobile(owner, coop, household_id, nothing)
    assert household_queries.linked_card(coop, household_id).mobile == "199****2222"
    details = db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "households.contact"))
    assert [detail["changed"] for detail in details] == [["mobile"]]


def test_the_status_keeps_its_history_and_is_the_officials(coop: int) -> None:
    owner = builders.owner_of(coop)
    household_id = household_commands.add_household(owner, coop, HOUSE).id
    change = household_commands.change_household_status
    today = clock.today()
    for who in (owner, builders.official_of(builders.OTHER_COUNTY)):
        with pytest.raises(NotFound):
            change(who, household_id, HouseholdStatus.MONITORED, today, "收入骤减")
    village = builders.official_of(builders.VILLAGE)
    for status, day in (
        (HouseholdStatus.LIFTED, today),
        (HouseholdStatus.MONITORED, today + timedelta(days=1)),
    ):
        with pytest.raises(DomainError):
            change(village, household_id, status, day, "收入骤减")
    change(village, household_id, HouseholdStatus.MONITORED, today, "收入骤减")
    assert [c.status for c in household_queries.status_history(household_id)] == [
        HouseholdStatus.MONITORED,
        HouseholdStatus.LIFTED,
    ]
    assert household_queries.household_card(household_id).status is HouseholdStatus.MONITORED
