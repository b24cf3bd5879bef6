"""Signing in as strangers, owners and attackers try it, over HTTP."""

import re
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from marketplace.accounts import administration
from marketplace.accounts.commands import LoginTry, register_user
from marketplace.accounts.models import Role, User
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.queries import grants_of
from marketplace.accounts.rules import MAX_PER_ADDRESS, MAX_PER_DEVICE, MAX_PER_NAME
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput
from marketplace.kernel.settings import DEMO_PASSWORD
from marketplace.kernel.transaction import transaction
from tests.factories import builders
from tests.support.clients import Client
from tests.support.logins import log_in as log_in_command

PASSWORD, WRONG = "orchard-in-spring", "not-the-password"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
INSIDE = "/my/password"  # answers 200 to whoever is signed in


@pytest.fixture
def owner(app: Flask) -> int:
    return register_user("wang", PASSWORD, "王示例")


def post(client: Client, path: str, **fields: str) -> TestResponse:
    page = client.get("/login" if path.startswith(("/login", "/logout")) else path)
    found = TOKEN.search(page.get_data(as_text=True)) or TOKEN.search(
        client.get(INSIDE).get_data(as_text=True)
    )
    assert found
    return client.post(path, data={"csrf_token": found[1], **fields})


def log_in(client: Client, identifier: str = "wang", password: str = PASSWORD, **more: str) -> TestResponse:
    return post(client, "/login", identifier=identifier, password=password, **more)


def is_in(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def test_logging_in_opens_what_is_for_members(client: Client, owner: int) -> None:
    assert client.get(INSIDE).location == "/login?next=/my/password"
    response = log_in(client)
    assert (response.status_code, response.location) == (302, "/")
    assert is_in(client)


def test_the_session_cookie_is_out_of_reach_of_scripts(client: Client, owner: int) -> None:
    cookies = log_in(client).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"session", "device"}
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        ("li-ping", "li-ping"),
        ("Li-Ping", "LI-PING "),
        ("19900001234", "199 0000 1234"),
        ("+86 19900001235", "19900001235"),
    ],
)
def test_registering_by_user_name_or_mobile(app: Flask, client: Client, typed: str, again: str) -> None:
    fields = {"display_name": "李示例", "password": PASSWORD, "repeat": PASSWORD, "agreed": "y"}
    response = post(client, "/register", identifier=typed, **fields)
    assert response.status_code == 302
    assert is_in(client)
    other = app.test_client()
    assert isinstance(other, Client)
    assert log_in(other, again).status_code == 302


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"identifier": "1x"}, "3–30 个小写字母"),
        ({"identifier": "wang"}, "已经注册过"),
        ({"password": "short", "repeat": "short"}, "密码至少 8 位"),
        ({"password": "12345678", "repeat": "12345678"}, "太容易被猜到"),
        ({"repeat": "another-one"}, "两次输入的密码不一样"),
        ({"agreed": ""}, "同意后才能注册"),
        ({"display_name": ""}, "请填一个称呼"),
    ],
)
def test_a_bad_registration_says_so_and_makes_nobody(
    client: Client, owner: int, changed: dict[str, str], words: str
) -> None:
    fields = {
        "identifier": "zhao",
        "display_name": "赵示例",
        "password": PASSWORD,
        "repeat": PASSWORD,
        "agreed": "y",
    }
    fields = {name: value for name, value in {**fields, **changed}.items() if value}
    response = post(client, "/register", **fields)
    assert response.status_code == 422
    assert words in response.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_a_mobile_number_is_registered_once_however_it_is_written(app: Flask, client: Client) -> None:
    register_user("19900001234", PASSWORD, "王示例")
    fields = {"display_name": "李示例", "password": PASSWORD, "repeat": PASSWORD, "agreed": "y"}
    response = post(client, "/register", identifier="+86 199-0000-1234", **fields)
    assert "已经注册过" in response.get_data(as_text=True)


def test_the_mobile_number_is_not_stored_in_clear(app: Flask) -> None:
    register_user("19900001234", PASSWORD, "王示例")
    stored = db.session.connection().exec_driver_sql("SELECT mobile, mobile_digest FROM users").one()
    assert b"19900001234" not in bytes(stored[0])
    assert "19900001234" not in stored[1]


def test_unknown_wrong_and_disabled_answer_alike(app: Flask, client: Client, owner: int) -> None:
    administration.set_enabled(builders.admin(), register_user("gone", PASSWORD, "去示例"), False, "调离岗位")
    answers = {}
    for name, password in (("nobody", WRONG), ("wang", WRONG), ("gone", PASSWORD), ("19900009999", WRONG)):
        response = log_in(client, name, password)
        text = response.get_data(as_text=True).replace(f'value="{name}"', "")
        answers[name] = (response.status_code, TOKEN.sub("", text))
    assert len(set(answers.values())) == 1, answers.keys()
    assert not is_in(client)


def fail(client: Client, times: int, name: str = "wang", address: str = "203.0.113.9") -> None:
    for _ in range(times):
        with pytest.raises(DomainError):
            log_in_command(attempt(name, WRONG, address))


def attempt(name: str, password: str, address: str, token: str | None = None) -> LoginTry:
    return LoginTry(name, password, address, token)


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_guessing_at_one_name_has_to_wait(client: Client, owner: int, name: str) -> None:
    """Known or not: else the wait would tell which accounts exist."""
    fail(client, MAX_PER_NAME, name)
    response = log_in(client, name, PASSWORD)
    assert "15 分钟后再试" in response.get_data(as_text=True)
    assert not is_in(client)


def test_the_wait_ends(client: Client, owner: int, freeze: Callable[[str], time_machine.Traveller]) -> None:
    clock = freeze("2026-11-24 15:00")
    fail(client, MAX_PER_NAME)
    assert log_in(client).status_code == 422
    clock.shift(16 * 60)
    assert log_in(client).status_code == 302


def test_strangers_do_not_lock_the_owner_out_of_a_known_device(
    app: Flask, client: Client, owner: int
) -> None:
    log_in(client)
    post(client, "/logout")
    fail(client, MAX_PER_NAME + 3)
    stranger = app.test_client()
    assert isinstance(stranger, Client)
    assert log_in(stranger).status_code == 422
    assert log_in(client).status_code == 302


def test_a_known_device_is_no_licence_to_guess(client: Client, owner: int) -> None:
    _, token = log_in_command(attempt("wang", PASSWORD, "203.0.113.9"))
    for _ in range(MAX_PER_DEVICE):
        with pytest.raises(InvalidInput):
            log_in_command(attempt("wang", WRONG, "203.0.113.9", token))
    with pytest.raises(Conflict):
        log_in_command(attempt("wang", PASSWORD, "203.0.113.9", token))


def test_a_device_of_somebody_else_is_not_known(app: Flask, owner: int) -> None:
    register_user("li-ping", PASSWORD, "李示例")
    _, token = log_in_command(attempt("li-ping", PASSWORD, "203.0.113.8"))
    for _ in range(MAX_PER_NAME):
        with pytest.raises(DomainError):
            log_in_command(attempt("wang", WRONG, "203.0.113.8", token))
    with pytest.raises(Conflict):
        log_in_command(attempt("wang", PASSWORD, "203.0.113.8", token))


def test_one_address_that_tries_many_names_has_to_wait(client: Client, owner: int) -> None:
    for number in range(MAX_PER_ADDRESS):
        fail(client, 1, f"name{number}", "127.0.0.1")
    assert log_in(client).status_code == 422


def test_a_mobile_is_one_name_however_it_is_written(app: Flask) -> None:
    register_user("19900001234", PASSWORD, "王示例")
    client = app.test_client()
    assert isinstance(client, Client)
    for written in ("19900001234", "199 0000 1234", "+86 19900001234", "199-0000-1234"):
        fail(client, MAX_PER_NAME // 4, written)
    with pytest.raises(Conflict):
        log_in_command(attempt("19900001234", PASSWORD, "203.0.113.7"))


def test_logging_out_ends_every_session(app: Flask, client: Client, owner: int) -> None:
    other = app.test_client()
    assert isinstance(other, Client)
    log_in(client)
    log_in(other)
    assert is_in(other)
    assert post(client, "/logout").status_code == 302
    assert not is_in(client)
    assert not is_in(other)


def test_a_stolen_cookie_is_worth_nothing_after_logout(app: Flask, client: Client, owner: int) -> None:
    log_in(client, remember="y")
    kept = {cookie: client.get_cookie(cookie) for cookie in ("session", "remember")}
    assert all(kept.values())
    post(client, "/logout")
    for name, cookie in kept.items():
        assert cookie is not None
        client.set_cookie(name, cookie.value)
    assert not is_in(client)


def test_changing_the_password_ends_the_other_sessions_only(app: Flask, client: Client, owner: int) -> None:
    other = app.test_client()
    assert isinstance(other, Client)
    log_in(client)
    log_in(other)
    new = "persimmons-in-autumn"
    response = post(client, INSIDE, current=PASSWORD, password=new, repeat=new)
    assert response.status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert log_in(other, password=PASSWORD).status_code == 422
    assert log_in(other, password=new).status_code == 302


def test_a_wrong_current_password_changes_nothing(client: Client, owner: int) -> None:
    log_in(client)
    response = post(client, INSIDE, current=WRONG, password="whatever-else", repeat="whatever-else")
    assert (response.status_code, "现在的密码不对" in response.get_data(as_text=True)) == (422, True)
    assert log_in(client).status_code == 302


def test_a_role_given_or_taken_ends_the_sessions(client: Client, owner: int) -> None:
    admin = builders.admin()
    log_in(client)
    administration.assign_role(admin, owner, Role.FINANCE, "", "任职文件 1 号")
    assert not is_in(client)
    log_in(client)
    assert is_in(client)
    administration.withdraw_role(admin, owner, grants_of({owner})[owner][0].id, "调离岗位")
    assert not is_in(client)


def test_disabling_ends_the_sessions_and_closes_the_door(client: Client, owner: int) -> None:
    log_in(client)
    administration.set_enabled(builders.admin(), owner, False, "账号被盗")
    assert not is_in(client)
    assert log_in(client).status_code == 422
    assert "账号被盗" in set(db.session.scalars(select(AuditEntry.reason)))


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/my/password", "/my/password"),
        ("/p/1?from=search", "/p/1?from=search"),
        ("/no-such-page", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/logout", "/"),
        ("/cart/add", "/"),
        ("/my/password\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_next_leads_only_to_our_own_pages(client: Client, owner: int, target: str, leads_to: str) -> None:
    assert log_in(client, next=target).location == leads_to


@pytest.mark.parametrize("session_id", ["1:0", "1:2", "1", "x:1", "1:1:1", "999:1", "１:1", ""])
def test_a_session_of_another_version_is_nobody(client: Client, owner: int, session_id: str) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = session_id
    assert client.get(INSIDE).status_code == 302


def test_the_demo_password_is_refused_in_production(app: Flask, owner: int) -> None:
    with transaction():
        db.session.execute(update(User).values(password_hash=hash_password(DEMO_PASSWORD)))
    refused = frozenset({DEMO_PASSWORD})
    assert log_in_command(LoginTry("wang", DEMO_PASSWORD, "203.0.113.5"))
    with pytest.raises(InvalidInput):
        log_in_command(LoginTry("wang", DEMO_PASSWORD, "203.0.113.5", refused=refused))
    with pytest.raises(InvalidInput):
        register_user("zhou", DEMO_PASSWORD, "周示例", refused)


def test_a_form_without_its_token_is_refused(client: Client, owner: int) -> None:
    response = client.post("/login", data={"identifier": "wang", "password": PASSWORD})
    assert response.status_code == 400
    assert not is_in(client)


def test_what_one_agrees_to_when_registering_can_be_read(client: Client) -> None:
    form = client.get("/register").text
    rules = client.get("/rules").text
    for part in ("terms", "privacy"):
        assert f'href="/rules#{part}"' in form
        assert f'id="{part}"' in rules


def test_who_has_no_mail_address_reads_whom_to_ask_about_a_lost_password(client: Client) -> None:
    assert re.search(r"没有绑过邮箱，请联系 <span[^>]*>029-", client.get("/login/forgot").text)
