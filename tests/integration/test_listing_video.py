"""The video of a listing on both databases: one at a time, and a migration that goes both ways."""

from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.pictures import add_picture
from catalog.products.videos import remove_video, set_video, video_of
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.media import KEEP_TAKEN_DOWN, Media, MediaKind, delete_video
from marketplace.kernel.transaction import transaction
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


def on_disk(app: Flask) -> set[str]:
    return {path.stem for path in app.extensions["media_folder"].rglob("*.video")}


def a_day_later() -> AbstractContextManager[None]:
    return clock.turned_to(clock.now() + KEEP_TAKEN_DOWN + timedelta(minutes=1))


def test_what_is_taken_down_is_deleted_a_day_later(app: Flask, kiwi: dict[str, int], owner: Actor) -> None:
    set_video(owner, kiwi["listing"], upload(mp4()))
    first = video_of(kiwi["listing"])
    set_video(owner, kiwi["listing"], upload(webm()))
    second = video_of(kiwi["listing"])
    outbox.run_pending()
    assert on_disk(app) == {first, second}
    with a_day_later():
        outbox.run_pending()
    assert on_disk(app) == {second}
    remove_video(owner, kiwi["listing"])
    with a_day_later():
        outbox.run_pending()
    assert on_disk(app) == set()
    assert len(db.session.scalars(select(Media).where(Media.kind == MediaKind.PRIVATE_VIDEO)).all()) == 2


def test_a_video_whose_taking_down_failed_keeps_its_file(
    app: Flask, kiwi: dict[str, int], owner: Actor
) -> None:
    set_video(owner, kiwi["listing"], upload(mp4()))
    token = video_of(kiwi["listing"])
    with suppress(ZeroDivisionError), transaction():
        remove_video(owner, kiwi["listing"])
        assert video_of(kiwi["listing"]) is None
        raise ZeroDivisionError
    media_id = db.session.scalars(select(Media.id).where(Media.token == token)).one()
    delete_video({"media_id": media_id})  # whoever asks
    with a_day_later():
        outbox.run_pending()
    assert (video_of(kiwi["listing"]), on_disk(app)) == (token, {token})


@pytest.mark.parametrize("killed_at", ["before", "after"])
def test_a_worker_killed_on_the_way_leaves_it_to_the_next(
    app: Flask, kiwi: dict[str, int], owner: Actor, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    class Killed(BaseException):
        """What no handler of errors sees."""

    def kill(*_args: object, **_values: object) -> None:
        raise Killed

    set_video(owner, kiwi["listing"], upload(mp4()))
    remove_video(owner, kiwi["listing"])
    outbox.run_pending()
    name = "unlink" if killed_at == "before" else "_finish"
    with a_day_later():
        with monkeypatch.context() as patch:
            patch.setattr(Path if killed_at == "before" else outbox, name, kill)
            with pytest.raises(Killed):
                outbox.run_pending()
        assert len(on_disk(app)) == (1 if killed_at == "before" else 0)
        assert outbox.run_pending() == 0
        with clock.turned_to(clock.now() + outbox.LEASE):
            assert outbox.run_pending() == 1
            assert (on_disk(app), outbox.run_pending()) == (set(), 0)


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
