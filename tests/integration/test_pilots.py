"""A pilot household: nothing of it is on the register before the village or an admin has looked; its sponsor signs."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.messages.models import Message
from marketplace.parties import admission, commands, examination, household_commands, pilots, queries
from marketplace.parties.models import Household, PilotHousehold
from marketplace.parties.pilots import RegisterMatch
from marketplace.parties.requirement_rules import Standing, not_ready
from marketplace.parties.workflow import SupplierState
from tests.factories import builders, suppliers


def households() -> int:
    return db.session.scalar(select(func.count()).select_from(Household)) or 0


def standing(supplier_id: int, code: str) -> Standing:
    needs = queries.needs_of(queries.get_supplier(supplier_id))
    return next(need.standing for need in needs if need.code == code)


def told(actor: Actor) -> list[str]:
    return list(db.session.scalars(select(Message.title).where(Message.user_id == actor.user_id)))


def on_register(**changed: object) -> int:
    """The pilot's household, known to the register already."""
    coop = builders.supplier()
    house = replace(suppliers.HOUSE, **changed)  # type: ignore[arg-type]
    return household_commands.add_household(builders.owner_of(coop), coop, house).id


def test_naming_a_household_writes_nothing_into_the_register(app: Flask) -> None:
    _, pilot_id, _, sponsor_id = suppliers.sponsored_pilot()
    assert households() == 0
    assert queries.get_supplier(pilot_id).household_id is None
    assert standing(pilot_id, "household") is Standing.ATTESTED
    shown = queries.said_household(pilot_id)
    assert shown is not None
    assert (shown.head, "王示礼" in repr(shown)) == ("王**", False)
    assert not queries.is_linked(sponsor_id, 1)


def test_what_was_said_is_stored_encrypted(app: Flask) -> None:
    suppliers.sponsored_pilot()
    row = db.session.connection().exec_driver_sql("SELECT * FROM pilot_households").one()
    stored = b"|".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in row
    )
    for secret in ("王示礼", suppliers.HOUSE.id_number, "19900001001"):
        assert secret.encode() not in stored


def test_naming_tells_nothing_about_the_register(app: Flask) -> None:
    on_register(head_name="王示义")
    _, pilot_id, _, _ = suppliers.sponsored_pilot()
    assert standing(pilot_id, "household") is Standing.ATTESTED


def test_the_village_confirms_a_new_household(app: Flask) -> None:
    official = builders.official_of(builders.VILLAGE)
    owner, pilot_id, _, sponsor_id = suppliers.handed_in_pilot()
    assert [each.id for each in pilots.waiting_pilots(official)] == [pilot_id]
    assert pilots.register_match(pilot_id) is RegisterMatch.NEW
    assert told(official) == ["王家果园示范户（示例）申请入驻，请核对是哪一户"]
    household_id = pilots.confirm_household(official, pilot_id)
    assert (households(), pilots.waiting_pilots(official)) == (1, [])
    assert db.session.get(PilotHousehold, pilot_id) is None
    assert queries.get_supplier(pilot_id).household_id == household_id
    assert queries.is_linked(sponsor_id, household_id)
    assert standing(pilot_id, "household") is Standing.VERIFIED
    with pytest.raises(Conflict):
        pilots.confirm_household(official, pilot_id)
    assert suppliers.again(owner).household_ids == []
    admission.approve_supplier(suppliers.examined(pilot_id), pilot_id)
    assert suppliers.again(owner).household_ids == [household_id]


def test_one_that_is_on_the_register_is_found_there_untouched(app: Flask) -> None:
    known = on_register(people=5)
    _, pilot_id, _, _ = suppliers.handed_in_pilot()
    assert pilots.register_match(pilot_id) is RegisterMatch.SAME
    assert pilots.confirm_household(builders.admin(), pilot_id) == known
    assert db.session.get_one(Household, known).people == 5


@pytest.mark.parametrize(
    "changed", [{"head_name": "王示义"}, {"village_code": builders.VILLAGE_OF_SAME_TOWN}]
)
def test_one_that_the_register_knows_otherwise_is_not_confirmed(app: Flask, changed: dict[str, str]) -> None:
    on_register(**changed)
    _, pilot_id, _, _ = suppliers.handed_in_pilot()
    assert pilots.register_match(pilot_id) is RegisterMatch.DIFFERS
    with pytest.raises(Conflict) as caught:
        pilots.confirm_household(builders.admin(), pilot_id)
    assert caught.value.code == "parties.household_elsewhere"


def test_it_is_not_ticked_off_without_being_confirmed(app: Flask) -> None:
    _, pilot_id, _, _ = suppliers.handed_in_pilot()
    admin = suppliers.examined(pilot_id, "household")
    with pytest.raises(Conflict) as caught:
        examination.verify_requirement(admin, pilot_id, "household")
    assert caught.value.code == "parties.household_to_confirm"
    with pytest.raises(Conflict):
        admission.approve_supplier(admin, pilot_id)
    with pytest.raises(Conflict):
        examination.waive_requirement(admin, pilot_id, "household", "认识他们家")


def test_the_village_says_it_is_not_so(app: Flask) -> None:
    official, admin = builders.official_of(builders.VILLAGE), builders.admin()
    owner, pilot_id, _, _ = suppliers.handed_in_pilot()
    with pytest.raises(InvalidInput):
        pilots.refuse_household(official, pilot_id, "不")
    pilots.refuse_household(official, pilot_id, "户主写错了，请改")
    assert (standing(pilot_id, "household"), households()) == (Standing.SENT_BACK, 0)
    assert told(admin)[-1] == "王家果园示范户（示例）：村里说这一户对不上"
    admission.return_supplier(admin, pilot_id, "是哪一户要改")
    assert not_ready(queries.needs_of(queries.get_supplier(pilot_id))) == ["household"]
    pilots.name_household(owner, pilot_id, replace(suppliers.HOUSE, head_name="王示仁"))
    commands.submit_supplier(owner, pilot_id)
    pilots.confirm_household(official, pilot_id)
    assert queries.get_supplier(pilot_id).state is SupplierState.SUBMITTED


def test_who_may_confirm(app: Flask) -> None:
    owner, pilot_id, sponsor, sponsor_id = suppliers.handed_in_pilot()
    village = (Role.OFFICIAL, ScopeKind.REGION, builders.VILLAGE)
    acts: list[Callable[[Actor], object]] = [
        lambda who: pilots.confirm_household(who, pilot_id),
        lambda who: pilots.refuse_household(who, pilot_id, "对不上名册"),
    ]
    concerned = [
        builders.user(None, village, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, pilot_id)),
        builders.user(None, village, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, sponsor_id)),
    ]
    elsewhere = [
        builders.official_of(code) for code in (builders.VILLAGE_OF_SAME_TOWN, builders.TOWN, builders.CITY)
    ]
    for act in acts:
        for who in concerned:
            with pytest.raises(Forbidden):
                act(who)
        for who in [*elsewhere, owner, sponsor, builders.finance()]:
            with pytest.raises(NotFound):
                act(who)
    assert households() == 0
    assert not any(
        pilots.may_confirm(who, queries.get_supplier(pilot_id)) for who in [*concerned, *elsewhere]
    )


def test_a_draft_is_confirmed_by_nobody(app: Flask) -> None:
    _, pilot_id, _, _ = suppliers.sponsored_pilot()
    for who in (builders.official_of(builders.VILLAGE), builders.admin()):
        with pytest.raises(NotFound):
            pilots.confirm_household(who, pilot_id)


def test_one_household_is_one_pilot_even_when_both_said_so_before(app: Flask) -> None:
    known = on_register()
    _, pilot_id, _, _ = suppliers.handed_in_pilot()
    builders.supplier(kind=suppliers.PILOT.kind, sponsor_id=builders.supplier(), household_id=known)
    with pytest.raises(Conflict) as caught:
        pilots.confirm_household(builders.admin(), pilot_id)
    assert caught.value.code == "parties.household_taken"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id_number": suppliers.HOUSE.id_number[:-1] + "Z"}, "id_number"),
        ({"head_name": " "}, "head_name"),
        ({"village_code": builders.VILLAGE_OF_SAME_TOWN}, "village_code"),
        ({"bank_account": "12", "bank_name": "示例"}, "bank_account"),
        ({"bank_account": "6200000000000001"}, "bank_name"),
    ],
)
def test_a_bad_household_leaves_nothing(app: Flask, changed: dict[str, str], field: str) -> None:
    owner, pilot_id = suppliers.registered(suppliers.PILOT)
    with pytest.raises(InvalidInput) as caught:
        pilots.name_household(owner, pilot_id, replace(suppliers.HOUSE, **changed))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert queries.said_household(pilot_id) is None


def test_the_sponsor_is_told_signs_once_and_may_decline_with_a_reason(app: Flask) -> None:
    owner, pilot_id, sponsor, sponsor_id = suppliers.sponsored_pilot()
    assert told(sponsor) == ["王家果园示范户（示例）请您担保"]
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, sponsor_id))
    for who in (owner, staff, builders.owner_of(builders.supplier())):
        with pytest.raises(NotFound):
            pilots.answer_sponsorship(who, pilot_id, sponsor_id, agrees=True)
    pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=False, reason="今年代办不过来")
    assert told(owner)[-1] == "担保方没有同意"
    with pytest.raises(NotFound):
        pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=True)
    pilots.name_sponsor(owner, pilot_id, sponsor_id)
    pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=True)
    with pytest.raises(DomainError):
        pilots.answer_sponsorship(sponsor, pilot_id, sponsor_id, agrees=True)
    commands.submit_supplier(owner, pilot_id)


def test_a_pilot_that_turns_out_a_farm_forgets_its_household(app: Flask) -> None:
    owner, pilot_id, _, _ = suppliers.sponsored_pilot()
    commands.update_supplier(owner, pilot_id, suppliers.DRAFT)
    assert queries.said_household(pilot_id) is None
    with pytest.raises(Conflict):
        pilots.name_household(owner, pilot_id, suppliers.HOUSE)
