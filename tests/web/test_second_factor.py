"""Signed-in devices and the second factor as members and officials meet them, over HTTP."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from marketplace.accounts import administration, operators, passwords, second_factor
from marketplace.accounts.commands import LoginTry, authenticate, grant_role, register_user
from marketplace.accounts.models import LoginSession, Role, ScopeKind
from marketplace.accounts.queries import grants_of
from marketplace.accounts.rules import MAX_CODES
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from tests.factories import builders
from tests.support.clients import Client
from tests.support.codes import code_for, set_up
from tests.support.counting import statements
from tests.support.logins import issue_token

PASSWORD = "orchard-in-spring"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SESSIONS, FACTOR = "/account/sessions", "/account/second-factor"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"


@pytest.fixture
def wang(app: Flask, freeze: Callable[[str], time_machine.Traveller]) -> int:
    freeze("2026-11-27 15:00")
    return register_user("wang", PASSWORD, "王示例")


@pytest.fixture
def other(app: Flask) -> Client:
    made = app.test_client()
    assert isinstance(made, Client)
    return made


def send(client: Client, page: str, path: str = "", **fields: str) -> TestResponse:
    """A form of a page, sent with its token."""
    found = TOKEN.search(client.get(page).text)
    assert found, page
    return client.post(path or page, data={"csrf_token": found[1], **fields})


def log_in(client: Client, identifier: str = "wang", **more: str) -> TestResponse:
    return send(client, "/login", identifier=identifier, password=PASSWORD, **more)


def is_in(client: Client) -> bool:
    return client.get("/my/password").status_code == 200


@contextmanager
def factor_required(app: Flask) -> Iterator[None]:
    settings: Settings = app.extensions["settings"]
    settings.second_factor_required = True
    try:
        yield
    finally:
        settings.second_factor_required = None


def test_unknown_and_known_accounts_cost_the_same(wang: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same statements and the same checks of a hash, from a new browser and from one that shows a token."""
    checked: list[str | None] = []
    real = passwords.verify_password

    def verify(stored: str | None, password: str) -> bool:
        checked.append(stored)
        return real(stored, password)

    monkeypatch.setattr("marketplace.accounts.commands.verify_password", verify)
    for token in (None, "a-token-of-nobody"):
        cost = []
        for name in ("wang", "nobody", "19900001234"):
            with statements() as sent, pytest.raises(InvalidInput):
                authenticate(LoginTry(name, "not-the-password", "203.0.113.9", token))
            cost.append([re.sub(r"\s+", " ", each).split(" WHERE ")[0] for each in sent])
        assert len(cost[0]) > 3
        assert cost[0] == cost[1] == cost[2]
    assert len(checked) == 6


def test_signed_in_devices_are_shown_and_ended(app: Flask, client: Client, other: Client, wang: int) -> None:
    log_in(client)
    other.environ_base["HTTP_USER_AGENT"] = CHROME
    log_in(other)
    page = client.get(SESSIONS).text
    assert "Windows 电脑上的 Chrome" in page
    assert ("127.0.0.*" in page, "127.0.0.1" in page, "就是这台" in page) == (True, False, True)
    (other_id,) = re.findall(r"/account/sessions/(\d+)/end", page)
    assert send(client, SESSIONS, f"{SESSIONS}/{other_id}/end").status_code == 303
    assert (is_in(other), is_in(client)) == (False, True)
    log_in(other)
    token = issue_token(wang).token
    assert "1 个程序" in client.get(SESSIONS).text
    assert send(client, SESSIONS, f"{SESSIONS}/others").status_code == 303
    assert (is_in(other), is_in(client)) == (False, True)
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/orders", headers=bearer).status_code == 401


def test_nobody_ends_somebody_else_s_session(client: Client, other: Client, wang: int) -> None:
    register_user("li-ping", PASSWORD, "李示例")
    log_in(client)
    session_id = db.session.query(LoginSession.id).scalar()
    log_in(other, "li-ping")
    assert send(other, SESSIONS, f"{SESSIONS}/{session_id}/end").status_code == 404
    assert is_in(client)


def test_every_end_of_sessions_reaches_everywhere(app: Flask, wang: int) -> None:
    """Two browsers that were told to stay signed in, the cookies somebody kept of them, and a token."""
    admin = builders.admin()
    new = PASSWORD + "!"
    ends: dict[str, Callable[[Client], object]] = {
        "role given": lambda _: administration.assign_role(admin, wang, Role.AUDITOR, "", "任职文件"),
        "role taken": lambda _: administration.withdraw_role(
            admin, wang, grants_of({wang})[wang][0].id, "调离岗位"
        ),
        "log-out": lambda client: send(client, "/my/password", "/logout"),
        "password": lambda client: send(client, "/my/password", current=PASSWORD, password=new, repeat=new),
        "password by the operator": lambda _: operators.set_password(wang, PASSWORD, "忘了密码", frozenset()),
        "disabled by the operator": lambda _: operators.set_enabled(wang, enabled=False, reason="账号被盗"),
        "disabled": lambda _: administration.set_enabled(admin, wang, False, "账号被盗"),
    }
    for name, end in ends.items():
        operators.set_enabled(wang, enabled=True, reason="每次重新开始")
        operators.set_password(wang, PASSWORD, "每次重新开始", frozenset())
        client, other = app.test_client(), app.test_client()
        assert isinstance(client, Client)
        assert isinstance(other, Client)
        for browser in (client, other):
            send(browser, "/login", identifier="wang", password=PASSWORD, remember="y")
            assert is_in(browser), name
        bearer = {"Authorization": f"Bearer {issue_token(wang).token}"}
        kept = [other.get_cookie(cookie) for cookie in ("session", "remember")]
        assert client.get("/api/v1/orders", headers=bearer).status_code == 200
        end(client)
        for cookie in kept:
            assert cookie is not None
            other.set_cookie(cookie.key, cookie.value)
        assert (is_in(other), is_in(client)) == (False, name == "password"), name
        assert client.get("/api/v1/orders", headers=bearer).status_code == 401, name


def test_a_page_writes_nothing_and_an_act_says_once_an_hour_that_one_was_here(
    client: Client, wang: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    log_in(client)

    def seen() -> str:
        found = re.search(r"最近操作 ([^<]+)<", client.get(SESSIONS).text)
        return found[1] if found else ""

    def writes(moment: str, method: str) -> int:
        freeze(f"2026-11-27 {moment}")
        with statements() as sent:
            client.open("/messages/read" if method == "POST" else "/my", method=method, data={})
        return len([each for each in sent if each.startswith("UPDATE login_sessions")])

    client.application.config["WTF_CSRF_ENABLED"] = False
    assert [writes("15:59", "POST"), writes("16:30", "GET")] == [0, 0]
    assert "15:00" in seen()
    assert [writes("16:31", "POST"), writes("16:40", "POST")] == [1, 0]
    assert "16:31" in seen()


def test_a_session_ends_by_itself(
    client: Client, other: Client, wang: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    log_in(client)
    log_in(other, remember="y")
    with transaction():  # the cookie itself would last no longer either
        db.session.execute(update(LoginSession).values(expires_at=LoginSession.started_at))
    assert (is_in(client), is_in(other)) == (False, False)


def test_setting_up_and_signing_in_with_a_code(client: Client, other: Client, wang: int) -> None:
    log_in(client)
    log_in(other)
    assert "没开" in client.get(FACTOR).text
    assert send(client, FACTOR, f"{FACTOR}/start", password="wrong").status_code == 422
    assert send(client, FACTOR, f"{FACTOR}/start", password=PASSWORD).status_code == 303
    shown = client.get(FACTOR)
    assert ('class="qr"' in shown.text, shown.headers["Cache-Control"]) == (True, "private, no-store")
    assert send(client, FACTOR, f"{FACTOR}/confirm", code="000000").status_code == 422
    done = send(client, FACTOR, f"{FACTOR}/confirm", code=code_for(wang, -1))
    recovery = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", done.text)
    assert (len(recovery), is_in(client), is_in(other)) == (10, True, False)
    page = client.get(FACTOR).text
    assert ("10 个" in page, 'class="qr"' in page, recovery[0] in page) == (True, False, False)

    response = log_in(other, next="/my/orders")
    assert response.location == "/login/code?next=/my/orders"
    assert not is_in(other), "a password is not enough"
    assert "验证码不对" in send(other, "/login/code", code="000000").text
    assert send(other, "/login/code", code=code_for(wang, -1)).status_code == 422, "used when it was set up"
    assert send(other, "/login/code", code=code_for(wang), next="/my/orders").location == "/my/orders"
    assert is_in(other)
    assert other.get("/login/code").location == "/login"
    send(other, "/my/password", "/logout")
    log_in(other)
    assert send(other, "/login/code", code=recovery[0]).status_code == 302
    assert is_in(other)


def test_who_owes_a_code_can_not_wait_or_guess_for_ever(
    client: Client, wang: int, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    set_up(wang, PASSWORD)
    log_in(client)
    for _ in range(MAX_CODES):
        assert send(client, "/login/code", code="no-code").status_code == 422
    assert "15 分钟后再试" in send(client, "/login/code", code=code_for(wang)).text
    assert not is_in(client)
    freeze("2026-11-27 15:11")
    assert client.get("/login/code").location == "/login", "the password was given too long ago"
    log_in(client)
    operators.set_password(wang, PASSWORD, "忘了密码", frozenset())
    assert client.get("/login/code").location == "/login", "another password by now"


def test_a_trusted_device_is_not_asked_until_it_is_forgotten(client: Client, wang: int) -> None:
    set_up(wang, PASSWORD)
    log_in(client)
    assert send(client, "/login/code", code=code_for(wang), trust="y").status_code == 302
    send(client, "/my/password", "/logout")
    assert log_in(client).location == "/"
    (device_id,) = re.findall(r"/account/devices/(\d+)/forget", client.get(SESSIONS).text)
    assert send(client, SESSIONS, f"/account/devices/{device_id}/forget").status_code == 303
    send(client, "/my/password", "/logout")
    assert log_in(client).location == "/login/code"


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.FINANCE, Role.AUDITOR, Role.ADMIN])
def test_who_decides_sets_it_up_before_anything_else(
    app: Flask, client: Client, wang: int, role: Role
) -> None:
    kind = administration.SCOPE_OF[role]
    grant_role(wang, role, kind, builders.VILLAGE if kind is ScopeKind.REGION else "", None)
    token = issue_token(wang).token
    with factor_required(app):
        assert log_in(client, next="/reports").location == f"{FACTOR}?next=/reports"
        for path in ("/reports", "/admin", "/my", "/my/password", SESSIONS):
            assert client.get(path).location == f"{FACTOR}?next={path}", path
        assert client.post("/account/email", data={}).status_code in {302, 400}
        assert client.get("/api/v1/orders", headers={"Authorization": f"Bearer {token}"}).status_code == 401
        login = {"identifier": "wang", "password": PASSWORD}
        assert client.post("/api/v1/tokens", json=login).json == {
            "type": "about:blank",
            "title": "没有权限",
            "status": 403,
            "detail": "您的角色要先设好两步验证，才能办别的事。请用浏览器登录网站去设。",
            "code": "accounts.factor_first",
        }
        send(client, FACTOR, f"{FACTOR}/start", password=PASSWORD)
        done = send(client, FACTOR, f"{FACTOR}/confirm", code=code_for(wang), next="/reports")
        assert 'href="/reports"' in done.text
        assert client.get("/reports").status_code == 200
        renewed = send(client, FACTOR, f"{FACTOR}/remove", code="000000")
        assert (renewed.status_code, "不能关" in renewed.text) == (409, True)


def test_without_the_setting_nobody_is_held_back(client: Client, wang: int) -> None:
    grant_role(wang, Role.ADMIN, ScopeKind.PLATFORM, "", None)
    log_in(client)
    assert client.get("/admin").status_code == 200


def test_a_member_gives_it_up_and_an_admin_resets_it(
    app: Flask, client: Client, other: Client, wang: int
) -> None:
    first, *_ = set_up(wang, PASSWORD)
    log_in(client)
    send(client, "/login/code", code=code_for(wang))
    with factor_required(app):
        assert send(client, FACTOR, f"{FACTOR}/remove", code="000000").status_code == 422
        assert send(client, FACTOR, f"{FACTOR}/remove", code=first).status_code == 303
    assert is_in(client)
    set_up(wang, PASSWORD)
    admin = builders.admin()
    builders.sign_in(other, admin)
    page = f"/admin/users/{wang}"
    assert "重置两步验证" in other.get(page).text
    assert send(other, page, f"{page}/reset-factor").status_code == 422
    reset = send(other, page, f"{page}/reset-factor", **{"account-reason": "手机丢了，已核实"})
    assert reset.status_code == 302
    assert second_factor.own_factor(wang) is None
    assert not is_in(client)
