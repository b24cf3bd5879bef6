"""Inviting by a link: once, for a few days, withdrawn at will; roles changed and ended, never the last head's."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts import invitations
from marketplace.accounts.invitations import InvitationStatus
from marketplace.accounts.models import Invitation, Role, RoleAssignment, ScopeKind, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from marketplace.parties.unit_queries import members_of_unit
from tests.factories import builders, purchases
from tests.factories.purchases import Unit

UNIT, SUPPLIER = ScopeKind.UNIT, ScopeKind.SUPPLIER


@pytest.fixture
def unit(app: Flask) -> Unit:
    return purchases.unit()


def again(actor: Actor) -> Actor:
    found = load_actor(actor.user_id)
    assert found is not None
    return found


def version(actor: Actor) -> int:
    db.session.expire_all()
    return db.session.scalars(select(User.session_version).where(User.id == actor.user_id)).one()


def assignment(actor: Actor) -> int:
    return db.session.scalars(
        select(RoleAssignment.id).where(
            RoleAssignment.user_id == actor.user_id, RoleAssignment.revoked_at.is_(None)
        )
    ).one()


def roles(unit_id: int, actor: Actor) -> list[Role]:
    return [member.role for member in members_of_unit(unit_id) if member.user_id == actor.user_id]


def test_an_invitation_gives_its_role_once(unit: Unit) -> None:
    number, secret = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "食堂 王老师")
    invitee, other = builders.user(), builders.user()
    before = version(invitee)
    found = invitations.accept_invitation(invitee, secret)
    assert (found.id, found.role) == (number, Role.UNIT_BUYER)
    assert again(invitee).unit_ids == [unit.id]
    assert version(invitee) == before + 1
    with pytest.raises(Conflict) as refused:
        invitations.accept_invitation(other, secret)
    assert refused.value.code == "invitations.used"
    assert again(other).unit_ids == []
    assert invitations.open_invitations(UNIT, unit.id) == []


def test_only_the_digest_of_the_secret_is_kept(unit: Unit) -> None:
    _, secret = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_FINANCE, "财务 李老师")
    row = db.session.scalars(select(Invitation)).one()
    assert secret not in {str(value) for value in vars(row).values()}
    with pytest.raises(NotFound):
        invitations.find_invitation(row.token_digest)
    assert invitations.find_invitation(secret).invitee == "财务 李老师"
    kept = db.session.scalars(
        select(AuditEntry.detail).where(AuditEntry.action == "invitations.invite")
    ).one()
    assert secret not in str(kept)


def test_it_runs_out(unit: Unit, freeze: Callable[[str], time_machine.Traveller]) -> None:
    moment = freeze("2026-11-20 10:00")
    _, secret = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
    days = invitations.INVITATION_DAYS.get()
    moment.shift(timedelta(days=days) - timedelta(seconds=1))
    assert invitations.find_invitation(secret).status is InvitationStatus.OPEN
    moment.shift(timedelta(seconds=1))
    with pytest.raises(Conflict) as refused:
        invitations.accept_invitation(builders.user(), secret)
    assert refused.value.code == "invitations.expired"
    assert invitations.open_invitations(UNIT, unit.id) == []


def test_it_can_be_withdrawn_once(unit: Unit) -> None:
    number, secret = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
    invitations.withdraw_invitation(unit.manager, UNIT, unit.id, number)
    with pytest.raises(Conflict) as refused:
        invitations.accept_invitation(builders.user(), secret)
    assert refused.value.code == "invitations.withdrawn"
    with pytest.raises(Conflict):
        invitations.withdraw_invitation(unit.manager, UNIT, unit.id, number)


def test_who_may_invite_and_withdraw(unit: Unit) -> None:
    other = purchases.unit()
    number, _ = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
    for person in (unit.buyer, unit.approver, unit.finance, other.manager, builders.admin(), builders.user()):
        with pytest.raises(NotFound):
            invitations.invite(person, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
        with pytest.raises(NotFound):
            invitations.withdraw_invitation(person, UNIT, unit.id, number)
    with pytest.raises(NotFound):  # right person, somebody else's invitation
        invitations.withdraw_invitation(other.manager, UNIT, other.id, number)


@pytest.mark.parametrize(
    ("role", "invitee", "field"),
    [
        (Role.ADMIN, "王老师", "role"),
        (Role.SUPPLIER_STAFF, "王老师", "role"),
        (Role.UNIT_BUYER, "  ", "invitee"),
        (Role.UNIT_BUYER, "王" * 21, "invitee"),
    ],
)
def test_what_may_be_invited_to(unit: Unit, role: Role, invitee: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        invitations.invite(unit.manager, UNIT, unit.id, role, invitee)
    assert refused.value.field == field


def test_not_ones_own_and_not_twice(unit: Unit) -> None:
    _, secret = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
    for person, code in ((unit.manager, "invitations.yourself"), (unit.buyer, "invitations.have_role")):
        with pytest.raises(Conflict) as refused:
            invitations.accept_invitation(person, secret)
        assert refused.value.code == code
    invitations.accept_invitation(unit.finance, secret)  # a second role is fine, and the link is still good
    assert roles(unit.id, unit.finance) == [Role.UNIT_BUYER, Role.UNIT_FINANCE]


def test_a_link_ends_with_the_role_of_who_gave_it(unit: Unit) -> None:
    """Somebody shown the door must not come back by a link kept in a drawer."""
    second = purchases.member(unit.id, Role.UNIT_MANAGER)
    _, kept = invitations.invite(second, UNIT, unit.id, Role.UNIT_APPROVER, "王老师")
    _, good = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "李老师")
    invitations.end_membership(unit.manager, UNIT, unit.id, assignment(second), "调到别的单位")
    friend = builders.user()
    with pytest.raises(Conflict) as refused:
        invitations.accept_invitation(friend, kept)
    assert refused.value.code == "invitations.inviter_left"
    assert again(friend).unit_ids == []
    invitations.accept_invitation(friend, good)


def test_a_disabled_managers_link_is_no_good(unit: Unit) -> None:
    second = purchases.member(unit.id, Role.UNIT_MANAGER)
    _, kept = invitations.invite(second, UNIT, unit.id, Role.UNIT_APPROVER, "王老师")
    disable(second)
    with pytest.raises(Conflict) as refused:
        invitations.accept_invitation(builders.user(), kept)
    assert refused.value.code == "invitations.inviter_left"


def test_nobody_makes_themselves_the_one_who_approves(unit: Unit) -> None:
    """A manager draws up purchases too; the other person's agreement must come from another person's appointment."""
    second = purchases.member(unit.id, Role.UNIT_MANAGER)
    _, secret = invitations.invite(second, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
    invitations.accept_invitation(unit.manager, secret)
    own = db.session.scalars(
        select(RoleAssignment.id).where(
            RoleAssignment.user_id == unit.manager.user_id, RoleAssignment.role == Role.UNIT_BUYER
        )
    ).one()
    with pytest.raises(Conflict) as refused:
        invitations.change_membership(again(unit.manager), UNIT, unit.id, own, Role.UNIT_APPROVER)
    assert refused.value.code == "units.not_yourself"
    invitations.change_membership(second, UNIT, unit.id, own, Role.UNIT_APPROVER)


def test_of_two_who_press_at_once_one_gets_it(app: Flask, unit: Unit) -> None:
    _, secret = invitations.invite(unit.manager, UNIT, unit.id, Role.UNIT_BUYER, "王老师")
    people = [builders.user() for _ in range(4)]
    barrier, outcomes = Barrier(len(people)), list[str]()

    def press(actor: Actor) -> None:
        with app.app_context():
            barrier.wait()
            try:
                invitations.accept_invitation(actor, secret)
            except Conflict as error:
                outcomes.append(error.code)
            else:
                outcomes.append("accepted")

    threads = [Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", *["invitations.used"] * 3]
    assert sum(again(person).unit_ids == [unit.id] for person in people) == 1


def test_a_member_gets_another_role_and_their_sessions_end(unit: Unit) -> None:
    before = version(unit.buyer)
    invitations.change_membership(unit.manager, UNIT, unit.id, assignment(unit.buyer), Role.UNIT_APPROVER)
    assert roles(unit.id, unit.buyer) == [Role.UNIT_APPROVER]
    assert version(unit.buyer) > before
    with pytest.raises(Conflict):
        invitations.change_membership(unit.manager, UNIT, unit.id, assignment(unit.buyer), Role.UNIT_APPROVER)
    with pytest.raises(InvalidInput):
        invitations.change_membership(unit.manager, UNIT, unit.id, assignment(unit.buyer), Role.ADMIN)


def test_a_role_ends_with_a_reason_and_on_the_record(unit: Unit) -> None:
    number, before = assignment(unit.buyer), version(unit.buyer)
    with pytest.raises(InvalidInput):
        invitations.end_membership(unit.manager, UNIT, unit.id, number, " 走 ")
    invitations.end_membership(unit.manager, UNIT, unit.id, number, "调到别的单位")
    assert roles(unit.id, unit.buyer) == []
    assert version(unit.buyer) > before
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "accounts.revoke")).one()
    assert (entry.actor_id, entry.reason) == (unit.manager.user_id, "调到别的单位")
    with pytest.raises(NotFound):
        invitations.end_membership(unit.manager, UNIT, unit.id, number, "调到别的单位")


def test_the_last_manager_stays(unit: Unit) -> None:
    own = assignment(unit.manager)
    acts: list[Callable[[], None]] = [
        lambda: invitations.end_membership(unit.manager, UNIT, unit.id, own, "调到别的单位"),
        lambda: invitations.change_membership(unit.manager, UNIT, unit.id, own, Role.UNIT_BUYER),
    ]
    for act in acts:
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "units.last_manager"
    second = purchases.member(unit.id, Role.UNIT_MANAGER)
    with pytest.raises(Conflict) as refused:  # not even with another one there: the other one has to do it
        invitations.end_membership(unit.manager, UNIT, unit.id, own, "调到别的单位")
    assert refused.value.code == "units.not_yourself"
    invitations.end_membership(second, UNIT, unit.id, own, "调到别的单位")
    assert roles(unit.id, unit.manager) == []


def test_a_disabled_manager_is_none(unit: Unit) -> None:
    second = purchases.member(unit.id, Role.UNIT_MANAGER)
    disable(second)
    with pytest.raises(Conflict) as refused:
        invitations.end_membership(second, UNIT, unit.id, assignment(unit.manager), "调到别的单位")
    assert refused.value.code == "units.last_manager"


def disable(actor: Actor) -> None:
    with transaction():
        db.session.get_one(User, actor.user_id).is_enabled = False


def test_managers_who_end_each_other_at_once_leave_one(app: Flask, unit: Unit) -> None:
    second = purchases.member(unit.id, Role.UNIT_MANAGER)
    pairs = [(unit.manager, assignment(second)), (second, assignment(unit.manager))]
    barrier, outcomes = Barrier(2), list[str]()

    def press(actor: Actor, number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                invitations.end_membership(actor, UNIT, unit.id, number, "调到别的单位")
            except Conflict as error:
                outcomes.append(error.code)
            else:
                outcomes.append("ended")

    threads = [Thread(target=press, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ended", "units.last_manager"]
    db.session.rollback()
    managers = [member for member in members_of_unit(unit.id) if member.role is Role.UNIT_MANAGER]
    assert len(managers) == 1


def test_a_role_elsewhere_is_not_found(unit: Unit) -> None:
    other = purchases.unit()
    admin = builders.admin()
    for number in (assignment(other.buyer), assignment(admin), 10**6):
        with pytest.raises(NotFound):
            invitations.end_membership(unit.manager, UNIT, unit.id, number, "调到别的单位")
        with pytest.raises(NotFound):
            invitations.change_membership(unit.manager, UNIT, unit.id, number, Role.UNIT_FINANCE)
    with pytest.raises(NotFound):  # no manager's act
        invitations.end_membership(unit.approver, UNIT, unit.id, assignment(unit.buyer), "调到别的单位")


def test_a_suppliers_owner_brings_staff_in_the_same_way(app: Flask) -> None:
    supplier_id = builders.supplier()
    owner = builders.owner_of(supplier_id)
    _, secret = invitations.invite(owner, SUPPLIER, supplier_id, Role.SUPPLIER_STAFF, "发货 小李")
    staff = builders.user()
    invitations.accept_invitation(staff, secret)
    assert again(staff).supplier_ids == [supplier_id]
    assert again(staff).owned_supplier_ids == []
    with pytest.raises(InvalidInput):
        invitations.invite(owner, SUPPLIER, supplier_id, Role.SUPPLIER_OWNER, "小李")
    with pytest.raises(NotFound):
        invitations.invite(again(staff), SUPPLIER, supplier_id, Role.SUPPLIER_STAFF, "小张")
    invitations.end_membership(owner, SUPPLIER, supplier_id, assignment(staff), "不再合作")
    assert again(staff).supplier_ids == []
    with pytest.raises(Conflict):
        invitations.end_membership(owner, SUPPLIER, supplier_id, assignment(owner), "不再合作")
