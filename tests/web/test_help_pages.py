"""我的助农: a year from the ledger, and a card of it that is passed on and taken back."""

import io
import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from marketplace.accounts.policies import Actor
from marketplace.helping import commands, queries
from marketplace.helping.models import HelpCard
from marketplace.helping.picture import HEIGHT, WIDTH
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from marketplace.presentation import sum_band
from orders.ordering.models import Order
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.signing import post

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return builders.saleable(units=20, price_fen=2999, lot_total_fen=30_001)


@pytest.fixture
def buyer(app: Flask) -> Actor:
    return builders.user("helper")


def bought(world: World, buyer: Actor, units: int = 1) -> Order:
    (order_id,) = order_builders.placed_orders({world["sku"]: units}, user_id=buyer.user_id)
    sales.pay_online(db.session.get_one(Order, order_id).checkout_id)
    return db.session.get_one(Order, order_id)


def many_households(buyer: Actor) -> None:
    """Orders that brought five households something."""
    for number in range(5):
        village = builders.VILLAGE if number % 2 else builders.VILLAGE_OF_SAME_COUNTY
        bought(builders.saleable(village_code=village, units=3), buyer)


def this_year() -> int:
    return clock.today().year


def test_a_year_is_what_the_ledger_says_refunds_taken_off(kiwi: World, buyer: Actor) -> None:
    order = bought(kiwi, buyer, units=2)
    found = queries.help_of(buyer.user_id, this_year())
    assert (found.orders, found.households, [village.code for village in found.villages]) == (
        1,
        1,
        [builders.VILLAGE],
    )
    whole = found.fen
    assert whole > 0
    sales.refund(order.id, 1)
    assert queries.help_of(buyer.user_id, this_year()).fen == whole - whole // 2
    sales.refund(order.id, 1)
    found = queries.help_of(buyer.user_id, this_year())
    assert (found.orders, found.fen, found.villages) == (0, 0, [])


def test_an_order_is_of_the_year_it_was_paid_in_in_xian(kiwi: World, buyer: Actor) -> None:
    order = bought(kiwi, buyer)
    new_year = clock.local_day_start(clock.today().replace(month=1, day=1))
    for paid_at, year in ((new_year, this_year()), (new_year - timedelta(seconds=1), this_year() - 1)):
        with transaction() as session:
            session.execute(update(Order).where(Order.id == order.id).values(paid_at=paid_at))
        assert [
            queries.help_of(buyer.user_id, each).orders for each in (year, 2 * this_year() - 1 - year)
        ] == [1, 0]
    assert queries.years_of(buyer.user_id) == [this_year(), this_year() - 1]


def test_a_card_is_passed_on_renamed_and_taken_back(client: Client, app: Flask, buyer: Actor) -> None:
    many_households(buyer)
    builders.sign_in(client, buyer)
    fen = queries.help_of(buyer.user_id, this_year()).fen
    exact, band = f"{fen / 100:,.2f}", sum_band(fen)
    assert post(client, f"/my/help/card?year={this_year()}", {"shown_name": "王女士一家"}).status_code == 303
    page = client.get("/my/help").text
    assert exact in page, "one's own is told to the fen"
    path = re.search(r'value="http://localhost(/help/[^"]+)"', page)
    assert path
    stranger = app.test_client()
    shown = stranger.get(path[1])
    assert (shown.status_code, shown.headers["X-Robots-Tag"]) == (200, "noindex")
    # what the next order brings its one household must not be the difference of two looks
    assert (band in shown.text, exact in shown.text) == (True, False)
    assert "王女士一家" in shown.text
    assert "helper" not in shown.text, "nobody's account name"
    assert post(client, f"/my/help/card?year={this_year()}", {"shown_name": ""}).status_code == 303
    assert "王女士一家" not in stranger.get(path[1]).text
    assert len(db.session.scalars(select(HelpCard)).all()) == 1
    assert post(client, f"/my/help/card/back?year={this_year()}").status_code == 303
    assert stranger.get(path[1]).status_code == stranger.get(f"{path[1]}/card.png").status_code == 404


@pytest.mark.both_databases
def test_a_card_passed_on_twice_at_once_is_one(app: Flask, kiwi: World, buyer: Actor) -> None:
    bought(kiwi, buyer)
    db.session.rollback()
    barrier, tokens = threading.Barrier(4), list[str]()

    def share() -> None:
        with app.app_context():
            barrier.wait()
            tokens.append(commands.share_card(buyer, this_year(), "王女士"))

    threads = [threading.Thread(target=share) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(tokens), len(set(tokens))) == (4, 1)


def test_few_households_are_given_no_amount(client: Client, app: Flask, kiwi: World, buyer: Actor) -> None:
    bought(kiwi, buyer)
    fen = queries.help_of(buyer.user_id, this_year()).fen
    token = commands.share_card(buyer, this_year(), "")
    text = app.test_client().get(f"/help/{token}").text
    assert f"{fen / 100:,.2f}" not in text
    assert "不到 5 户" in text


def test_households_whose_part_went_back_hide_nobody(app: Flask, kiwi: World, buyer: Actor) -> None:
    bought(kiwi, buyer)
    fen = queries.help_of(buyer.user_id, this_year()).fen
    for _ in range(4):
        sales.refund(bought(builders.saleable(units=3), buyer).id, 1)
    found = queries.help_of(buyer.user_id, this_year())
    assert (found.fen, found.households, found.is_small) == (fen, 1, True)


@pytest.mark.parametrize("path", ["/my/help/card.png", "/help/{token}/card.png"])
def test_the_picture_is_drawn_whatever_the_name(client: Client, kiwi: World, buyer: Actor, path: str) -> None:
    bought(kiwi, buyer)
    builders.sign_in(client, buyer)
    token = commands.share_card(buyer, this_year(), "😀𠮷 <b>&「李」")
    answer = client.get(path.format(token=token))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(answer.get_data())).size == (WIDTH, HEIGHT)


def test_the_picture_of_a_demo_says_so(
    client: Client, kiwi: World, buyer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(kiwi, buyer)
    path = f"/help/{commands.share_card(buyer, this_year(), '')}/card.png"
    marked = client.get(path).get_data()
    monkeypatch.setattr(Settings, "is_demo", False)
    assert client.get(path).get_data() != marked


def test_a_year_of_which_nothing_is_left_shows_no_card(client: Client, kiwi: World, buyer: Actor) -> None:
    order = bought(kiwi, buyer)
    path = f"/help/{commands.share_card(buyer, this_year(), '')}"
    sales.refund(order.id, 1)
    assert [client.get(each).status_code for each in (path, f"{path}/card.png")] == [404, 404]
    bought(kiwi, buyer)
    assert client.get(path).status_code == 200


def test_a_year_without_anything_has_no_card(client: Client, kiwi: World, buyer: Actor) -> None:
    builders.sign_in(client, buyer)
    assert "还没有记录" in client.get("/my/help").text
    with pytest.raises(Conflict, match="nothing_yet"):
        commands.share_card(buyer, this_year(), "")
    assert client.get("/my/help/card.png").status_code == 200
    for nonsense in ("0", "99999", "-1", "１２３４", "x", "1999"):
        assert client.get(f"/my/help?year={nonsense}").status_code == 200


def test_a_name_that_is_too_long_is_told_at_its_field(client: Client, kiwi: World, buyer: Actor) -> None:
    bought(kiwi, buyer)
    builders.sign_in(client, buyer)
    answer = post(client, "/my/help/card", {"shown_name": "长" * 13})
    assert answer.status_code == 422
    assert "长" * 13 in answer.text
    assert db.session.scalars(select(HelpCard)).all() == []


def test_a_closed_account_leaves_no_card(kiwi: World, buyer: Actor) -> None:
    bought(kiwi, buyer)
    token = commands.share_card(buyer, this_year(), "")
    with transaction():
        commands.forget_member(buyer.user_id)
    with pytest.raises(NotFound):
        queries.card_of_token(token)


def test_the_pages_ask_little(client: Client, app: Flask, buyer: Actor) -> None:
    many_households(buyer)
    builders.sign_in(client, buyer)
    token = commands.share_card(buyer, this_year(), "")
    for reader, path, most in ((client, "/my/help", 7), (app.test_client(), f"/help/{token}", 4)):
        reader.get(path)
        with statements() as sent:
            assert reader.get(path).status_code == 200
        assert len(sent) <= most, (path, sent)
