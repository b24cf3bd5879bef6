"""A process that buys, pays and cancels through the real commands, and kills itself at a named point.

``python -m tests.support.killed`` is asked line by line, ``{"arguments": [POINT, KEY, CART], "environment": {…}}``, and
answers ``{"status": …, "said": […]}``: it forks for each, because starting Python anew takes seconds.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.kernel import outbox
from marketplace.kernel.db import db
from orders.cart.queries import CartOwner
from orders.checkout.commands import place_to_pay
from orders.ordering.models import Order
from orders.payments import inbox
from orders.payments.providers import sandbox
from orders.payments.providers.registry import get_provider
from orders.payments.rules import Buyer, SandboxChoice
from orders.payments.sessions import open_at_provider
from orders.refunds.commands import cancel_order
from tests.factories import order_builders

#: name → (step, before or after what); ``commit`` is the step's first
POINTS: dict[str, tuple[str, str, str]] = {
    "before the stock is taken": ("place", "before", "catalog.stock.commands.reserve"),
    "after the stock was taken": ("place", "after", "catalog.stock.commands.reserve"),
    "before the lines are written": ("place", "before", "orders.ordering.commands.insert_lines"),
    "before the placing commits": ("place", "before", "commit"),
    "after the placing committed": ("place", "after", "commit"),
    "before the bank knows of the session": (
        "start",
        "before",
        "orders.payments.providers.sandbox.Sandbox.open_session",
    ),
    "after the bank opened the session": ("start", "after", "commit"),
    "after the bank took the money": ("bank", "after", "commit"),
    "after the notice was kept": ("keep", "after", "commit"),
    "before the stock is sold": ("apply", "before", "catalog.stock.commands.sell"),
    "after the stock was sold": ("apply", "after", "catalog.stock.commands.sell"),
    "after the sale was posted": ("apply", "after", "orders.ledger.commands.post_sale"),
    "before the payment commits": ("apply", "before", "commit"),
    "after the payment committed": ("apply", "after", "commit"),
    "after the goods are back on the shelf": ("cancel", "after", "catalog.stock.commands.restock"),
    "after the refund was posted": ("cancel", "after", "orders.ledger.commands.post_refund"),
    "before the cancelling commits": ("cancel", "before", "commit"),
    "before the message is delivered": ("cancel", "after", "commit"),
    "after the message was taken": ("send", "after", "commit"),
    "after the bank sent the money back": (
        "send",
        "after",
        "orders.payments.providers.sandbox.Sandbox.return_money",
    ),
}
NEVER = "never"


def die() -> None:
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def armed(when: str, target: str) -> Iterator[None]:
    """Within it the process dies before or after ``target``."""
    if target == "commit":
        name = f"{when}_commit"
        event.listen(Session, name, lambda _session: die())
        yield
        return
    with patch(target, _deadly(when, target)):
        yield


def _deadly(when: str, target: str) -> Callable[..., Any]:
    real = resolve_name(target)

    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        value = real(*args, **kwargs)
        die()
        return value

    return deadly


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Life:
    """One buyer's way, step by step; ``point`` is where it ends."""

    def __init__(self, point: str) -> None:
        self.step, self.when, self.target = POINTS.get(point, ("", "", ""))

    def do(self, step: str, action: Callable[[], Any]) -> Any:
        with ExitStack() as stack:
            if step == self.step:
                stack.enter_context(armed(self.when, self.target))
            value = action()
        say(step)
        return value


def live(point: str, key: str, cart: str) -> None:
    life, owner = Life(point), CartOwner(token=cart)
    wish = order_builders.wish_for(owner, key=key)
    placed = life.do("place", lambda: place_to_pay(owner, wish))
    number = db.session.scalars(select(Order.number).where(Order.checkout_id == placed.checkout_id)).one()
    url = life.do("start", lambda: open_at_provider(placed.session, "http://localhost/pay"))
    paid = life.do("bank", lambda: sandbox.settle(url.rpartition("/")[2], SandboxChoice.PAY))
    provider = get_provider(sandbox.NAME)
    assert isinstance(provider, sandbox.Sandbox)
    raw = paid.notices[0].encode()
    kept = life.do("keep", lambda: inbox.store_event(sandbox.NAME, raw, provider.signature(raw)))
    life.do("apply", lambda: inbox.apply_event(kept))
    life.do("cancel", lambda: cancel_order(Buyer(None, placed.token), number, "不要了"))
    life.do("send", outbox.run_pending)


def buyer(arguments: list[str], environment: dict[str, str], output: int) -> None:
    """A process of its own, with its own connections, until it dies."""
    os.dup2(output, sys.stdout.fileno())
    os.environ.update(environment)
    with create_app().app_context():
        live(*arguments)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    heard, output = os.pipe()
    child = os.fork()
    if child == 0:
        buyer(asked["arguments"], asked["environment"], output)
        sys.exit(0)
    os.close(output)
    with os.fdopen(heard) as lines:
        said = lines.read().split()
    return {"status": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "said": said}


if __name__ == "__main__":
    for line in sys.stdin:
        say(json.dumps(answer(json.loads(line))))
