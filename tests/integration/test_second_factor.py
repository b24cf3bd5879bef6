"""The second factor's commands, on both databases."""

import threading
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts import (
    administration,
    closing,
    commands,
    operators,
    second_factor,
    sessions,
)
from marketplace.accounts.commands import LoginTry, Trust, authenticate, record_login, register_user
from marketplace.accounts.models import LoginSession, RecoveryCode, Role, SecondFactor, User
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.accounts.rules import MAX_CODES, MAX_PER_NAME
from marketplace.accounts.sessions import Browser, live_sessions, open_session
from marketplace.accounts.tokens import find_holder, log_in_for_token
from marketplace.kernel import crypto
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.factories import builders
from tests.support.codes import code_for, set_up
from tests.support.logins import issue_token

PASSWORD = "orchard-in-spring"
HERE = Browser("Linux 电脑上的 Firefox", "203.0.113.*")


@pytest.fixture
def wang(app: Flask, freeze: Callable[[str], time_machine.Traveller]) -> int:
    freeze("2026-11-27 15:00")
    return register_user("wang", PASSWORD, "王示例")


def version(user_id: int) -> int:
    return db.session.scalars(select(User.session_version).where(User.id == user_id)).one()


def attempt(token: str | None = None) -> LoginTry:
    return LoginTry("wang", PASSWORD, "203.0.113.9", token)


def refused(user_id: int, code: str, device: str | None = None) -> str:
    with pytest.raises(DomainError) as error:
        second_factor.prove(user_id, code, device)
    return error.value.code


def test_setting_up_takes_the_password_and_a_code_and_ends_the_sessions(wang: int) -> None:
    with pytest.raises(InvalidInput):
        second_factor.begin(wang, "not-the-password")
    with pytest.raises(NotFound):
        second_factor.confirm(wang, "000000")
    second_factor.begin(wang, PASSWORD)
    assert not authenticate(attempt()).needs_code, "not before the first code"
    with pytest.raises(InvalidInput):
        second_factor.confirm(wang, code_for(wang, 5))
    before = version(wang)
    second_factor.confirm(wang, code_for(wang))
    assert version(wang) > before
    assert authenticate(attempt()).needs_code
    for again in (lambda: second_factor.begin(wang, PASSWORD), lambda: second_factor.confirm(wang, "1")):
        with pytest.raises(Conflict):
            again()


def test_a_secret_is_not_shown_for_ever_and_lies_encrypted(
    wang: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    second_factor.begin(wang, PASSWORD)
    begun = second_factor.own_factor(wang)
    assert begun is not None
    stored = bytes(db.session.connection().exec_driver_sql("SELECT secret FROM second_factors").scalar_one())
    assert begun.secret.encode() not in stored
    assert crypto.decrypt(crypto.rotate(stored)) == begun.secret
    freeze("2026-11-27 15:31")
    assert second_factor.own_factor(wang) is None
    with pytest.raises(Conflict):
        second_factor.confirm(wang, code_for(wang))


def test_a_code_works_once(wang: int, freeze: Callable[[str], time_machine.Traveller]) -> None:
    set_up(wang, PASSWORD)
    factor = second_factor.own_factor(wang)
    assert factor is not None
    assert (factor.is_on, factor.secret, factor.codes_left) == (True, "", 10)
    code = code_for(wang)
    second_factor.prove(wang, f" {code[:3]} {code[3:]} ")
    assert refused(wang, code) == "accounts.code_failed"
    assert refused(wang, code_for(wang, -1)) == "accounts.code_failed", "nor an earlier one"
    freeze("2026-11-27 15:01")
    second_factor.prove(wang, code_for(wang))


def test_a_recovery_code_works_once_and_for_its_owner(wang: int) -> None:
    first, second, *_ = set_up(wang, PASSWORD)
    li = register_user("li-ping", PASSWORD, "李示例")
    set_up(li, PASSWORD)
    assert first not in set(db.session.scalars(select(RecoveryCode.code_digest)))
    second_factor.prove(wang, first.lower().replace("-", " "))
    assert refused(wang, first) == "accounts.code_failed"
    assert refused(li, second) == "accounts.code_failed"
    fresh = second_factor.renew_recovery_codes(wang, second, None)
    assert len(fresh) == 10
    assert refused(wang, second) == "accounts.code_failed"
    second_factor.prove(wang, fresh[0])


def test_guessing_codes_has_to_wait_and_does_not_lock_out_a_known_device(
    wang: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    set_up(wang, PASSWORD)
    for _ in range(MAX_CODES):
        assert refused(wang, "no-code") == "accounts.code_failed"
    assert refused(wang, code_for(wang)) == "accounts.wait"
    second_factor.prove(wang, code_for(wang), "digest-of-a-known-device")
    freeze("2026-11-27 15:16")
    second_factor.prove(wang, code_for(wang))


@pytest.mark.parametrize(
    "ask",
    [
        second_factor.begin,
        closing.close_account,
        lambda user_id, password: commands.change_password(user_id, password, "another-good-one"),
    ],
    ids=["second factor", "closing", "password"],
)
def test_an_open_session_is_no_place_to_guess_at_the_password(
    wang: int, freeze: Callable[[str], time_machine.Traveller], ask: Callable[[int, str], None]
) -> None:
    for _ in range(MAX_PER_NAME):
        with pytest.raises(InvalidInput, match=r"accounts\.wrong_current"):
            ask(wang, "not-the-password")
    with pytest.raises(Conflict, match=r"accounts\.wait"):
        ask(wang, PASSWORD)
    assert authenticate(attempt()).user_id == wang, "who logs in is not kept out"
    freeze("2026-11-27 15:16")
    ask(wang, PASSWORD)


def test_guesses_made_at_once_are_counted_one_after_the_other(app: Flask, wang: int) -> None:
    set_up(wang, PASSWORD)
    db.session.rollback()
    extra = 6
    barrier, outcomes = threading.Barrier(MAX_CODES + extra), list[str]()

    def guess() -> None:
        with app.app_context():
            barrier.wait()
            outcomes.append(refused(wang, "no-code"))

    threads = [threading.Thread(target=guess) for _ in range(MAX_CODES + extra)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accounts.code_failed"] * MAX_CODES + ["accounts.wait"] * extra


def test_a_trusted_device_is_asked_again_when_it_should_be(
    wang: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    set_up(wang, PASSWORD)

    def trust() -> str:
        until = second_factor.trusted_until()
        return record_login(authenticate(attempt()), attempt(), Trust("示例设备", until))

    token = trust()
    assert not authenticate(attempt(token)).needs_code
    assert authenticate(attempt()).needs_code, "another one"
    commands.end_all_sessions(wang, wang, "accounts.logout", keep_trusted=True)
    assert not authenticate(attempt(token)).needs_code, "logging out is no distrust"
    (device,) = second_factor.trusted_devices(wang)
    with pytest.raises(NotFound):
        second_factor.forget_device(wang + 1, device.id)
    second_factor.forget_device(wang, device.id)
    assert authenticate(attempt(token)).needs_code
    token = trust()
    commands.change_password(wang, PASSWORD, PASSWORD + "!")
    commands.change_password(wang, PASSWORD + "!", PASSWORD)
    assert authenticate(attempt(token)).needs_code
    token = trust()
    freeze("2026-12-27 15:01")
    assert authenticate(attempt(token)).needs_code


def test_giving_it_up_takes_a_code_and_is_not_for_who_must_have_it(wang: int) -> None:
    first, second, *_ = set_up(wang, PASSWORD)
    member = Actor(wang, ())
    official = Actor(wang, builders.official_of(builders.VILLAGE).grants)
    with pytest.raises(Conflict):
        second_factor.give_up(official, first, None, required=True)
    with pytest.raises(InvalidInput):
        second_factor.give_up(member, "no-code", None, required=True)
    second_factor.give_up(official, first, None, required=False)
    assert not authenticate(attempt()).needs_code
    assert second_factor.own_factor(wang) is None
    assert refused(wang, second) == "accounts.code_failed"


def test_an_admin_resets_it_with_a_reason_and_the_operator_of_the_machine_too(wang: int) -> None:
    set_up(wang, PASSWORD)
    admin = builders.admin()
    with pytest.raises(Forbidden):
        administration.reset_factor(Actor(wang, ()), wang, "手机丢了")
    with pytest.raises(Forbidden):
        administration.reset_factor(admin, admin.user_id, "手机丢了")
    with pytest.raises(InvalidInput):
        administration.reset_factor(admin, wang, "")
    before = version(wang)
    administration.reset_factor(admin, wang, "手机丢了，已当面核实")
    assert version(wang) > before
    assert not authenticate(attempt()).needs_code
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "accounts.factor_reset")).one()
    assert (entry.actor_id, entry.reason) == (admin.user_id, "手机丢了，已当面核实")
    with pytest.raises(NotFound):
        administration.reset_factor(admin, wang, "手机丢了，已当面核实")
    set_up(wang, PASSWORD)
    operators.reset_factor(wang, "唯一的管理员丢了手机")
    assert second_factor.own_factor(wang) is None


def test_a_token_needs_the_code_too(wang: int) -> None:
    set_up(wang, PASSWORD)
    for code in ("", "000000"):
        with pytest.raises(InvalidInput):
            log_in_for_token(attempt(), code)
    assert find_holder(log_in_for_token(attempt(), code_for(wang)).token) is not None
    chief = register_user("chief", PASSWORD, "管示例")
    commands.grant_role(chief, Role.ADMIN, administration.SCOPE_OF[Role.ADMIN], "", None)
    login = LoginTry("chief", PASSWORD, "203.0.113.9")
    with pytest.raises(Forbidden):
        log_in_for_token(login, factor_required=True)
    assert log_in_for_token(login, factor_required=False).user_id == chief


def test_sessions_are_ended_one_by_one_all_others_or_all(wang: int) -> None:
    li = register_user("li-ping", PASSWORD, "李示例")
    open_session(li, HERE)
    for _ in range(3):
        open_session(wang, HERE)
    token = issue_token(wang).token
    newest, middle, oldest = live_sessions(wang)
    for stranger in (li, wang + 100):
        with pytest.raises(NotFound):
            sessions.end_one(stranger, middle.id)
    sessions.end_one(wang, middle.id)
    with pytest.raises(NotFound):
        sessions.end_one(wang, middle.id)
    assert [row.id for row in live_sessions(wang)] == [newest.id, oldest.id]
    assert sessions.count_tokens(wang) == 1
    sessions.end_others(wang, newest.id)
    assert [row.id for row in live_sessions(wang)] == [newest.id]
    assert (find_holder(token), sessions.count_tokens(wang)) == (None, 0)
    assert len(live_sessions(li)) == 1
    commands.end_all_sessions(wang, wang, "accounts.logout")
    assert live_sessions(wang) == []
    open_session(wang, HERE)
    kept = select(LoginSession.id).where(LoginSession.user_id == wang)
    assert len(db.session.scalars(kept).all()) == 1, "what is over is cleared away"


def test_closing_the_account_forgets_all_of_it(wang: int) -> None:
    set_up(wang, PASSWORD)
    open_session(wang, HERE)
    closing.close_account(wang, PASSWORD)
    for table in (SecondFactor, RecoveryCode, LoginSession):
        assert db.session.scalars(select(table.user_id)).all() == []
    assert load_actor(wang) is None
