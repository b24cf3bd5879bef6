"""Going through a supplier requirement by requirement, its papers through the years, standing and suspension."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from catalog.products.queries import get_skus_for_sale
from marketplace.accounts.administration import assign_role
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.parameters import override
from marketplace.kernel.transaction import transactional
from marketplace.messages.models import Message
from marketplace.parties import admission, commands, examination, queries, reminders, reverification
from marketplace.parties.models import Supplier, SupplierPaper, SupplierRequirement, SupplierStep
from marketplace.parties.paper_commands import PaperDraft, add_paper, remove_paper
from marketplace.parties.paper_queries import (
    Ending,
    count_ending,
    ending_papers,
    papers_of,
    renewed_papers_of,
)
from marketplace.parties.requirement_rules import Standing
from marketplace.parties.rules import PaperKind, SupplierKind
from marketplace.parties.standing_rules import Verification, add_months
from marketplace.parties.steps import steps_of
from marketplace.parties.workflow import SupplierState
from orders.checkout.commands import place
from tests.factories import builders, order_builders, suppliers
from tests.support.counting import statements

TOURISM = SupplierKind.RURAL_TOURISM
LICENCE = PaperKind.BUSINESS_LICENCE


def standing(supplier_id: int, code: str) -> Standing:
    needs = queries.needs_of(queries.get_supplier(supplier_id))
    return next(need.standing for need in needs if need.code == code)


def actions(supplier_id: int) -> list[str]:
    return [step.action for step in reversed(steps_of(supplier_id))]


def told(actor: Actor) -> list[str]:
    return list(
        db.session.scalars(select(Message.title).where(Message.user_id == actor.user_id).order_by(Message.id))
    )


def admitted() -> tuple[Actor, int, Actor]:
    owner, supplier_id = suppliers.handed_in()
    admin = suppliers.examined(supplier_id)
    admission.approve_supplier(admin, supplier_id)
    return owner, supplier_id, admin


@transactional
def shift(supplier_id: int, paper_kind: PaperKind, days: int) -> None:
    """Let a paper end so many days from now, as if time had passed."""
    db.session.execute(
        update(SupplierPaper)
        .where(SupplierPaper.supplier_id == supplier_id, SupplierPaper.kind == paper_kind)
        .values(expires_on=clock.today() + timedelta(days=days))
    )


@transactional
def due_in(supplier_id: int, days: int) -> None:
    db.session.execute(
        update(Supplier)
        .where(Supplier.id == supplier_id)
        .values(verify_due_on=clock.today() + timedelta(days=days))
    )


def test_nobody_is_admitted_before_each_requirement_was_looked_at(app: Flask) -> None:
    owner, supplier_id = suppliers.handed_in()
    admin = suppliers.examined(supplier_id, "members")
    with pytest.raises(Conflict) as caught:
        admission.approve_supplier(admin, supplier_id)
    assert (caught.value.code, caught.value.params) == ("parties.to_examine", {"count": 1})
    assert queries.get_supplier(supplier_id).state is SupplierState.SUBMITTED
    examination.waive_requirement(admin, supplier_id, "members", "登记机关已出具成员证明")
    admission.approve_supplier(admin, supplier_id)
    found = queries.get_supplier(supplier_id)
    assert (found.verified_on, found.verify_due_on) == (clock.today(), add_months(clock.today(), 6))
    assert actions(supplier_id) == ["register", "submit", "approve"]
    assert told(owner) == ["富饶鲜果合作社（示例）：入驻通过了"]


def test_what_is_sent_back_is_mended_and_looked_at_again(app: Flask) -> None:
    owner, supplier_id = suppliers.handed_in()
    admin = suppliers.examined(supplier_id)
    examination.send_back_requirement(admin, supplier_id, "licence", "右下角没有拍全")
    examination.send_back_requirement(admin, supplier_id, "bank", "户名和执照不一样")
    admission.return_supplier(admin, supplier_id, "两项要改")
    with pytest.raises(InvalidInput) as caught:
        commands.submit_supplier(owner, supplier_id)
    assert caught.value.params == {"count": 2}
    add_paper(owner, supplier_id, PaperDraft(LICENCE), suppliers.upload())
    commands.update_bank(owner, supplier_id, "示例农商银行", "富饶鲜果合作社（示例）", "6200000000000002")
    assert standing(supplier_id, "licence") is Standing.ATTESTED
    assert standing(supplier_id, "bank") is Standing.COMPUTED
    commands.submit_supplier(owner, supplier_id)
    with pytest.raises(Conflict):
        admission.approve_supplier(admin, supplier_id)
    suppliers.examined(supplier_id)
    admission.approve_supplier(admin, supplier_id)


def test_a_changed_name_is_looked_at_again(app: Flask) -> None:
    owner, supplier_id = suppliers.handed_in()
    admin = suppliers.examined(supplier_id)
    admission.return_supplier(admin, supplier_id, "名称少一个字")
    assert standing(supplier_id, "identity") is Standing.VERIFIED
    commands.update_supplier(owner, supplier_id, suppliers.DRAFT)
    assert standing(supplier_id, "identity") is Standing.ATTESTED


def test_a_supplier_says_why_it_has_no_such_paper(app: Flask) -> None:
    owner, supplier_id = suppliers.registered(replace(suppliers.DRAFT, kind=TOURISM))
    commands.update_bank(owner, supplier_id, "示例农商银行", "山泉农家乐（示例）", "6200000000000001")
    suppliers.give_papers(owner, supplier_id, "lodging")
    with pytest.raises(InvalidInput):
        commands.submit_supplier(owner, supplier_id)
    examination.state_requirement(owner, supplier_id, "lodging", "只做餐饮，不住人")
    commands.submit_supplier(owner, supplier_id)
    admin = suppliers.examined(supplier_id, "lodging")
    with pytest.raises(Conflict):
        examination.verify_requirement(admin, supplier_id, "lodging")
    with pytest.raises(Conflict):
        admission.approve_supplier(admin, supplier_id)
    examination.waive_requirement(admin, supplier_id, "lodging", "电话问过，不住人")
    admission.approve_supplier(admin, supplier_id)


@pytest.mark.parametrize("code", ["licence", "bank", "household", "no-such-thing"])
def test_only_what_may_be_missing_is_talked_away(app: Flask, code: str) -> None:
    owner, supplier_id = suppliers.registered()
    with pytest.raises(Conflict if code in {"licence", "bank"} else NotFound):
        examination.state_requirement(owner, supplier_id, code, "我们没有这一项")


@pytest.mark.parametrize("code", ["identity", "uscc", "bank"])
def test_who_it_is_and_its_account_are_never_waived(app: Flask, code: str) -> None:
    _, supplier_id = suppliers.handed_in()
    with pytest.raises(Conflict) as caught:
        examination.waive_requirement(builders.admin(), supplier_id, code, "图个省事")
    assert caught.value.code == "parties.not_waivable"


def test_who_may_examine(app: Flask) -> None:
    owner, supplier_id = suppliers.handed_in()
    acts: list[Callable[[Actor], object]] = [
        lambda who: examination.verify_requirement(who, supplier_id, "licence"),
        lambda who: examination.send_back_requirement(who, supplier_id, "licence", "看不清楚"),
        lambda who: examination.waive_requirement(who, supplier_id, "licence", "看过原件"),
        lambda who: admission.return_supplier(who, supplier_id, "看不清楚"),
        lambda who: admission.suspend_supplier(who, supplier_id, "看不清楚"),
    ]
    others = [owner, builders.user(), builders.finance(), builders.official_of(builders.CITY)]
    assign_role(builders.admin(), owner.user_id, Role.ADMIN, "", "兼任管理员")
    for act in acts:
        for who in [*others, suppliers.again(owner)]:
            with pytest.raises(Forbidden):
                act(who)
    assert (
        db.session.scalars(
            select(SupplierRequirement.by).where(SupplierRequirement.by != owner.user_id)
        ).all()
        == []
    )
    with pytest.raises(NotFound):
        examination.verify_requirement(builders.admin(), supplier_id, "farm_record")
    draft = suppliers.registered(suppliers.PILOT)[1]
    with pytest.raises(NotFound):
        examination.verify_requirement(builders.admin(), draft, "identity")


def test_a_paper_that_has_an_end_must_say_so(app: Flask) -> None:
    owner, supplier_id = suppliers.registered(replace(suppliers.DRAFT, kind=TOURISM))
    with pytest.raises(InvalidInput) as caught:
        add_paper(owner, supplier_id, PaperDraft(PaperKind.HEALTH_CERTIFICATE), suppliers.upload())
    assert caught.value.field == "expires_on"


def test_a_renewed_paper_is_kept_and_looked_at_again(app: Flask) -> None:
    owner, supplier_id, admin = admitted()
    [old] = [paper for paper in papers_of(supplier_id) if paper.kind is LICENCE]
    ends = clock.today() + timedelta(days=900)
    new_id = add_paper(owner, supplier_id, PaperDraft(LICENCE, "", ends), suppliers.upload(), old.id)
    assert [paper.id for paper in renewed_papers_of(supplier_id)] == [old.id]
    assert [paper.id for paper in papers_of(supplier_id) if paper.kind is LICENCE] == [new_id]
    assert standing(supplier_id, "licence") is Standing.ATTESTED
    assert "富饶鲜果合作社（示例）传了新的营业执照或登记证" in told(admin)
    with pytest.raises(Conflict):
        add_paper(owner, supplier_id, PaperDraft(LICENCE), suppliers.upload(), old.id)
    with pytest.raises(InvalidInput) as caught:
        add_paper(owner, supplier_id, PaperDraft(PaperKind.BANK_PROOF), suppliers.upload(), new_id)
    assert caught.value.field == "kind"
    with pytest.raises(Conflict):
        remove_paper(owner, supplier_id, new_id)
    examination.verify_requirement(admin, supplier_id, "licence")
    assert standing(supplier_id, "licence") is Standing.VERIFIED


def test_nobody_renews_a_foreign_paper(app: Flask) -> None:
    _, supplier_id, _ = admitted()
    stranger, own = suppliers.registered(replace(suppliers.DRAFT, uscc=""))
    [foreign] = [paper for paper in papers_of(supplier_id) if paper.kind is LICENCE]
    with pytest.raises(NotFound):
        add_paper(stranger, own, PaperDraft(LICENCE, "1"), suppliers.upload(), foreign.id)
    with pytest.raises(NotFound):
        add_paper(stranger, supplier_id, PaperDraft(LICENCE), suppliers.upload())


def test_papers_are_reminded_of_once_each_time(app: Flask) -> None:
    owner, supplier_id, _ = admitted()
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id))
    before = len(told(owner))
    for days, expected in ((61, 0), (60, 1), (59, 1), (30, 2), (7, 3), (6, 3), (0, 4), (-1, 4)):
        shift(supplier_id, LICENCE, days)
        reminders.remind()
        reminders.remind()
        assert len(told(staff)) == expected, days
        assert len(told(owner)) - before == expected
    assert told(staff)[-1] == "营业执照或登记证今天到期"


def test_after_a_pause_only_the_nearest_reminder_comes_and_a_renewed_paper_none(app: Flask) -> None:
    owner, supplier_id, _ = admitted()
    shift(supplier_id, LICENCE, 3)
    assert reminders.remind() == 1
    [old] = [paper for paper in papers_of(supplier_id) if paper.kind is LICENCE]
    ends = clock.today() + timedelta(days=900)
    add_paper(owner, supplier_id, PaperDraft(LICENCE, "", ends), suppliers.upload(), old.id)
    shifted = len(told(owner))
    with clock.turned_to(clock.now() + timedelta(days=3)):
        assert reminders.remind_of_papers() == 0
    assert len(told(owner)) == shifted


def test_a_required_paper_past_its_grace_is_listed_and_nobody_suspended(app: Flask) -> None:
    _, supplier_id, admin = admitted()
    shift(supplier_id, LICENCE, -15)
    assert (count_ending()[Ending.GRACE_OVER], count_ending()[Ending.EXPIRED]) == (0, 1)
    shift(supplier_id, LICENCE, -16)
    [row] = ending_papers(Ending.GRACE_OVER, page=1).items
    assert (row.supplier_id, row.kind, row.is_required, row.days_left) == (supplier_id, LICENCE, True, -16)
    assert queries.get_supplier(supplier_id).state is SupplierState.APPROVED
    override("parties.paper_grace_days", 60, "测试用的文件", admin.user_id)
    assert count_ending()[Ending.GRACE_OVER] == 0
    override("parties.paper_grace_days", 15, "测试用的文件", admin.user_id)
    examination.waive_requirement(admin, supplier_id, "licence", "新照在路上，看过受理单")
    assert count_ending()[Ending.GRACE_OVER] == 0


def test_a_paper_nobody_asks_for_costs_no_place(app: Flask) -> None:
    owner, supplier_id, _ = admitted()
    ends = clock.today() + timedelta(days=1)
    add_paper(owner, supplier_id, PaperDraft(PaperKind.TEST_REPORT, "1", ends), suppliers.upload())
    shift(supplier_id, PaperKind.TEST_REPORT, -100)
    assert count_ending()[Ending.GRACE_OVER] == 0
    assert count_ending(county_code=builders.COUNTY)[Ending.EXPIRED] == 1
    assert count_ending(county_code=builders.OTHER_COUNTY)[Ending.EXPIRED] == 0


def test_facts_are_confirmed_and_verified_every_six_months(app: Flask) -> None:
    owner, supplier_id, admin = admitted()
    with pytest.raises(Conflict) as caught:
        reverification.reattest(owner, supplier_id)
    assert caught.value.code == "parties.not_due"
    with pytest.raises(Conflict):
        reverification.verify_again(admin, supplier_id)
    due_in(supplier_id, 31)
    assert reminders.remind_of_verifications() == 0
    due_in(supplier_id, 30)
    assert (reminders.remind_of_verifications(), reminders.remind_of_verifications()) == (1, 0)
    due_in(supplier_id, -1)
    assert reminders.remind_of_verifications() == 1
    assert queries.count_by_verification()[Verification.OVERDUE] == 1
    reverification.reattest(owner, supplier_id)
    assert queries.get_supplier(supplier_id).verification is Verification.CONFIRMED
    reverification.return_verification(admin, supplier_id, "联系电话打不通")
    reverification.reattest(owner, supplier_id)
    reverification.verify_again(admin, supplier_id)
    found = queries.get_supplier(supplier_id)
    assert (found.verified_on, found.verification) == (clock.today(), Verification.FAR)
    assert found.verify_due_on == add_months(clock.today(), 6)
    assert actions(supplier_id)[-4:] == ["reattest", "verify_return", "reattest", "verify"]


def test_nothing_is_confirmed_over_a_paper_that_ran_out(app: Flask) -> None:
    owner, supplier_id, admin = admitted()
    due_in(supplier_id, 5)
    shift(supplier_id, LICENCE, -1)
    with pytest.raises(InvalidInput):
        reverification.reattest(owner, supplier_id)
    shift(supplier_id, LICENCE, 0)
    reverification.reattest(owner, supplier_id)
    shift(supplier_id, LICENCE, -1)
    with pytest.raises(Conflict):
        reverification.verify_again(admin, supplier_id)


def test_who_confirms_and_who_verifies(app: Flask) -> None:
    owner, supplier_id, _ = admitted()
    due_in(supplier_id, 5)
    staff = builders.user(None, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id))
    for who in (staff, builders.owner_of(builders.supplier()), builders.admin()):
        with pytest.raises(NotFound):
            reverification.reattest(who, supplier_id)
    reverification.reattest(owner, supplier_id)
    for who in (owner, staff, builders.finance()):
        with pytest.raises(Forbidden):
            reverification.verify_again(who, supplier_id)


def test_a_suspended_supplier_sells_nothing_new_at_no_further_query(app: Flask) -> None:
    made = builders.saleable(units=10, price_fen=2990, lot_total_fen=15_001)
    supplier_id, sku_id = made["supplier"], made["sku"]
    owner = builders.owner_of(supplier_id)
    buyer = order_builders.cart_with({sku_id: 1})
    wish = order_builders.wish_for(buyer)
    placed = order_builders.placed_orders({sku_id: 1})
    admin = builders.admin()
    with pytest.raises(InvalidInput):
        admission.suspend_supplier(admin, supplier_id, "坏")
    admission.suspend_supplier(admin, supplier_id, "执照过期两个月没有换")
    with statements() as sent:
        [sku] = get_skus_for_sale([sku_id]).values()
    assert (sku.on_sale, len(sent)) == (False, 1)
    with pytest.raises(DomainError):
        place(buyer, wish)
    assert told(owner) == [f"{queries.get_supplier(supplier_id).name}：已被平台暂停"]
    with pytest.raises(Conflict):
        reverification.reattest(owner, supplier_id)
    admission.reinstate_supplier(admin, supplier_id, "新照核对过了")
    place(buyer, wish)
    assert placed
    assert actions(supplier_id) == ["suspend", "reinstate"]


def test_a_suspended_sponsor_stops_its_pilots(app: Flask) -> None:
    sponsor_id = builders.supplier()
    household = builders.household()
    pilot_id = builders.supplier(
        kind=SupplierKind.PILOT_HOUSEHOLD, sponsor_id=sponsor_id, household_id=household
    )
    owner = builders.owner_of(pilot_id)
    admission.suspend_supplier(builders.admin(), sponsor_id, "执照过期两个月没有换")
    assert len(told(owner)) == 1


def test_steps_are_only_ever_added(app: Flask) -> None:
    suppliers.registered()
    for change in (update(SupplierStep).values(reason="别的"), delete(SupplierStep)):
        with pytest.raises(DBAPIError):
            db.session.execute(change)
        db.session.rollback()


def test_an_admitted_supplier_changes_whom_to_call_and_nothing_else(app: Flask) -> None:
    owner, supplier_id, _ = admitted()
    commands.update_contact(owner, supplier_id, "王示二", "19900000202", "换了负责人", "029 0000 0000")
    assert queries.get_supplier(supplier_id).public_phone == "029 0000 0000"
    assert queries.get_contact(supplier_id).contact_name == "王示二"
    with pytest.raises(Conflict):
        commands.update_supplier(owner, supplier_id, suppliers.DRAFT)
    with pytest.raises(Conflict) as caught:
        commands.update_bank(owner, supplier_id, "别的银行", "别人", "6200000000000009")
    assert caught.value.code == "parties.bank_by_change"
    with pytest.raises(NotFound):
        commands.update_contact(
            builders.owner_of(builders.supplier()), supplier_id, "x", "19900000202", "", ""
        )
