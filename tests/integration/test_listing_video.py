"""The video of a listing on both databases: one at a time, and a migration that goes both ways."""

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.pictures import add_picture
from catalog.products.videos import remove_video, set_video, video_of
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.media import Media, MediaKind
from tests.factories import builders as build
from tests.factories.certifying import picture
from tests.factories.videos import mp4, upload, webm


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return build.saleable()


@pytest.fixture
def owner(kiwi: dict[str, int]) -> Actor:
    return build.owner_of(kiwi["supplier"])


def test_one_at_a_time_and_only_ones_own(kiwi: dict[str, int], owner: Actor) -> None:
    set_video(owner, kiwi["listing"], upload(mp4()))
    first = video_of(kiwi["listing"])
    set_video(owner, kiwi["listing"], upload(webm()))
    assert video_of(kiwi["listing"]) not in {None, first}
    with pytest.raises(InvalidInput) as refused:
        set_video(owner, kiwi["listing"], upload(b"no"))
    assert (refused.value.code, refused.value.field) == ("video.unknown", "video")
    stranger = build.owner_of(build.saleable()["supplier"], "stranger")
    with pytest.raises(NotFound):
        set_video(stranger, kiwi["listing"], upload(mp4()))
    with pytest.raises(NotFound):
        remove_video(stranger, kiwi["listing"])
    remove_video(owner, kiwi["listing"])
    assert video_of(kiwi["listing"]) is None


def test_the_migration_goes_both_ways(kiwi: dict[str, int], owner: Actor) -> None:
    add_picture(owner, kiwi["listing"], picture(), "一筐")
    set_video(owner, kiwi["listing"], upload(mp4()))
    others = select(Media.id).where(Media.kind == MediaKind.PICTURE)
    before = list(db.session.scalars(others))
    db.session.rollback()
    flask_migrate.downgrade(revision="0026")
    flask_migrate.upgrade()
    flask_migrate.check()
    assert list(db.session.scalars(others)) == before
    assert video_of(kiwi["listing"]) is None
    set_video(owner, kiwi["listing"], upload(mp4()))
    assert video_of(kiwi["listing"])
