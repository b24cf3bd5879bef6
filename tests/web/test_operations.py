"""Admitting units, looking after queue and jobs, what the first page says, the audit by key, roles by their picker."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import grants_of
from marketplace.backoffice.home import views as home
from marketplace.backoffice.operations.words import job_word, topic_word
from marketplace.backoffice.records.detail_words import DETAILS, detail_words
from marketplace.backoffice.records.parameter_words import UNITS
from marketplace.backoffice.records.words import action_word, subject_word, titled
from marketplace.jobs import JOBS
from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.job_runs import job_rows, record_end, record_start
from marketplace.kernel.outbox import MessageState, OutboxMessage
from marketplace.kernel.parameters import Parameter
from marketplace.kernel.transaction import transaction
from marketplace.outlets import commands as outlets
from marketplace.outlets.commands import OutletFacts
from marketplace.outlets.queries import get_outlet
from marketplace.outlets.rules import OutletTier
from marketplace.parties.unit_queries import get_unit
from marketplace.parties.workflow import UnitState
from marketplace.wiring import outbox_handlers
from tests.factories import builders, registers
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.forms import client_of, hidden


def post(client: Client, path: str, **fields: Any) -> Any:
    token = hidden(client.get("/my/password").text, "csrf_token")
    return client.post(path, data={"csrf_token": token, **fields})


@pytest.fixture
def boss(app: Flask) -> Actor:
    return builders.admin("boss")


@pytest.fixture
def admin(app: Flask, boss: Actor) -> Client:
    return client_of(app, boss)


def message(*, error: str | None = None, attempts: int = 0, done: bool = False) -> int:
    with transaction():
        return builders.added(
            OutboxMessage(
                topic="search.index",
                payload={"product_id": 1},
                created_at=clock.now() - timedelta(minutes=30),
                available_at=clock.now() + timedelta(hours=1 if error else -1),
                attempts=attempts,
                done_at=clock.now() if done else None,
                last_error=error,
            )
        )


def test_a_unit_is_returned_admitted_suspended_and_reinstated(admin: Client) -> None:
    unit = registers.unit(state=UnitState.SUBMITTED)
    path = f"/admin/units/{unit.id}"
    assert unit.name in admin.get("/admin/units").text
    assert unit.uscc in admin.get(path).text
    assert post(admin, f"{path}/return", reason="").status_code == 422
    assert post(admin, f"{path}/return", reason="介绍信没有盖章").status_code == 303
    assert "介绍信没有盖章" in admin.get(path).text
    assert post(admin, f"{path}/admit").status_code == 409
    with transaction() as session:
        session.get_one(type(unit), unit.id).state = UnitState.SUBMITTED
    assert post(admin, f"{path}/admit").status_code == 303
    assert get_unit(unit.id).state is UnitState.ADMITTED
    for action, state in (("suspend", UnitState.SUSPENDED), ("reinstate", UnitState.ADMITTED)):
        assert post(admin, f"{path}/{action}", reason="核对证照").status_code == 303
        assert get_unit(unit.id).state is state
    assert post(admin, f"{path}/submit", reason="核对证照").status_code == 404
    assert "还没有结对" in admin.get(path).text


@pytest.mark.parametrize("query", ["", "?state=all", "?state=x&kind=x&county=x&q=%25", "?page=99999999999"])
def test_units_are_listed_within_eight_statements(admin: Client, query: str) -> None:
    for number in range(3):
        registers.unit(f"单位 {number}", state=UnitState.SUBMITTED)
    admin.get(f"/admin/units{query}")
    with statements() as sent:
        assert admin.get(f"/admin/units{query}").status_code == 200
    assert len(sent) <= 8, "\n".join(sent)


def test_the_first_page_says_what_waits(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "missing_year", lambda day: None)  # whatever day the test runs on
    assert "没有等着您的事" in admin.get("/admin").text
    monkeypatch.setattr(home, "missing_year", lambda day: 2027)
    assert "2027 年的放假和调休还没有录全" in admin.get("/admin").text
    registers.unit(state=UnitState.SUBMITTED)
    message(error="ValueError: x", attempts=3)
    message(error="ValueError: x", attempts=12, done=True)
    record_start("ledger.verify")
    record_end("ledger.verify", ValueError("x"))
    page = admin.get("/admin").text
    for words in ("单位等着核实", "后台任务已放弃", "后台任务在重试", "定时任务失败"):
        assert words in page


def test_failed_messages_are_shown_and_taken_again(app: Flask, admin: Client, boss: Actor) -> None:
    waiting, failing = message(), message(error="ValueError: 地址不通", attempts=3)
    given_up, done = message(error="OSError: 断线", attempts=12, done=True), message(done=True)
    assert "OSError: 断线" in admin.get("/admin/operations").text
    page = admin.get("/admin/operations?state=failing").text
    assert "ValueError: 地址不通" in page
    assert "OSError" not in page
    state = outbox.queue_state()
    assert [state.counts[each] for each in MessageState] == [1, 1, 1, 0]
    assert state.oldest_at is not None
    with transaction():
        outbox.enqueue("search.index", {}, timedelta(days=1))
    assert outbox.queue_state().oldest_at == state.oldest_at
    for number in (failing, given_up):
        assert post(admin, f"/admin/operations/{number}/retry").status_code == 303
        row = db.session.get_one(OutboxMessage, number)
        assert (row.done_at, row.attempts, row.available_at <= clock.now()) == (None, 0, True)
    assert db.session.scalars(
        select(AuditEntry.subject_id).where(AuditEntry.action == "outbox.retry")
    ).all() == [
        str(failing),
        str(given_up),
    ]
    for number in (waiting, done):
        with pytest.raises(Conflict):
            outbox.retry(number, boss.user_id)
        assert post(admin, f"/admin/operations/{number}/retry").status_code == 303
    with pytest.raises(NotFound):
        outbox.retry(999, boss.user_id)


@pytest.mark.parametrize(("act", "error_left", "done"), [("send", None, False), ("drop", None, True)])
def test_what_a_restore_held_is_sent_or_dropped_by_an_admin(
    app: Flask, admin: Client, act: str, error_left: str | None, done: bool
) -> None:
    given_up = message(error="OSError: 断线", attempts=12, done=True)
    held = [message(error=outbox.HELD, attempts=2, done=True) for _ in range(2)]
    assert outbox.queue_state().counts[MessageState.HELD] == 2
    assert "恢复备份时扣下的消息和信" in admin.get("/admin").text
    assert "都不发，发过了" in admin.get("/admin/operations?state=held").text
    auditor = client_of(app, builders.user("auditor", (Role.AUDITOR, ScopeKind.PLATFORM, "")))
    assert "都不发" not in auditor.get("/admin/operations?state=held").text
    assert post(auditor, f"/admin/operations/{act}").status_code == 403
    answer = post(admin, f"/admin/operations/{act}")
    assert answer.status_code == 303
    db.session.expire_all()
    for number in held:
        row = db.session.get_one(OutboxMessage, number)
        assert (row.last_error, row.done_at is not None) == (error_left, done)
    assert db.session.get_one(OutboxMessage, given_up).last_error == "OSError: 断线"
    said = db.session.scalars(select(AuditEntry).where(AuditEntry.action == f"outbox.{act}_held")).one()
    assert said.detail == {"messages": 2}
    post(admin, f"/admin/operations/{act}")
    assert "没有扣下的了" in admin.get("/admin/operations").text
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == said.action)).all()) == 1


def test_one_that_was_held_waits_again_and_is_sent_once(app: Flask, admin: Client, boss: Actor) -> None:
    one, other = (message(error=outbox.HELD, attempts=2, done=True) for _ in range(2))
    assert post(admin, f"/admin/operations/{one}/retry").status_code == 303
    counts = outbox.queue_state().counts
    assert (counts[MessageState.WAITING], counts[MessageState.FAILING], counts[MessageState.HELD]) == (
        1,
        0,
        1,
    )
    with pytest.raises(Conflict):  # a second click, while the worker has it
        outbox.retry(one, boss.user_id)
    outbox.drop_held(boss.user_id)
    db.session.expire_all()
    assert db.session.get_one(OutboxMessage, one).done_at is None
    assert db.session.get_one(OutboxMessage, other).done_at is not None


def test_who_audits_sees_the_queue_and_changes_nothing(app: Flask) -> None:
    failing = message(error="ValueError: 地址不通", attempts=3)
    auditor = client_of(app, builders.user("auditor", (Role.AUDITOR, ScopeKind.PLATFORM, "")))
    page = auditor.get("/admin/operations").text
    assert "地址不通" in page
    assert "再试一次" not in page
    assert post(auditor, f"/admin/operations/{failing}/retry").status_code == 403


def test_jobs_are_noted_as_they_start_and_end(admin: Client) -> None:
    assert "后台程序没有在跑" in admin.get("/admin/operations").text
    record_start("ledger.verify")
    [row] = job_rows()
    assert (row.runs, row.finished_at, row.seconds) == (1, None, None)
    record_end("ledger.verify", RuntimeError("账不平"))
    record_start("search.heal")
    record_end("search.heal")
    page = admin.get("/admin/operations").text
    assert "RuntimeError: 账不平" in page
    assert "后台程序在跑" in page
    assert [(each.name, each.failures) for each in job_rows()] == [("ledger.verify", 1), ("search.heal", 0)]
    record_start("ledger.verify")
    record_end("ledger.verify")
    assert [
        (each.runs, each.failures, each.error) for each in job_rows() if each.name == "ledger.verify"
    ] == [(2, 1, None)]
    record_end("never.started")
    assert len(job_rows()) == 2


def test_the_operators_page_stays_within_its_budget(admin: Client) -> None:
    message()
    admin.get("/admin/operations")
    with statements() as sent:
        admin.get("/admin/operations")
    assert len(sent) <= 8, "\n".join(sent)


def test_the_audit_is_read_by_key_to_its_end(admin: Client) -> None:
    with transaction():
        for number in range(60):
            audit.record(None, "outlets.edit", "outlet", number)
    address, seen, page = "/admin/audit?area=outlets&kind=outlet", list[str](), ""
    for _ in range(3):
        page = admin.get(address).text
        seen += re.findall(r'网点 <span class="num">(\d+)</span>', page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        if older is None:
            break
        address = older[1].replace("&amp;", "&")
    assert seen == [str(number) for number in reversed(range(60))]
    assert 'href="/admin/audit?area=outlets' in page
    for query in ("before=x", "before=99999999999", "kind=x&subject=%25", "action=outlets.edit&before=1"):
        assert admin.get(f"/admin/audit?{query}").status_code == 200


ROLES = [
    (Role.UNIT_MANAGER, ScopeKind.UNIT),
    (Role.UNIT_BUYER, ScopeKind.UNIT),
    (Role.UNIT_APPROVER, ScopeKind.UNIT),
    (Role.UNIT_FINANCE, ScopeKind.UNIT),
    (Role.OUTLET_OPERATOR, ScopeKind.OUTLET),
]


@pytest.mark.parametrize(("role", "kind"), ROLES)
def test_the_new_roles_are_given_within_a_unit_or_outlet(admin: Client, role: Role, kind: ScopeKind) -> None:
    unit = registers.unit()
    facts = OutletFacts("群兴村服务点（示例）", OutletTier.VILLAGE_POINT, builders.VILLAGE, "", "村口")
    outlet = get_outlet(outlets.save_outlet(builders.admin(), facts))
    targets = {
        ScopeKind.UNIT: (unit.uscc, unit.id, unit.name),
        ScopeKind.OUTLET: (outlet.code, outlet.id, outlet.name),
    }
    target, number, name = targets[kind]
    clerk = builders.user("clerk")
    path = f"/admin/users/{clerk.user_id}"
    offered = admin.get(f"{path}?give={role}").text
    assert f'<option value="{target}">{name}</option>' in offered
    wrong = post(admin, f"{path}/roles", role=role.value, target="没有的", reason="来函 3 号")
    assert (wrong.status_code, "没有找到" in wrong.text, "来函 3 号" in wrong.text) == (422, True, True)
    assert post(admin, f"{path}/roles", role=role.value, target=target, reason="来函 3 号").status_code == 302
    [grant] = grants_of({clerk.user_id})[clerk.user_id]
    assert (grant.role, grant.scope_kind, grant.scope_id) == (role, kind, str(number))
    assert name in admin.get(f"/admin/users?role={role}").text
    post(admin, f"{path}/roles/{grant.id}/revoke", **{"account-reason": "换人负责"})
    assert grants_of({clerk.user_id})[clerk.user_id] == []


def test_a_suspended_unit_gets_no_new_members(admin: Client) -> None:
    unit, clerk = registers.unit(state=UnitState.SUSPENDED), builders.user("clerk")
    response = post(
        admin, f"/admin/users/{clerk.user_id}/roles", role="unit_buyer", target=unit.uscc, reason="来函 3 号"
    )
    assert response.status_code == 422


def test_what_the_worker_does_has_a_name() -> None:
    assert [job.name for job in JOBS if job_word(job.name) == job.name] == []
    assert [topic for topic in outbox_handlers() if topic_word(topic) == topic] == []


def test_every_parameter_has_a_title_and_a_unit_in_words() -> None:
    untitled = {key for key, each in Parameter.declared.items() if titled(key) == key}
    spelled = {each.unit for each in Parameter.declared.values() if UNITS.get(each.unit, each.unit).isascii()}
    assert (untitled, spelled) == (set(), set())


@pytest.mark.template("demo")
def test_what_the_demo_has_on_record_has_a_name(app: Flask) -> None:
    actions = db.session.scalars(select(AuditEntry.action).distinct()).all()
    subjects = db.session.scalars(select(AuditEntry.subject).distinct()).all()
    assert {each for each in actions if action_word(each) == each} == set()
    assert {each for each in subjects if subject_word(each) == each} == set()
    details = db.session.scalars(select(AuditEntry.detail)).all()
    assert {key for detail in details for key in detail} - DETAILS.keys() == set()


def test_details_are_read_as_people_write_them() -> None:
    said = detail_words(
        {
            "household": None,
            "rate_bp": 900,
            "delta": 5,
            "tiers": [[10, 2800]],
            "cause": "food_safety",
            "period": "month",
            "unheard_of": 1,
        }
    )
    assert said == [
        "税率 9%",
        "增减 +5",
        "批量价 10 份起 ¥28.00",
        "事由 食品安全",
        "结算周期 每月",
        "unheard_of 1",
    ]
