"""The library on both databases: who may write to it, and what the migration puts into it."""

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products import library, pictures
from catalog.products.models import ListingPicture, SupplierPicture
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, NotFound
from tests.factories import builders as build
from tests.factories.certifying import picture


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable()


@pytest.fixture
def owner(kiwi: dict[str, int]) -> Actor:
    return build.owner_of(kiwi["supplier"])


def test_only_ones_own_library_and_listings(kiwi: dict[str, int], owner: Actor) -> None:
    other = build.saleable()
    (mine,) = library.add_pictures(owner, kiwi["supplier"], [picture()], ["一筐"])
    with pytest.raises(NotFound):
        library.add_pictures(owner, other["supplier"], [picture()], ["一筐"])
    with pytest.raises(NotFound):
        pictures.take_pictures(owner, other["listing"], [mine])
    stranger = build.owner_of(other["supplier"], "stranger")
    for act in (
        lambda: library.rename_picture(stranger, mine, "x"),
        lambda: library.delete_picture(stranger, mine),
        lambda: pictures.take_pictures(stranger, other["listing"], [mine]),
        lambda: library.get_picture(other["supplier"], mine),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_picture_that_leaves_a_listing_stays_at_hand(kiwi: dict[str, int], owner: Actor) -> None:
    shown = pictures.add_picture(owner, kiwi["listing"], picture(), "一筐")
    pictures.add_picture(owner, kiwi["listing"], picture(), "一盘")
    row = next(each for each in library.library_page(kiwi["supplier"]).items if each.name == "一筐")
    with pytest.raises(Conflict, match=r"pictures\.in_use"):
        library.delete_picture(owner, row.picture_id)
    pictures.remove_picture(owner, kiwi["listing"], shown)
    assert library.get_picture(kiwi["supplier"], row.picture_id).uses == 0
    assert pictures.take_pictures(owner, kiwi["listing"], [row.picture_id]) == 1
    assert pictures.take_pictures(owner, kiwi["listing"], [row.picture_id]) == 0


def test_the_migration_puts_every_picture_of_a_listing_into_it(kiwi: dict[str, int], owner: Actor) -> None:
    pictures.add_picture(owner, kiwi["listing"], picture(), "一筐")
    other = build.saleable()
    pictures.add_picture(build.owner_of(other["supplier"], "stranger"), other["listing"], picture(), "一盘")
    library.add_pictures(owner, kiwi["supplier"], [picture()], ["没有商品用的"])
    wanted = list(
        db.session.execute(select(ListingPicture.media_id, ListingPicture.alt).order_by("media_id"))
    )
    db.session.rollback()
    flask_migrate.downgrade(revision="0025")
    flask_migrate.upgrade()
    query = select(SupplierPicture.media_id, SupplierPicture.name, SupplierPicture.supplier_id)
    rows = list(db.session.execute(query.order_by(SupplierPicture.media_id)))
    assert [tuple(row[:2]) for row in rows] == [tuple(row) for row in wanted]
    assert [row[2] for row in rows] == [kiwi["supplier"], other["supplier"]]
    assert library.library_page(kiwi["supplier"]).items[0].uses == 1
