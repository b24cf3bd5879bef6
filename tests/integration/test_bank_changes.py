"""A new bank account is live when somebody else confirms it: whose word counts, what stays, what people are told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.administration import assign_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.messages.models import Message
from marketplace.parties import bank_changes, queries
from marketplace.parties.bank_change_queries import (
    changes_of,
    get_change,
    open_change_of,
)
from marketplace.parties.bank_changes import AccountDraft
from marketplace.parties.models import BankChange, Household
from marketplace.parties.rules import SupplierKind
from marketplace.parties.workflow import BankChangeState
from tests.factories import builders, suppliers

NEW = AccountDraft("新的银行（示例）", "6200 0000 0000 0077", "试验合作社（示例）")
OLD_ACCOUNT, NEW_ACCOUNT = "6000000000000001", "6200000000000077"


@pytest.fixture
def coop(app: Flask) -> int:
    return builders.supplier()


def ask(supplier_id: int, who: Actor | None = None) -> int:
    owner = who or builders.owner_of(supplier_id)
    return bank_changes.ask_supplier_change(owner, supplier_id, NEW, suppliers.upload())


def account(supplier_id: int) -> str:
    return queries.get_contact(supplier_id).bank_account


def titles(actor: Actor) -> list[str]:
    return list(db.session.scalars(select(Message.title).where(Message.user_id == actor.user_id)))


def test_nothing_is_live_before_an_admin_confirms(coop: int) -> None:
    admin, owner = builders.admin(), builders.owner_of(coop)
    change_id = ask(coop, owner)
    assert account(coop) == OLD_ACCOUNT
    assert titles(admin) == [f"{queries.get_supplier(coop).name}申请更换收款账户"]
    bank_changes.confirm_change(admin, change_id)
    assert account(coop) == NEW_ACCOUNT
    assert titles(owner) == [f"{queries.get_supplier(coop).name}：新银行账户已确认"]
    acts: list[Callable[[], None]] = [
        lambda: bank_changes.confirm_change(admin, change_id),
        lambda: bank_changes.refuse_change(admin, change_id, "想反悔了"),
        lambda: bank_changes.withdraw_change(owner, change_id),
    ]
    for act in acts:
        with pytest.raises(IllegalTransition):
            act()
    actions = db.session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.action.startswith("suppliers.bank"))
        .order_by(AuditEntry.id)
    ).all()
    assert actions == ["suppliers.bank_ask", "suppliers.bank_confirm"]


def test_the_account_is_stored_encrypted_and_in_no_message_or_audit_row(coop: int) -> None:
    ask(coop)
    row = db.session.connection().exec_driver_sql("SELECT * FROM bank_changes").one()
    stored = b"|".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in row
    )
    assert NEW_ACCOUNT.encode() not in stored
    assert not any(
        NEW_ACCOUNT in f"{entry.detail}{entry.reason}" for entry in db.session.scalars(select(AuditEntry))
    )
    assert not any(
        NEW_ACCOUNT in message.title + message.text for message in db.session.scalars(select(Message))
    )
    assert NEW_ACCOUNT not in repr(open_change_of(supplier_id=coop))


@pytest.mark.parametrize(
    ("draft", "with_proof", "field"),
    [
        (AccountDraft("银行", "12", "户名"), True, "bank_account"),
        (AccountDraft(" ", NEW_ACCOUNT, "户名"), True, "bank_name"),
        (AccountDraft("银行", NEW_ACCOUNT, " "), True, "bank_account_name"),
        (AccountDraft("银行", NEW_ACCOUNT, "户名"), False, "proof"),
    ],
)
def test_a_bad_change_leaves_nothing(coop: int, draft: AccountDraft, with_proof: bool, field: str) -> None:
    proof = suppliers.upload() if with_proof else None
    with pytest.raises(InvalidInput) as caught:
        bank_changes.ask_supplier_change(builders.owner_of(coop), coop, draft, proof)
    assert caught.value.field == field
    assert open_change_of(supplier_id=coop) is None


def test_one_is_open_at_a_time_and_may_be_taken_back(coop: int) -> None:
    owner = builders.owner_of(coop)
    first = ask(coop, owner)
    with pytest.raises(Conflict) as caught:
        ask(coop, owner)
    assert caught.value.code == "parties.bank_change_open"
    with pytest.raises(NotFound):
        bank_changes.withdraw_change(builders.owner_of(builders.supplier()), first)
    bank_changes.withdraw_change(owner, first)
    second = ask(coop, owner)
    assert [each.id for each in changes_of(supplier_id=coop)] == [second, first]
    bank_changes.refuse_change(builders.admin(), second, "户名和执照不符")
    assert (account(coop), get_change(second).reason) == (OLD_ACCOUNT, "户名和执照不符")


def test_two_who_ask_at_once_leave_one_open(coop: int, app: Flask) -> None:
    owner = builders.owner_of(coop)

    def ask_here(_: int) -> str:
        with app.app_context():
            try:
                ask(coop, owner)
            except DomainError as error:
                return error.code
            return "asked"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(ask_here, range(8)))
    assert answers == ["asked", *["parties.bank_change_open"] * 7]


def test_twenty_who_confirm_at_once_confirm_once(coop: int, app: Flask) -> None:
    change_id = ask(coop)
    admins = [builders.admin() for _ in range(20)]

    def confirm(who: Actor) -> str:
        with app.app_context():
            try:
                bank_changes.confirm_change(who, change_id)
            except DomainError as error:
                return error.code
            return "confirmed"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(confirm, admins))
    assert sorted(answers) == ["confirmed", *["workflow.illegal"] * 19]


def test_who_may_ask_for_a_supplier(coop: int) -> None:
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop))
    for who in (staff, builders.owner_of(builders.supplier()), builders.admin(), builders.user()):
        with pytest.raises(NotFound):
            ask(coop, who)
    owner, draft_id = suppliers.registered()
    with pytest.raises(Conflict):
        ask(draft_id, owner)


def test_who_may_confirm_for_a_supplier(coop: int) -> None:
    household = builders.household()
    pilot = builders.supplier(kind=SupplierKind.PILOT_HOUSEHOLD, sponsor_id=coop, household_id=household)
    owner = builders.owner_of(pilot)
    change_id = ask(pilot, owner)
    sponsor = builders.owner_of(coop)
    for who in (owner, sponsor, builders.finance(), builders.official_of(builders.VILLAGE)):
        with pytest.raises(NotFound):
            bank_changes.confirm_change(who, change_id)
    for who in (owner, sponsor):
        assign_role(builders.admin(), who.user_id, Role.ADMIN, "", "兼任管理员")
        with pytest.raises(Forbidden):
            bank_changes.confirm_change(suppliers.again(who), change_id)
    assert account(pilot) == OLD_ACCOUNT


@pytest.fixture
def household(coop: int) -> int:
    return builders.household(supplier_id=coop)


def ask_for_household(who: Actor, household_id: int) -> int:
    return bank_changes.ask_household_change(who, household_id, NEW, suppliers.upload())


def test_a_households_account_is_confirmed_by_its_village(coop: int, household: int) -> None:
    official = builders.official_of(builders.VILLAGE)
    head = builders.head_of(household)
    change_id = ask_for_household(builders.owner_of(coop), household)
    assert db.session.get_one(Household, household).bank_account is None
    bank_changes.confirm_change(official, change_id)
    found = db.session.get_one(Household, household)
    assert (found.bank_name, found.bank_account) == (NEW.bank_name, NEW_ACCOUNT)
    assert titles(head) == ["新银行账户已确认"]
    assert len(titles(official)) == 1


def test_the_household_itself_and_its_suppliers_staff_may_ask(coop: int, household: int) -> None:
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop))
    head = builders.head_of(household)
    bank_changes.withdraw_change(head, ask_for_household(staff, household))
    bank_changes.withdraw_change(staff, ask_for_household(head, household))
    strangers = [
        builders.owner_of(builders.supplier()),
        builders.head_of(builders.household()),
        builders.official_of(builders.VILLAGE),
        builders.admin(),
    ]
    for who in strangers:
        with pytest.raises(NotFound):
            ask_for_household(who, household)


def test_who_may_confirm_for_a_household(coop: int, household: int) -> None:
    change_id = ask_for_household(builders.owner_of(coop), household)
    village = (Role.OFFICIAL, ScopeKind.REGION, builders.VILLAGE)
    concerned = [
        builders.user(None, village, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, coop)),
        builders.user(None, village, (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, household)),
    ]
    acts: list[Callable[[Actor], None]] = [
        lambda who: bank_changes.confirm_change(who, change_id),
        lambda who: bank_changes.refuse_change(who, change_id, "对不上本人"),
    ]
    elsewhere = [
        builders.official_of(code)
        for code in (builders.VILLAGE_OF_SAME_TOWN, builders.TOWN, builders.COUNTY, builders.CITY)
    ]
    for act in acts:
        for who in concerned:
            with pytest.raises(Forbidden):
                act(who)
        for who in [*elsewhere, builders.admin(), builders.owner_of(coop)]:
            with pytest.raises(NotFound):
                act(who)
    states = db.session.scalars(select(BankChange.state)).all()
    assert states == [BankChangeState.ASKED]
