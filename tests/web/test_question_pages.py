"""Questions through the pages: asked, answered by both sides, hidden and shown again."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.questions import commands
from catalog.questions.models import Answer, Question
from marketplace.kernel.db import db
from tests.factories import builders
from tests.support.counting import statements
from tests.support.forms import client_of, post

ASKED = "收到是硬的还是软的？"


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    made = builders.saleable(units=20, price_fen=2999, lot_total_fen=30_001)
    asker = builders.user("asking")
    return {
        **made,
        "actor": asker,
        "asker": client_of(app, asker),
        "coop": client_of(app, builders.owner_of(made["supplier"])),
        "boss": client_of(app, builders.admin()),
        "guest": client_of(app),
        "product": f"/p/{made['listing']}",
        "all": f"/p/{made['listing']}/questions",
    }


def question_id() -> int:
    return db.session.scalars(select(Question.id)).one()


def test_asked_answered_and_read(shop: dict[str, Any], app: Flask) -> None:
    assert "还没有人提问" in shop["guest"].get(shop["all"]).text
    assert "提个问题" in shop["guest"].get(shop["product"]).text
    assert shop["guest"].get(f"{shop['all']}/ask").status_code == 302
    short = post(shop["asker"], f"{shop['all']}/ask", text="硬吗")
    assert (short.status_code, "请写 5–200 个字" in short.text, "硬吗</textarea>" in short.text) == (
        422,
        True,
        True,
    )
    assert post(shop["asker"], f"{shop['all']}/ask", text=ASKED).status_code == 303
    assert "看 1 个提问" in client_of(app).get(shop["product"]).text
    assert ASKED in shop["coop"].get("/supplier/questions").text
    assert "提问等您回答" in shop["coop"].get("/supplier").text
    address = f"{shop['all']}/{question_id()}/answer"
    assert "才能回答" in shop["asker"].get(address).text
    assert post(shop["coop"], address, text="").status_code == 422
    assert post(shop["coop"], address, text="硬的，放三天就软").status_code == 303
    page = client_of(app).get(shop["all"]).text
    assert ("硬的，放三天就软" in page, '<span class="tag">供应商</span>' in page) == (True, True)
    again = post(shop["coop"], address, text="硬的，放三天就软")
    assert (again.status_code, "您回答过了" in again.text) == (409, True)
    assert "没有要回答的提问" in shop["coop"].get("/supplier/questions").text
    assert "有人回答了" in shop["asker"].get("/messages").text


def test_who_did_not_receive_it_does_not_answer(shop: dict[str, Any], app: Flask) -> None:
    commands.ask(shop["actor"], shop["listing"], ASKED)
    client = client_of(app, builders.user("stranger"))
    token = post(client, f"{shop['all']}/ask", text="x")
    from tests.support.forms import hidden

    sent = {"csrf_token": hidden(token.text, "csrf_token"), "text": "硬的，放三天就软"}
    answer = client.post(f"{shop['all']}/{question_id()}/answer", data=sent)
    assert (answer.status_code, "才能回答" in answer.text) == (409, True)
    assert db.session.scalars(select(Answer.id)).all() == []


def test_hidden_with_a_reason_and_shown_again(shop: dict[str, Any], app: Flask) -> None:
    commands.ask(shop["actor"], shop["listing"], ASKED)
    desk = f"/admin/questions/{question_id()}"
    assert ASKED in shop["boss"].get("/admin/questions").text
    assert post(shop["boss"], desk, reason="里面是广告").status_code == 422
    assert post(shop["boss"], desk, fault="advertising", reason="里面是广告").status_code == 303
    page = client_of(app).get(shop["all"]).text
    assert ("因“广告”被平台隐藏" in page, ASKED in page) == (True, False)
    assert shop["asker"].get(f"{shop['all']}/{question_id()}/answer").status_code == 404
    assert ASKED in shop["boss"].get("/admin/questions?show=hidden").text
    assert post(shop["boss"], desk, reason="不是广告，看错了").status_code == 303
    assert ASKED in client_of(app).get(shop["all"]).text
    assert shop["coop"].get(desk).status_code == 403


def test_the_pages_ask_the_database_little(shop: dict[str, Any]) -> None:
    commands.ask(shop["actor"], shop["listing"], ASKED)
    for client, path, most in (
        (shop["guest"], shop["all"], 6),
        (shop["guest"], shop["product"], 6),
        (shop["coop"], "/supplier/questions", 10),
        (shop["boss"], "/admin/questions", 8),
    ):
        client.get(path)
        with statements() as seen:
            assert client.get(f"{path}?fresh=1").status_code == 200
        assert len(seen) <= most, (path, len(seen))
