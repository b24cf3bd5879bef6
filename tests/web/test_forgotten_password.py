"""A forgotten password is set anew by a letter, once and within half an hour; who asks learns nothing of the account."""

import re
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts import email_addresses
from marketplace.accounts.email_links import link_token, read_token
from marketplace.accounts.models import User
from marketplace.accounts.queries import load_actor
from marketplace.kernel import outbox
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from tests.factories import builders
from tests.support.clients import Client
from tests.support.forms import client_of

OLD, NEW = "old-password-7", "new-password-8"


@pytest.fixture
def mine(app: Flask) -> int:
    return person("wang@shop.example")


def person(address: str | None) -> int:
    user_id = builders.user().user_id
    if address:
        email_addresses.set_email(user_id, address)
        email_addresses.confirm_email(*read_token(link_token(user_id, address)))
    return user_id


def name_of(user_id: int) -> str:
    return str(db.session.scalars(select(User.username).where(User.id == user_id)).one())


def token_of(client: Client, path: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found is not None
    return {"csrf_token": found[1]}


def ask(client: Client, name: str) -> tuple[int, str, str]:
    """(status, where it leads, what is read there)"""
    path = "/login/forgot"
    response = client.post(path, data={**token_of(client, path), "identifier": name})
    return response.status_code, response.location, client.get(response.location).text


def letters(folder: Path) -> list[EmailMessage]:
    outbox.run_pending()
    reader = BytesParser(EmailMessage, policy=policy.default)
    found = [reader.parsebytes(each.read_bytes()) for each in sorted(folder.glob("mail/*.eml"))]
    return [each for each in found if "重设密码" in each["Subject"]]


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"/login/reset/\S+", body.get_content())
    assert found is not None
    return found[0]


def set_new(client: Client, path: str, password: str = NEW, repeat: str = NEW) -> tuple[int, str]:
    data = {**token_of(client, path), "password": password, "repeat": repeat}
    response = client.post(path, data=data)
    return response.status_code, response.text


def log_in(client: Client, name: str, password: str) -> int:
    data = {**token_of(client, "/login"), "identifier": name, "password": password}
    return client.post("/login", data=data).status_code


def test_the_letter_leads_to_a_new_password_once(app: Flask, instance: Path, mine: int) -> None:
    client, elsewhere = app.test_client(), client_of(app, load_actor(mine))
    assert isinstance(client, Client)
    ask(client, name_of(mine))
    (letter,) = letters(instance)
    assert letter["To"] == "wang@shop.example"
    path = link_in(letter)
    assert elsewhere.get("/my").status_code == 200
    assert set_new(client, path, "short", "short")[0] == 422
    assert "两次输入的密码不一样" in set_new(client, path, NEW, "another-one-9")[1]
    assert set_new(client, path)[0] == 303
    assert client.get(path).status_code == 404  # used
    assert "这个链接用过了" in client.get(path).text
    assert elsewhere.get("/my").status_code in (302, 303)  # every session has ended
    assert log_in(client, name_of(mine), NEW) in (302, 303)
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == str(mine))).all()
    assert {"accounts.reset_asked", "accounts.password_reset"} <= set(actions)


def test_nobody_learns_who_has_an_account(app: Flask, instance: Path, mine: int) -> None:
    client = app.test_client()
    assert isinstance(client, Client)
    disabled = person("gone@shop.example")
    with transaction() as session:
        session.get_one(User, disabled).is_enabled = False
    names = [name_of(mine), name_of(person(None)), name_of(disabled), "nobody-at-all", "13900009999"]
    answers = {ask(client, name) for name in names}
    assert len(answers) == 1
    assert "信已经在路上" in next(iter(answers))[2]
    assert [letter["To"] for letter in letters(instance)] == ["wang@shop.example"]


def test_three_letters_in_a_quarter_of_an_hour_are_enough(app: Flask, instance: Path, mine: int) -> None:
    client = app.test_client()
    assert isinstance(client, Client)
    for _ in range(5):
        ask(client, name_of(mine).upper())
    assert (
        len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "accounts.reset_asked")).all())
        == 3
    )


def test_a_link_is_good_for_half_an_hour_and_for_nobody_else(
    app: Flask, instance: Path, freeze: Callable[[str], time_machine.Traveller]
) -> None:
    traveller = freeze("2026-11-28 10:00")
    mine, client = person("wang@shop.example"), app.test_client()
    assert isinstance(client, Client)
    ask(client, name_of(mine))
    path = link_in(letters(instance)[0])
    assert client.get(path).status_code == 200
    assert client.get(path[:-3] + "abc").status_code == 404
    assert (
        client.get(path.replace(path.split("/")[-1], link_token(mine, "wang@shop.example"))).status_code
        == 404
    )
    traveller.shift(31 * 60)
    assert client.get(path).status_code == 404


def test_the_way_there(client: Client) -> None:
    assert 'href="/login/forgot"' in client.get("/login").text
    assert "请填手机号或账号" in client.post("/login/forgot", data=token_of(client, "/login/forgot")).text
