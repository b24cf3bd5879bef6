"""1,000 guests, 100 units, 4 processes, over HTTP: exactly 100 are sold, the others are told 售罄, nothing breaks.

With ``TORTURE=1`` they are 3,000. The control runs the same race with the guard off and must sell more than there is, else the race proves nothing.
"""

import http.client
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, insert, select

from catalog.stock import queries as stock
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import new_token
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from orders.cart.cookies import signed
from orders.cart.models import Cart, CartLine
from orders.cart.queries import CartOwner
from orders.checkout.queries import build_quote
from orders.ordering.models import LineAllocation, Order
from tests.factories import builders
from tests.support.shops import gunicorn

UNITS = 100
BUYERS = 3000 if os.environ.get("TORTURE") == "1" else 1000
PROVINCE = "610000000000"
ADDRESS = {
    "address": "new",
    "recipient": "王女士",
    "mobile": "19900001234",
    "detail": "示例小区 1 号楼",
    "region_1": PROVINCE,
    "region_2": "610100000000",
    "region_3": "610113000000",
    "region_4": builders.STREET,
    "method": "online",
    "agree_fresh": "y",
}


@dataclass(frozen=True)
class Guest:
    cookies: str
    body: str


@dataclass(frozen=True)
class Answer:
    status: int
    says_sold_out: bool
    text: str


def guests(app: Flask, sku_id: int, count: int) -> list[Guest]:
    """Guests with one unit in the cart and the checkout page before them, made in the database directly."""
    tokens = [new_token() for _ in range(count)]
    with transaction() as session:
        session.execute(insert(Cart), [{"token": token, "updated_at": clock.now()} for token in tokens])
        carts = session.scalars(select(Cart.id)).all()
        session.execute(
            insert(CartLine),
            [
                {
                    "cart_id": cart,
                    "sku_id": sku_id,
                    "units": 1,
                    "is_chosen": True,
                    "channel_code": "",
                    "added_at": clock.now(),
                }
                for cart in carts
            ],
        )
    digest = build_quote(CartOwner(token=tokens[0]), PROVINCE).digest
    with app.test_request_context():
        csrf_token = generate_csrf()
        from flask import session as flask_session

        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        session_cookie = serializer.dumps(dict(flask_session))
        names = [signed(token) for token in tokens]
    return [
        Guest(
            f"session={session_cookie}; {name}={value}",
            urlencode({**ADDRESS, "csrf_token": csrf_token, "key": new_token(), "digest": digest}),
        )
        for name, value in names
    ]


def race(address: str, buyers: list[Guest], at_once: int) -> list[Answer]:
    host = urlsplit(address)

    def buy_all(part: list[Guest]) -> list[Answer]:
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=60)
        answers = []
        for guest in part:
            headers = {"Cookie": guest.cookies, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/checkout", guest.body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            answers.append(Answer(response.status, "售罄" in text, text))
        connection.close()
        return answers

    with ThreadPoolExecutor(at_once) as pool:
        parts = pool.map(buy_all, [buyers[start::at_once] for start in range(at_once)])
        return [answer for part in parts for answer in part]


@pytest.mark.both_databases
def test_a_hundred_units_are_sold_a_hundred_times(app: Flask, settings: Settings, tmp_path: Path) -> None:
    world = builders.saleable(units=UNITS)
    buyers = guests(app, world["sku"], BUYERS)
    log = tmp_path / "shop.log"
    with gunicorn(settings, "wsgi:app", workers=4, threads=4, log=log) as address:
        answers = race(address, buyers, 40)
    bought = [answer for answer in answers if answer.status == 303]
    refused = [answer for answer in answers if answer.status == 409]
    others = [re.sub(r"\s+", " ", a.text)[:300] for a in answers if a.status not in (303, 409)]
    assert not others, (others[0], log.read_text()[-2000:])
    assert (len(bought), len(refused)) == (UNITS, BUYERS - UNITS)
    assert all(answer.says_sold_out for answer in refused)
    assert "locked" not in log.read_text()
    db.session.rollback()
    counts = stock.rows_of([world["sku"]])[0].counts
    assert (counts.available, counts.reserved) == (0, UNITS)
    assert counts.balances
    assert db.session.scalar(select(func.count()).select_from(Order)) == UNITS
    assert db.session.scalar(select(func.sum(LineAllocation.units))) == UNITS
    assert stock.rows_of([world["sku"]])[0].booked_income_fen == UNITS * 2990 // 2


@pytest.mark.both_databases
def test_without_the_guard_the_same_race_oversells(app: Flask, settings: Settings, tmp_path: Path) -> None:
    units = 10
    world = builders.saleable(units=units)
    buyers = guests(app, world["sku"], 200)
    with gunicorn(settings, "tests.support.unguarded:app", 4, 4, tmp_path / "shop.log") as address:
        answers = race(address, buyers, 40)
    assert sum(answer.status == 303 for answer in answers) > units
