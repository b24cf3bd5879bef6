"""Statements per page and act, counted inside this process: the served program says nothing of itself for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.browsing import Browser, through
from benchmarks.walks import buy, look, sign_in


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent meanwhile by any engine of this process; PRAGMA is not among them."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("PRAGMA"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def of_pages(app: Flask, paths: dict[str, str], login: str = "") -> dict[str, int]:
    """Statements of each page, after it has been asked once: a process reads categories and regions at its start."""
    browser = Browser(through(app))
    if login:
        sign_in(browser, login)
    found = {}
    for name, path in paths.items():
        browser.get(path)
        with statements() as sent:
            browser.get(path)
        found[name] = len(sent)
    return found


def of_purchase(app: Flask, product: str) -> list[tuple[str, str, int]]:
    """(method, path, statements) of every request of a purchase; the second of a process, when all has been read."""
    first = Browser(through(app))
    buy(first, look(first, product))
    send, found = through(app), list[tuple[str, str, int]]()

    def counted(
        method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, list[tuple[str, str]], str]:
        with statements() as sent:
            answer = send(method, path, headers, body)
        found.append((method, path, len(sent)))
        return answer

    browser = Browser(counted)
    buy(browser, look(browser, product))
    return found


def at_placing(requests: list[tuple[str, str, int]]) -> int:
    """Statements of the click that placed the order: the last one on the checkout page."""
    return next(
        count for method, path, count in reversed(requests) if method == "POST" and path == "/checkout"
    )


def of_pages_with_cart(app: Flask, product: str, paths: dict[str, str]) -> dict[str, int]:
    """Statements of pages for a guest who has the product in the cart."""
    browser = Browser(through(app))
    browser.get(product)
    browser.submit(browser.form("/cart/add"), units="1")
    found = {}
    for name, path in paths.items():
        with statements() as sent:
            browser.get(path)
        found[name] = len(sent)
    return found
