"""What all visitors see alike is read by one thread at a time."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from flask import Flask

from marketplace.storefront import shared


def in_threads(app: Flask, number: int, read: object) -> list[object]:
    start = Barrier(number)

    def ask() -> object:
        with app.app_context():
            start.wait()
            return shared.kept("figure", read)  # type: ignore[arg-type]

    with ThreadPoolExecutor(number) as pool:
        return [future.result(20) for future in [pool.submit(ask) for _ in range(number)]]


def test_many_that_come_at_once_read_it_once(app: Flask) -> None:
    calls: list[int] = []

    def read() -> str:
        calls.append(1)
        return "read"

    assert in_threads(app, 8, read) == ["read"] * 8
    assert len(calls) == 1


def test_the_last_value_is_good_while_a_new_one_is_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shared.kept("figure", lambda: "old") == "old"
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    reading, go_on = Event(), Event()

    def slow() -> str:
        reading.set()
        assert go_on.wait(20)
        return "new"

    def renew() -> str:
        with app.app_context():
            return shared.kept("figure", slow)

    with ThreadPoolExecutor(1) as pool:
        renewed = pool.submit(renew)
        assert reading.wait(20)
        assert shared.kept("figure", lambda: "never") == "old"
        go_on.set()
        assert renewed.result(20) == "new"
    assert shared.kept("figure", lambda: "never") == "new"


def test_what_could_not_be_read_is_asked_for_again(app: Flask) -> None:
    def fails() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        shared.kept("figure", fails)
    assert shared.kept("figure", lambda: "read") == "read"
