"""The bell, the box, the settings and the mail address, over HTTP."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.email_addresses import email_of
from marketplace.accounts.email_links import link_token
from marketplace.accounts.policies import Actor
from marketplace.kernel import outbox
from marketplace.kernel.db import db
from marketplace.messages import queries
from marketplace.messages.audience import topics_for
from marketplace.messages.commands import choose, tell
from marketplace.messages.models import Message, MessageChoice
from marketplace.messages.topics import TOPICS, Topic
from tests.factories import builders
from tests.support.clients import Client
from tests.support.counting import statements


@pytest.fixture
def person(app: Flask, client: Client) -> Actor:
    app.config["WTF_CSRF_ENABLED"] = False
    actor = builders.user("li")
    builders.sign_in(client, actor)
    return actor


def only_id() -> int:
    return db.session.scalars(select(Message.id)).one()


def test_the_bell_counts_without_asking_again(client: Client, person: Actor) -> None:
    client.get("/my/addresses")  # what is read once per process
    with statements() as before:
        page = client.get("/my/addresses")
    assert "条消息未读" not in page.text
    tell(Topic.ORDER, [person.user_id], "发货了")
    with statements() as after:
        page = client.get("/my/addresses")
    assert '1<span class="visually-hidden"> 条消息未读' in page.text
    assert len(after) == len(before)


def test_guests_have_no_bell(client: Client, app: Flask) -> None:
    assert "/messages" not in client.get("/").text
    assert client.get("/messages").status_code == 302


def test_a_message_leads_to_its_page_and_is_read(client: Client, person: Actor) -> None:
    tell(Topic.ORDER, [person.user_id], "发货了", endpoint="my_orders.index", params={"tab": "receive"})
    assert "发货了" in client.get("/messages?topic=unread").text
    answer = client.post(f"/messages/{only_id()}/open")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/orders?tab=receive")
    assert "发货了" not in client.get("/messages?topic=unread").text
    assert "发货了" in client.get("/messages").text


@pytest.mark.parametrize(
    ("endpoint", "params"),
    [
        ("no.such_page", {}),
        ("https://elsewhere.example", {}),
        ("review.application", {"application_id": 7}),  # not for this person
        ("my_orders.show", {}),  # its argument is missing
        ("member.change_address", {"address_id": 1}),  # only by POST
        ("", {}),
    ],
)
def test_a_page_that_cannot_be_opened_leaves_the_message(
    client: Client, person: Actor, endpoint: str, params: dict[str, int]
) -> None:
    tell(Topic.ORDER, [person.user_id], "标题在此", "正文在此", endpoint=endpoint, params=params)
    answer = client.post(f"/messages/{only_id()}/open", follow_redirects=True)
    assert answer.request.path == f"/messages/{only_id()}"
    assert answer.status_code == 200
    assert "正文在此" in answer.text


def test_what_a_letter_links_to_is_read_when_it_is_opened(client: Client, person: Actor) -> None:
    tell(Topic.ORDER, [person.user_id], "<b>标题</b>", endpoint="my_orders.index")
    page = client.get(f"/messages/{only_id()}")
    assert "&lt;b&gt;标题" in page.text
    assert 'href="/my/orders"' in page.text
    assert queries.unread_by_topic(person.user_id) == {}


def test_settings_keep_what_is_needed_on(client: Client, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    person = builders.owner_of(builders.supplier())
    builders.sign_in(client, person)
    client.post("/messages/choices", data={"in_site": ["linkage", "nonsense"], "by_mail": ["order"]})
    found = {choice.topic: choice for choice in queries.choices_of(person.user_id)}
    assert found[Topic.LINKAGE].in_site
    assert not found[Topic.ORDER].in_site
    assert found[Topic.ORDER].by_mail
    assert all(found[topic].in_site for topic, facts in TOPICS.items() if facts.needed)
    assert client.get("/messages/choices").text.count(" checked") == 2 + sum(
        TOPICS[topic].needed for topic in topics_for(person)
    )


def asked_about(client: Client) -> set[str]:
    return set(re.findall(r'name="by_mail" value="(\w+)"', client.get("/messages/choices").text))


def test_settings_ask_about_what_reaches_a_person(client: Client, person: Actor) -> None:
    assert asked_about(client) == {"order", "after_sales", "restock"}
    tell(Topic.OBJECTION, [person.user_id], "您的意见有了答复")
    assert asked_about(client) == {"order", "after_sales", "restock", "objection"}


def test_settings_lose_nothing_that_they_do_not_ask_about(client: Client, person: Actor) -> None:
    others = [Topic.LINKAGE, Topic.CERTIFICATE]
    choose(person.user_id, others, in_site=[], by_mail=[Topic.LINKAGE])
    client.post("/messages/choices", data={"in_site": ["order", "certificate"], "by_mail": []})
    found = {choice.topic: choice for choice in queries.choices_of(person.user_id)}
    assert (found[Topic.LINKAGE].in_site, found[Topic.LINKAGE].by_mail) == (False, True)
    assert not found[Topic.CERTIFICATE].by_mail
    assert not found[Topic.AFTER_SALES].in_site
    assert (
        db.session.scalar(
            select(func.count()).select_from(MessageChoice).where(MessageChoice.topic == Topic.REVIEW)
        )
        == 0
    )


def test_all_are_read_at_once(client: Client, person: Actor) -> None:
    for _ in range(3):
        tell(Topic.ORDER, [person.user_id], "发货了")
    assert "3 条标成了已读" in client.post("/messages/read", follow_redirects=True).text


def test_an_address_is_confirmed_by_the_link_that_was_sent(
    client: Client, person: Actor, instance: Path
) -> None:
    assert client.post("/account/email", data={"email": "nonsense"}).status_code == 422
    client.post("/account/email", data={"email": "li@shop.example"})
    assert "待确认" in client.get("/account/email").text
    outbox.run_pending()
    assert len(list(instance.glob("mail/*.eml"))) == 1
    token = link_token(person.user_id, "li@shop.example")
    assert client.get(f"/account/email/confirm/{token}").status_code == 200
    assert email_of(person.user_id).is_waiting  # a program that follows links confirms nothing
    client.post(f"/account/email/confirm/{token}")
    assert email_of(person.user_id).confirmed_at is not None
    client.post("/account/email/remove")
    assert email_of(person.user_id).address is None
    assert client.get(f"/account/email/confirm/{token}").status_code == 404


def test_where_mail_is_off_the_page_says_so(client: Client, person: Actor, app: Flask) -> None:
    assert "没有开通邮件" not in client.get("/messages/choices").text
    app.extensions["kernel.mail"] = None
    for page in ("/messages/choices", "/account/email"):
        assert "没有开通邮件" in client.get(page).text


def test_the_box_asks_little(client: Client, person: Actor) -> None:
    for number in range(60):
        tell(Topic.ORDER, [person.user_id], f"第 {number} 条")
    client.get("/")  # what the head of every page shows is kept for a minute
    with statements() as sent:
        page = client.get("/messages")
    assert len(sent) <= 6
    assert page.text.count('class="message unread"') == 20


def test_who_only_buys_is_not_offered_a_clerks_boxes(client: Client, app: Flask, person: Actor) -> None:
    boxes = client.get("/messages").text
    assert "topic=order" in boxes
    assert "topic=restock" in boxes
    assert "topic=review" not in boxes
    tell(Topic.OBJECTION, [person.user_id], "异议办结")
    assert "topic=objection" in client.get("/messages").text
    clerk = app.test_client()
    builders.sign_in(clerk, builders.official_of(builders.TOWN))
    assert "topic=review" in clerk.get("/messages").text
