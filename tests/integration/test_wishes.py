"""What a member keeps an eye on: favourites."""

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog.products.commands import take_off_sale
from catalog.products.models import Listing
from catalog.wishes import commands, queries
from catalog.wishes.models import Favourite
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.transaction import transaction
from tests.factories import builders as build

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    return build.saleable(price_fen=3000, units=10)


def kept_by(user_id: int) -> list[int]:
    return [row.card.listing_id for row in queries.favourites_of(user_id, 1).items]


def test_twice_is_as_good_as_once_and_each_has_a_list_of_ones_own(kiwi: World) -> None:
    reader, other = build.user().user_id, build.user().user_id
    for _ in range(2):
        commands.add_favourite(reader, kiwi["listing"])
    commands.add_favourite(other, kiwi["listing"])
    assert kept_by(reader) == [kiwi["listing"]]
    for _ in range(2):
        commands.remove_favourite(reader, kiwi["listing"])
    assert (kept_by(reader), kept_by(other)) == ([], [kiwi["listing"]])
    assert queries.watched_by(other, kiwi["listing"]).is_favourite
    assert not queries.watched_by(reader, kiwi["listing"]).is_favourite


def test_what_is_not_sold_today_is_no_favourite_to_be_and_may_still_be_taken_off(kiwi: World) -> None:
    reader, late = build.user().user_id, build.user().user_id
    commands.add_favourite(reader, kiwi["listing"])
    take_off_sale(build.owner_of(kiwi["supplier"]), kiwi["listing"])
    with pytest.raises(NotFound):
        commands.add_favourite(late, kiwi["listing"])
    (row,) = queries.favourites_of(reader, 1).items
    assert (row.is_shown, row.is_off) == (False, True)
    commands.remove_favourite(reader, kiwi["listing"])
    assert kept_by(reader) == []
    for command in (commands.add_favourite, commands.remove_favourite):
        with pytest.raises(NotFound):
            command(reader, 999_999)


@pytest.mark.parametrize(("now_fen", "fallen"), [(2500, 500), (3000, 0), (3500, 0)])
def test_a_price_that_fell_since_is_told(kiwi: World, now_fen: int, fallen: int) -> None:
    reader = build.user().user_id
    commands.add_favourite(reader, kiwi["listing"])
    with transaction() as session:
        session.execute(update(Listing).values(from_price_fen=now_fen))
    (row,) = queries.favourites_of(reader, 1).items
    assert (row.then_fen, row.fallen_fen) == (3000, fallen)


def test_a_full_list_takes_no_more_and_one_taken_off_makes_room(
    kiwi: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MOST_FAVOURITES", 1)
    reader = build.user().user_id
    second = build.saleable()["listing"]
    commands.add_favourite(reader, kiwi["listing"])
    commands.add_favourite(reader, kiwi["listing"])
    with pytest.raises(Conflict, match=r"wishes\.full"):
        commands.add_favourite(reader, second)
    commands.remove_favourite(reader, kiwi["listing"])
    commands.add_favourite(reader, second)
    assert db.session.scalar(select(func.count()).select_from(Favourite)) == 1


def test_a_long_list_comes_in_pages_newest_first(kiwi: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PER_PAGE", 2)
    reader = build.user().user_id
    ids = [kiwi["listing"], *(build.saleable()["listing"] for _ in range(2))]
    for listing_id in ids:
        commands.add_favourite(reader, listing_id)
    pages = [queries.favourites_of(reader, number) for number in (1, 2, 99)]
    assert [[row.card.listing_id for row in page.items] for page in pages] == [ids[:0:-1], ids[:1], ids[:1]]
    assert {(page.total, page.pages) for page in pages} == {(3, 2)}
