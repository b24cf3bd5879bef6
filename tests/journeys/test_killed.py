"""kill -9 at named points of a purchase: what was acknowledged is there, nothing is half done, and the worker goes on.

With ``TORTURE=1`` on PostgreSQL, too.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.stock.models import StockMovement, StockRow
from catalog.stock.rules import MovementKind
from marketplace import jobs
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import new_token
from marketplace.kernel.settings import Settings
from orders.cart.queries import CartOwner
from orders.checkout.commands import place
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.ledger.verification import verify
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.models import SandboxCharge
from orders.payments.rules import SandboxState
from tests.factories import builders, order_builders
from tests.support.killed import NEVER, POINTS
from tests.support.shops import environment_of
from tests.support.sources import ROOT

pytestmark = [pytest.mark.both_databases] if os.environ.get("TORTURE") == "1" else []
World = dict[str, int]
Mother = subprocess.Popen[str]
STEPS = ["place", "start", "bank", "keep", "apply", "cancel", "send"]
UNITS = 3


@pytest.fixture
def world(app: Flask) -> World:
    return builders.saleable(units=10)


@pytest.fixture(scope="module")
def mother() -> Iterator[Mother]:
    """The process that makes the processes which are killed."""
    command = [sys.executable, "-m", "tests.support.killed"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def run(mother: Mother, settings: Settings, point: str, cart: CartOwner, key: str) -> list[str]:
    """The steps the process acknowledged before it was killed."""
    db.session.remove()
    assert mother.stdin is not None
    assert mother.stdout is not None
    asked = {"arguments": [point, key, cart.token], "environment": environment_of(settings)}
    mother.stdin.write(json.dumps(asked) + "\n")
    mother.stdin.flush()
    answered = json.loads(mother.stdout.readline())
    assert answered["status"] == (0 if point == NEVER else -signal.SIGKILL)
    said: list[str] = answered["said"]
    return said


def work(app: Flask) -> None:
    """What the worker does within the next hour."""
    db.session.remove()
    for minutes in (10, 60):
        with clock.turned_to(clock.now() + timedelta(minutes=minutes)):
            assert jobs.run_all(app) == []


def nothing_is_half_done() -> None:
    """No order without its stock movement, no income without a paid order."""
    assert verify() == []
    wanted = dict(
        db.session.execute(
            select(OrderLine.order_id, func.sum(OrderLine.units)).group_by(OrderLine.order_id)
        ).all()
    )
    assert wanted.keys() == set(db.session.scalars(select(Order.id)))
    for kind, is_due in (
        (MovementKind.RESERVE, Order.id.is_not(None)),
        (MovementKind.SELL, Order.paid_at.is_not(None)),
    ):
        due = {order_id: wanted[order_id] for order_id in db.session.scalars(select(Order.id).where(is_due))}
        moved = db.session.execute(
            select(StockMovement.order_id, func.sum(StockMovement.units))
            .where(StockMovement.kind == kind)
            .group_by(StockMovement.order_id)
        )
        assert dict(moved.all()) == due, kind
    paid = set(db.session.scalars(select(Order.id).where(Order.paid_at.is_not(None))))
    earning = select(Posting.order_id).where(Posting.account_kind == AccountKind.HOUSEHOLD_INCOME)
    assert set(db.session.scalars(earning)) == paid


def what_was_said_is_true(said: list[str]) -> None:
    orders = db.session.scalars(select(Order)).all()
    assert len(orders) <= 1
    if "place" in said:
        assert len(orders) == 1
    if "apply" in said:
        assert orders[0].paid_at is not None
    if "cancel" in said:
        assert orders[0].state is OrderState.CANCELLED


def bank() -> tuple[bool, int]:
    """Whether it took the money, and what it sent back."""
    charge = db.session.scalar(select(SandboxCharge))
    if charge is None:
        return False, 0
    return charge.state is SandboxState.PAID, sum(each["fen"] for each in charge.returns.values())


@pytest.fixture
def cart(world: World) -> CartOwner:
    return order_builders.cart_with({world["sku"]: UNITS})


@pytest.mark.parametrize("point", POINTS)
def test_killed(mother: Mother, point: str, app: Flask, settings: Settings, cart: CartOwner) -> None:
    key = new_token()
    said = run(mother, settings, point, cart, key)
    assert said == STEPS[: STEPS.index(POINTS[point][0])]
    nothing_is_half_done()
    what_was_said_is_true(said)
    was_cancelled = db.session.scalar(select(Order.id).where(Order.state == OrderState.CANCELLED)) is not None

    work(app)
    nothing_is_half_done()
    what_was_said_is_true(said)
    took, sent_back = bank()
    order = db.session.scalar(select(Order))
    left = db.session.scalars(select(StockRow.available)).one()
    if order is None:
        assert (took, left) == (False, 10)
    elif took and not was_cancelled:
        assert (order.state, sent_back, left) == (OrderState.RELEASED, 0, 10 - UNITS)
    else:
        assert (order.state, left) == (OrderState.CANCELLED, 10)
        assert sent_back == (order.total_fen if took else 0)


def test_the_way_without_a_kill_ends_well(
    mother: Mother, app: Flask, settings: Settings, cart: CartOwner
) -> None:
    """The control: the same process does all its steps when nobody kills it."""
    said = run(mother, settings, NEVER, cart, new_token())
    assert said == STEPS
    nothing_is_half_done()
    what_was_said_is_true(said)
    assert bank() == (True, UNITS * 2990)


@pytest.mark.parametrize("point", ["before the placing commits", "after the placing committed"])
def test_the_same_click_again_is_one_order(
    mother: Mother, point: str, app: Flask, settings: Settings, cart: CartOwner
) -> None:
    """The buyer saw no answer and sends the form once more."""
    key = new_token()
    wish = order_builders.wish_for(cart, key=key)
    run(mother, settings, point, cart, key)
    token = place(cart, wish)
    assert db.session.scalars(select(Checkout.token)).all() == [token]
    assert db.session.scalars(select(StockRow.reserved)).one() == UNITS
    nothing_is_half_done()
