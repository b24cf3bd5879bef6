"""What waits for people: told once, in the site and by mail as they chose, and never to anybody else."""

import smtplib
from datetime import timedelta
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
from marketplace.accounts.queries import load_session_user
from marketplace.kernel import clock, mail, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.outbox import OutboxMessage
from marketplace.kernel.transaction import transaction
from marketplace.messages import commands, queries
from marketplace.messages.commands import tell
from marketplace.messages.models import Message
from marketplace.messages.topics import TOPICS, Topic
from tests.factories import builders
from tests.support.counting import statements

pytestmark = pytest.mark.usefixtures("app")


def letters(folder: Path) -> list[EmailMessage]:
    reader = BytesParser(EmailMessage, policy=policy.default)
    return [reader.parsebytes(each.read_bytes()) for each in sorted(folder.glob("mail/*.eml"))]


def confirmed(address: str = "wang@shop.example") -> int:
    user_id = builders.user().user_id
    email_addresses.set_email(user_id, address)
    email_addresses.confirm_email(*read_token(link_token(user_id, address)))
    return user_id


def test_a_message_is_unread_until_it_is_opened_and_only_its_owner_can_open_it() -> None:
    mine, other = builders.user().user_id, builders.user().user_id
    tell(Topic.ORDER, [mine, other], "发货了", "两件", endpoint="my_orders.index")
    (row,) = queries.box(mine).items
    commands.mark_read(other, row.id)
    assert queries.get_message(mine, row.id).is_unread
    with pytest.raises(NotFound):
        queries.get_message(other, row.id)
    commands.mark_read(mine, row.id)
    assert not queries.get_message(mine, row.id).is_unread
    assert queries.unread_by_topic(mine) == {}
    assert queries.unread_by_topic(other) == {Topic.ORDER: 1}


def test_the_head_counts_unread_ones_in_the_statement_that_loads_the_person() -> None:
    mine = builders.user().user_id
    for number in range(queries.COUNTED_UP_TO + 3):
        tell(Topic.ORDER, [mine], f"第 {number} 条")
    with statements() as sent:
        found = load_session_user(mine, queries.unread_of)
    assert found is not None
    assert found.waiting == queries.COUNTED_UP_TO
    assert len(sent) == 1
    assert commands.mark_all_read(mine) == queries.COUNTED_UP_TO + 3
    again = load_session_user(mine, queries.unread_of)
    assert again is not None
    assert again.waiting == 0


def test_marking_all_read_leaves_what_came_after_the_page_was_shown() -> None:
    mine = builders.user().user_id
    tell(Topic.ORDER, [mine], "看到的")
    seen = queries.box(mine).items[0].id
    tell(Topic.ORDER, [mine], "后来的")
    tell(Topic.PAYOUT, [mine], "别的")
    assert commands.mark_all_read(mine, Topic.ORDER, up_to=seen) == 1
    assert {row.title for row in queries.box(mine, unread=True).items} == {"后来的", "别的"}


def test_the_box_pages_newest_first_without_gaps_or_repeats() -> None:
    mine = builders.user().user_id
    for number in range(45):
        tell(Topic.ORDER if number % 3 else Topic.PAYOUT, [mine], f"{number}")
    seen: list[str] = []
    before = None
    while True:
        page = queries.box(mine, before=before)
        seen += [row.title for row in page.items]
        before = page.older
        if before is None:
            break
    assert seen == [f"{number}" for number in range(44, -1, -1)]
    assert {row.topic for row in queries.box(mine, topic=Topic.PAYOUT).items} == {Topic.PAYOUT}


def test_a_key_tells_a_person_once() -> None:
    mine = builders.user().user_id
    assert tell(Topic.PAPERS, [mine], "到期", key="paper-1-30") == 1
    assert tell(Topic.PAPERS, [mine], "到期", key="paper-1-30") == 0


def test_what_is_switched_off_is_not_told_and_what_is_needed_cannot_be() -> None:
    mine = builders.user().user_id
    commands.choose(mine, list(TOPICS), in_site=[], by_mail=[])
    assert tell(Topic.ORDER, [mine], "发货了") == 0
    assert tell(Topic.REVIEW, [mine], "待审核") == 1
    assert queries.box(mine).items[0].is_unread
    assert {choice.topic for choice in queries.choices_of(mine) if choice.in_site} == {
        topic for topic, facts in TOPICS.items() if facts.needed
    }


def test_mail_goes_to_a_confirmed_address_once_and_says_where_to_look(instance: Path) -> None:
    mine = confirmed()
    outbox.run_pending()  # the link that was confirmed meanwhile is not sent
    assert letters(instance) == []
    tell(Topic.APPLICATION, [mine], "退回补充", "请补检测报告", endpoint="supplier.applications")
    outbox.run_pending()
    (letter,) = letters(instance)
    message = db.session.scalars(select(Message)).one()
    assert letter["To"] == "wang@shop.example"
    assert letter["Subject"].startswith("退回补充")
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"/messages/{message.id}" in body.get_content()
    assert message.mailed_at is not None
    mailed_at = message.mailed_at
    message_id = message.id
    with transaction():
        outbox.enqueue(commands.MAIL_TOPIC, {"message_id": message_id})
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        outbox.run_pending()
    db.session.expire_all()
    assert db.session.scalars(select(Message.mailed_at)).one() == mailed_at


def test_no_mail_without_a_confirmed_address_or_after_it_was_removed(instance: Path) -> None:
    waiting = builders.user().user_id
    email_addresses.set_email(waiting, "waiting@shop.example")
    tell(Topic.APPLICATION, [waiting], "退回补充")
    gone = confirmed("gone@shop.example")
    tell(Topic.APPLICATION, [gone], "退回补充")
    email_addresses.remove_email(gone)
    outbox.run_pending()
    assert [letter["Subject"].split(" ")[0] for letter in letters(instance)] == ["请确认您的邮箱"]


def test_a_carrier_that_is_down_is_tried_again(app: Flask, instance: Path) -> None:
    mine = confirmed()
    outbox.run_pending()

    class Down:
        def send(self, message: EmailMessage) -> None:
            raise smtplib.SMTPServerDisconnected("no line")

    office = app.extensions["kernel.mail"]
    app.extensions["kernel.mail"] = mail.Office(Down(), office.sender, office.site_name, office.public_url)
    tell(Topic.APPLICATION, [mine], "退回补充")
    outbox.run_pending()
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == commands.MAIL_TOPIC)).one()
    assert (row.done_at, row.attempts) == (None, 1)
    db.session.rollback()
    app.extensions["kernel.mail"] = office
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        outbox.run_pending()
    assert len(letters(instance)) == 1


def test_without_a_carrier_nothing_is_sent_and_nothing_fails(app: Flask, instance: Path) -> None:
    mine = confirmed()
    app.extensions["kernel.mail"] = None
    tell(Topic.APPLICATION, [mine], "退回补充")
    outbox.run_pending()
    assert letters(instance) == []
    assert (
        db.session.scalars(
            select(OutboxMessage.last_error).where(OutboxMessage.last_error.is_not(None))
        ).all()
        == []
    )


def test_a_line_break_in_a_title_ends_no_header(instance: Path) -> None:
    mine = confirmed()
    tell(Topic.APPLICATION, [mine], "退回\r\nBcc: all@shop.example\r\n\r\n正文")
    outbox.run_pending()
    (letter,) = letters(instance)
    assert letter["Bcc"] is None
    assert "Bcc: all@shop.example" in letter["Subject"]


@pytest.mark.parametrize(
    "text", ["", "wang", "wang@", "a@b\r\nBcc: c@d.example", "王@shop.example", "a" * 300 + "@b.example"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    user_id = builders.user().user_id
    with pytest.raises(InvalidInput):
        email_addresses.set_email(user_id, text)
    assert email_addresses.email_of(user_id).address is None


def test_a_link_is_of_its_person_and_address_and_ends() -> None:
    user_id, other = builders.user().user_id, builders.user().user_id
    email_addresses.set_email(user_id, "first@shop.example")
    old = link_token(user_id, "first@shop.example")
    email_addresses.set_email(user_id, "second@shop.example")
    with pytest.raises(NotFound):
        email_addresses.confirm_email(*read_token(old))
    with pytest.raises(NotFound):
        email_addresses.confirm_email(*read_token(link_token(other, "second@shop.example")))
    token = link_token(user_id, "second@shop.example")
    with pytest.raises(NotFound):
        read_token(token[:-2])
    with (
        time_machine.travel(clock.now() + timedelta(days=email_addresses.LINK_DAYS, minutes=1)),
        pytest.raises(NotFound),
    ):
        read_token(token)
    email_addresses.confirm_email(*read_token(token))
    email_addresses.confirm_email(*read_token(token))
    stored = db.session.scalars(select(User.email_confirmed_at).where(User.id == user_id)).one()
    assert stored is not None
    email_addresses.set_email(user_id, "third@shop.example")
    assert email_addresses.email_of(user_id).is_waiting


def test_telling_many_costs_a_fixed_number_of_queries() -> None:
    people = [builders.user().user_id for _ in range(12)]
    with statements() as sent:
        tell(Topic.ORDER, people, "发货了", key="many")
    assert len([each for each in sent if each.startswith("SELECT")]) == 3
