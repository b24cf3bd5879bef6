"""An admitted supplier's name, number and village change when somebody else has seen the new licence: whose word counts,
what is live when, what keeps what it froze."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from catalog.products.commands import SEARCH_TOPIC
from certification.certificates.models import Certificate
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.outbox import OutboxMessage
from marketplace.kernel.transaction import transaction
from marketplace.messages.models import Message
from marketplace.parties import licence_changes, queries
from marketplace.parties.licence_change_queries import (
    get_licence_change,
    licence_changes_of,
    open_licence_changes,
)
from marketplace.parties.licence_changes import LicenceDraft
from marketplace.parties.models import LicenceChange, Supplier
from marketplace.parties.paper_queries import papers_of, renewed_papers_of
from marketplace.parties.rules import SupplierKind
from marketplace.parties.workflow import LicenceChangeState, SupplierState
from tests.factories import builders, order_builders, suppliers

NEW = LicenceDraft("秦岭果业联合社（示例）", suppliers.USCC, builders.VILLAGE_OF_SAME_COUNTY)


@pytest.fixture
def coop(app: Flask) -> int:
    return builders.supplier()


def ask(supplier_id: int, who: Actor | None = None, draft: LicenceDraft = NEW) -> int:
    owner = who or builders.owner_of(supplier_id)
    return licence_changes.ask_licence_change(owner, supplier_id, draft, suppliers.upload())


def said(supplier_id: int) -> tuple[str, str | None, str]:
    db.session.rollback()
    db.session.expire_all()
    found = queries.get_supplier(supplier_id)
    return found.name, found.uscc, found.village_code


def titles(actor: Actor) -> list[str]:
    return list(db.session.scalars(select(Message.title).where(Message.user_id == actor.user_id)))


def test_nothing_is_live_before_an_admin_confirms(coop: int) -> None:
    admin, owner, before = builders.admin(), builders.owner_of(coop), said(coop)
    change_id = ask(coop, owner)
    assert said(coop) == before
    assert titles(admin) == [f"{before[0]}申请变更登记资料"]
    assert [each.id for each in open_licence_changes()] == [change_id]
    licence_changes.confirm_licence_change(admin, change_id)
    assert said(coop) == (NEW.name, NEW.uscc, NEW.village_code)
    assert titles(owner) == ["登记资料已变更"]
    kept = get_licence_change(change_id)
    assert (kept.old_name, kept.old_uscc, kept.old_village_code) == before
    [paper] = papers_of(coop)
    assert (paper.media_id, paper.number) == (kept.proof_id, NEW.uscc)
    acts: list[Callable[[], None]] = [
        lambda: licence_changes.confirm_licence_change(admin, change_id),
        lambda: licence_changes.refuse_licence_change(admin, change_id, "想反悔了"),
    ]
    for act in acts:
        with pytest.raises(IllegalTransition):
            act()
    with pytest.raises(Conflict, match="no_licence_change"):
        licence_changes.withdraw_licence_change(owner, coop)


def test_the_new_licence_takes_the_old_ones_place(coop: int) -> None:
    admin = builders.admin()
    licence_changes.confirm_licence_change(admin, ask(coop))
    first = papers_of(coop)[0].id
    licence_changes.confirm_licence_change(admin, ask(coop, draft=replace(NEW, name="又一个名字（示例）")))
    assert [paper.replaces_id for paper in papers_of(coop)] == [first]
    assert [paper.id for paper in renewed_papers_of(coop)] == [first]


def test_orders_and_certificates_keep_what_they_froze_and_the_shop_is_found_anew(app: Flask) -> None:
    world = builders.saleable(units=5, price_fen=3000, lot_total_fen=5_000)
    order_builders.placed_orders({world["sku"]: 1})
    with transaction() as session:
        session.execute(update(Certificate).values(facts={"product": "翠香", "applicant": "旧名（示例）"}))
        session.execute(update(OutboxMessage).values(topic="done"))
    change_id = ask(world["supplier"])
    licence_changes.confirm_licence_change(builders.admin(), change_id)
    facts = db.session.scalars(select(Certificate.facts)).one()
    assert facts["applicant"] == "旧名（示例）"
    waiting = db.session.scalars(
        select(OutboxMessage.payload).where(OutboxMessage.topic == SEARCH_TOPIC)
    ).all()
    assert waiting == [{"listing_id": world["listing"]}]


@pytest.mark.parametrize(
    ("draft", "with_proof", "field"),
    [
        (replace(NEW, name="  "), True, "name"),
        (replace(NEW, uscc="123"), True, "uscc"),
        (replace(NEW, village_code="999999999999"), True, "village_code"),
        (replace(NEW, village_code=builders.TOWN), True, "village_code"),
        (NEW, False, "proof"),
    ],
)
def test_a_bad_change_leaves_nothing(coop: int, draft: LicenceDraft, with_proof: bool, field: str) -> None:
    proof = suppliers.upload() if with_proof else None
    with pytest.raises(InvalidInput) as caught:
        licence_changes.ask_licence_change(builders.owner_of(coop), coop, draft, proof)
    assert caught.value.field == field
    assert licence_changes_of(coop) == []


def test_what_is_the_same_is_no_change(coop: int) -> None:
    name, uscc, village = said(coop)
    with pytest.raises(InvalidInput, match="licence_same"):
        ask(coop, draft=LicenceDraft(name, uscc or "", village))


def test_one_is_open_at_a_time_and_may_be_taken_back(coop: int) -> None:
    owner, before = builders.owner_of(coop), said(coop)
    ask(coop, owner)
    with pytest.raises(Conflict, match="licence_change_open"):
        ask(coop, owner)
    licence_changes.withdraw_licence_change(owner, coop)
    assert said(coop) == before
    assert [each.state for each in licence_changes_of(coop)] == [LicenceChangeState.WITHDRAWN]
    ask(coop, owner)
    assert len(licence_changes_of(coop)) == 2


def test_whose_word_counts(coop: int) -> None:
    owner, before = builders.owner_of(coop), said(coop)
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop))
    for stranger in (staff, builders.owner_of(builders.supplier()), builders.admin()):
        with pytest.raises(NotFound):
            ask(coop, stranger)
    both = builders.user(
        None, (Role.ADMIN, ScopeKind.PLATFORM, ""), (Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, coop)
    )
    change_id = ask(coop, owner)
    for nobody in (owner, staff, builders.finance(), builders.official_of(builders.CITY)):
        with pytest.raises(NotFound):
            licence_changes.confirm_licence_change(nobody, change_id)
        with pytest.raises(NotFound):
            licence_changes.refuse_licence_change(nobody, change_id, "不一致，退回")
    with pytest.raises(Forbidden):
        licence_changes.confirm_licence_change(both, change_id)
    with pytest.raises(NotFound):
        licence_changes.withdraw_licence_change(staff, coop)
    with pytest.raises(InvalidInput):
        licence_changes.refuse_licence_change(builders.admin(), change_id, "")
    licence_changes.refuse_licence_change(builders.admin(), change_id, "照片看不清")
    assert said(coop) == before
    assert get_licence_change(change_id).reason == "照片看不清"


def test_not_before_admission_and_a_pilot_stays_with_its_household(coop: int) -> None:
    household = builders.household()
    pilot = builders.supplier(kind=SupplierKind.PILOT_HOUSEHOLD, sponsor_id=coop, household_id=household)
    with pytest.raises(InvalidInput) as caught:
        ask(pilot)
    assert caught.value.field == "village_code"
    change_id = ask(pilot, draft=replace(NEW, village_code=builders.VILLAGE))
    sponsor = builders.user(
        None, (Role.ADMIN, ScopeKind.PLATFORM, ""), (Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, coop)
    )
    with pytest.raises(Forbidden):
        licence_changes.confirm_licence_change(sponsor, change_id)
    licence_changes.confirm_licence_change(builders.admin(), change_id)
    assert said(pilot) == (NEW.name, None, builders.VILLAGE)
    assert papers_of(pilot) == []
    with transaction() as session:
        session.execute(update(Supplier).where(Supplier.id == coop).values(state=SupplierState.SUBMITTED))
    with pytest.raises(Conflict, match="not_admitted"):
        ask(coop)


def test_a_number_somebody_registered_meanwhile_is_not_taken(coop: int) -> None:
    change_id, before = ask(coop), said(coop)
    suppliers.registered()
    with pytest.raises(Conflict, match="uscc_taken"):
        licence_changes.confirm_licence_change(builders.admin(), change_id)
    assert said(coop) == before
    assert get_licence_change(change_id).state is LicenceChangeState.ASKED
    with pytest.raises(Conflict, match="uscc_taken"):
        ask(builders.supplier())


def test_of_two_admins_one_decides(app: Flask, coop: int) -> None:
    change_id = ask(coop)
    admins = [builders.admin() for _ in range(2)]
    db.session.remove()

    def decide(number: int) -> str:
        with app.app_context():
            try:
                if number:
                    licence_changes.refuse_licence_change(admins[1], change_id, "不一致，退回")
                else:
                    licence_changes.confirm_licence_change(admins[0], change_id)
            except DomainError as error:
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, range(2))) == ["IllegalTransition", "done"]


@pytest.mark.parametrize(
    "values",
    [
        {"state": LicenceChangeState.CONFIRMED},
        {"name": "同名（示例）", "old_name": "同名（示例）", "uscc": None, "old_uscc": None},
    ],
)
def test_the_database_states_the_law_too(coop: int, values: dict[str, object]) -> None:
    change_id = ask(coop, draft=replace(NEW, village_code=builders.VILLAGE))
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(LicenceChange).where(LicenceChange.id == change_id).values(**values))
    db.session.rollback()
