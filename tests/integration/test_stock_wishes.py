"""到货提醒: asked for while there is none, told once when there is some again, whichever way it came back."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.commands import take_off_sale
from catalog.products.models import Sku
from catalog.stock.models import StockRow
from catalog.wishes import commands, queries, telling
from catalog.wishes.models import StockWish
from marketplace.accounts.models import User
from marketplace.backoffice.operations.words import job_word
from marketplace.jobs import JOBS
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.outbox import OutboxMessage
from marketplace.kernel.transaction import transaction
from marketplace.messages.commands import MAIL_TOPIC
from marketplace.messages.models import Message
from marketplace.messages.topics import Topic
from tests.factories import builders as build

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    world = build.saleable(price_fen=3000, units=10)
    sell_out(world["sku"])
    return world


def sell_out(sku_id: int) -> None:
    with transaction() as session:
        session.execute(
            update(StockRow)
            .where(StockRow.sku_id == sku_id)
            .values(available=0, sold=StockRow.received + StockRow.restocked - StockRow.reserved)
        )


def receive(world: World) -> None:
    build.lot(world["agreement"], world["household"], world["sku"], units=3)


def restock(world: World) -> None:
    with transaction() as session:
        session.execute(
            update(StockRow)
            .where(StockRow.sku_id == world["sku"])
            .values(available=1, restocked=StockRow.restocked + 1)
        )


def release(world: World) -> None:
    """What an order held for a while comes back."""
    with transaction() as session:
        row = session.scalars(select(StockRow).where(StockRow.sku_id == world["sku"])).one()
        row.sold, row.reserved = row.sold - 1, 1
    assert telling.tell_of_stock() == 0
    with transaction() as session:
        row = session.scalars(select(StockRow).where(StockRow.sku_id == world["sku"])).one()
        row.available, row.reserved = 1, 0


def told(user_id: int) -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.user_id == user_id).order_by(Message.id)))


@pytest.mark.parametrize("come_back", [receive, restock, release])
def test_who_waits_is_told_once_however_it_came_back(kiwi: World, come_back: Callable[[World], None]) -> None:
    reader, other = build.user().user_id, build.user().user_id
    for _ in range(2):
        assert commands.wait_for(reader, kiwi["sku"]) == kiwi["listing"]
    assert telling.tell_of_stock() == 0
    come_back(kiwi)
    assert telling.tell_of_stock() == 1
    assert telling.tell_of_stock() == 0
    (message,) = told(reader)
    assert message.topic is Topic.RESTOCK
    assert "周至翠香猕猴桃" in message.title
    assert (message.endpoint, message.params) == (
        "products.show",
        {"listing_id": kiwi["listing"], "sku": kiwi["sku"]},
    )
    assert told(other) == []
    assert queries.waits_of(reader) == []


def test_a_spent_wish_may_be_made_again(kiwi: World) -> None:
    reader = build.user().user_id
    for number in (1, 2):
        commands.wait_for(reader, kiwi["sku"])
        receive(kiwi)
        telling.tell_of_stock()
        assert len(told(reader)) == number
        sell_out(kiwi["sku"])


def test_what_was_taken_back_is_not_told(kiwi: World) -> None:
    reader = build.user().user_id
    commands.wait_for(reader, kiwi["sku"])
    for _ in range(2):
        assert commands.stop_waiting(reader, kiwi["sku"]) == kiwi["listing"]
    receive(kiwi)
    assert (telling.tell_of_stock(), told(reader)) == (0, [])


def test_nothing_is_told_of_what_may_not_be_sold_and_the_wish_stays(kiwi: World) -> None:
    reader = build.user().user_id
    commands.wait_for(reader, kiwi["sku"])
    receive(kiwi)
    with transaction() as session:
        session.execute(update(Sku).values(is_active=False))
    assert telling.tell_of_stock() == 0
    with transaction() as session:
        session.execute(update(Sku).values(is_active=True))
    take_off_sale(build.owner_of(kiwi["supplier"]), kiwi["listing"])
    assert telling.tell_of_stock() == 0
    (row,) = queries.waits_of(reader)
    assert not row.is_shown
    with pytest.raises(NotFound):
        commands.wait_for(build.user().user_id, kiwi["sku"])
    commands.stop_waiting(reader, kiwi["sku"])


def test_what_is_there_need_not_be_waited_for(kiwi: World) -> None:
    reader = build.user().user_id
    receive(kiwi)
    with pytest.raises(Conflict, match=r"wishes\.in_stock"):
        commands.wait_for(reader, kiwi["sku"])
    for command in (commands.wait_for, commands.stop_waiting):
        with pytest.raises(NotFound):
            command(reader, 999_999)


def test_nobody_waits_for_more_than_a_few(kiwi: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MOST_WAITED_FOR", 1)
    reader = build.user().user_id
    second = build.saleable()["sku"]
    sell_out(second)
    commands.wait_for(reader, kiwi["sku"])
    with pytest.raises(Conflict, match=r"wishes\.waits_full"):
        commands.wait_for(reader, second)
    assert db.session.scalar(select(func.count()).select_from(StockWish)) == 1


def test_many_are_told_in_batches_and_in_the_end_all(kiwi: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    monkeypatch.setattr(telling, "MOST_ROUNDS", 2)
    readers = [build.user().user_id for _ in range(5)]
    for reader in readers:
        commands.wait_for(reader, kiwi["sku"])
    receive(kiwi)
    assert [telling.tell_of_stock() for _ in range(3)] == [4, 1, 0]
    assert [len(told(reader)) for reader in readers] == [1] * 5


def test_a_mail_follows_to_a_confirmed_address(kiwi: World) -> None:
    reader, other = build.user().user_id, build.user().user_id
    with transaction() as session:
        session.execute(
            update(User)
            .where(User.id == reader)
            .values(email="reader@example.org", email_confirmed_at=clock.now())
        )
    for user_id in (reader, other):
        commands.wait_for(user_id, kiwi["sku"])
    receive(kiwi)
    telling.tell_of_stock()
    mails = db.session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == MAIL_TOPIC)).all()
    assert mails == [{"message_id": told(reader)[0].id}]


def test_the_worker_does_it_and_the_operators_page_has_a_word_for_it() -> None:
    (job,) = [job for job in JOBS if job.run is telling.tell_of_stock]
    assert job_word(job.name) != job.name
