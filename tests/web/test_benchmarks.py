"""The bench's pieces work: what it measures is there and measured whole, and a wrong answer is no figure."""

import threading
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from flask import Flask
from sqlalchemy import select

from benchmarks import counting, floor
from benchmarks.browsing import Browser, NoSuchForm, forms_of, over_http, through
from benchmarks.driver import WrongAnswer, drive
from benchmarks.rows import Measured, Row, at_least, at_most, table
from benchmarks.subjects import anew
from benchmarks.walks import buy, look
from marketplace.kernel.db import db
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from tests.factories import builders
from tests.support.clients import loopback_socket, serving


def test_a_purchase_is_walked_to_its_end_and_counted(app: Flask) -> None:
    world = builders.saleable(units=10)
    path = f"/p/{world['listing']}"
    bought = counting.of_purchase(app, path)
    db.session.rollback()
    assert db.session.scalars(select(Order.state)).all() == [OrderState.RELEASED] * 2
    assert 0 < counting.at_placing(bought) <= 20
    assert len(bought) <= 9  # with the product's page
    assert counting.of_pages_with_cart(app, path, {"cart": "/cart"})["cart"] > 0


def test_a_page_asked_anew_is_rendered_anew(app: Flask) -> None:
    path = f"/p/{builders.saleable(units=10)['listing']}"
    assert counting.of_pages(app, {"anew": anew(path)})["anew"] > 0


def test_the_floor_is_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "floor.sqlite"
    floor.fill(database)
    monkeypatch.setenv("FLOOR_DATABASE", str(database))
    application = floor.create()
    client = application.test_client()
    assert client.get("/hello").text == "hello"
    with counting.statements() as sent:
        assert client.get("/table/3").text.count("<tr>") == 1 + floor.ROWS
    assert len(sent) == 1
    with loopback_socket() as listener, serving(application, listener):
        port = listener.getsockname()[1]
        with pytest.raises(WrongAnswer):
            drive(port, "/nothing", 0.05, connections=1)
        browser = Browser(over_http(port))
        browser.get("/table/3")
        assert (browser.status, browser.requests) == (200, 1)
    with application.app_context():
        application.extensions["sqlalchemy"].engine.dispose()


class _Hello(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            if line == b"\r\n":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def test_the_driver_asks_again_over_the_same_connections() -> None:
    with ThreadingTCPServer(("127.0.0.1", 0), _Hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        load = drive(server.server_address[1], "/hello", 0.2, connections=3)
        server.shutdown()
        thread.join()
    assert load.answers > 3
    assert load.size == len("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def test_forms_are_filled_in_as_they_stand(app: Flask) -> None:
    page = """<form action="/a" id="one"><input type="hidden" name="k" value="v"><input type="radio" name="r" value="1">
    <input type="radio" name="r" value="2" checked><input type="checkbox" name="c"><select name="s"><option value="x">
    <option value="y" selected></select><textarea name="t"></textarea></form><input form="one" name="o" value="z">"""
    (form,) = forms_of(page)
    assert form.fields == {"k": "v", "r": "2", "s": "y", "t": "", "o": "z"}
    browser = Browser(through(app))
    browser.get("/login")
    with pytest.raises(NoSuchForm):
        browser.form("/nowhere")
    with pytest.raises(NoSuchForm):
        buy(browser, look(browser, "/p/999999"))


def test_rows_say_what_is_missed() -> None:
    measured = Measured([1.0, 3.0, 2.0], [5.0, 7.0, 6.0], 10)
    assert (measured.rate, measured.cpu) == (2.0, 6.0)
    rows = [at_most("a", 9, 8), at_most("b", 8, 8), at_least("c", 0.1, 0.25, 0.4), Row("d", "1")]
    assert [row.holds for row in rows] == [False, True, False, None]
    assert table(rows).count("MISSED") == 2
