"""Anything may happen in any order: a machine of the real commands on a small shop, watched after every step.

Each step does what it says or is refused with an error of ours. Afterwards the self-check is clean, and a reckoning in
plain Python (``tests/support/money_reckoning.py``) says the same of money and stock as the database (I3, I5, I6). At the
end of a story all letters arrive and all money goes back; then the bank and the books agree, charge by charge.

``TORTURE=1`` makes it ten thousand steps and more on each database.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from marketplace.app import create_app
from marketplace.kernel.db import db
from orders.ordering.rules import PaymentMethod
from orders.payments.models import SandboxCharge
from orders.refunds.rules import RefundKind
from tests.support.databases import Databases, closing, settings_for
from tests.support.money_books import Bookkeeping
from tests.support.money_steps import UNITS, OpenShop

TORTURE = os.environ.get("TORTURE") == "1"
pytestmark = [pytest.mark.both_databases] if TORTURE else []
LIVES = ("paid", "sent", "refunded", "returned", "completed", "paid out", "too late")
#: what has to have happened at least once in ten thousand steps
EVERYTHING = {
    "fill_cart",
    "place",
    "start",
    "bank",
    "bank_dispute",
    "bank_won",
    "bank_lost",
    "proof",
    "check_proof",
    "cancel",
    "ship",
    "receive",
    "arrive",
    "hand_over",
    "claim",
    "approve",
    "reject",
    "return",
    "receive_stock",
    "count_stock",
    "auto_receive",
    "complete",
    "issue_bills",
    "disburse",
    "bounce",
    "acknowledge",
    "bill_check",
    "bill_object",
    "bill_withdraw",
    "bill_answer",
    "bill_settle",
    "propose",
    "post",
    "refuse",
    "close_month",
}
STEPS = 100 if TORTURE else 50
STORIES = 150 if TORTURE else 12
MORE_ROUNDS = 6 if TORTURE else 0


class MoneyMachine(Bookkeeping):
    """All rules together."""

    @initialize(
        sold=st.lists(
            st.tuples(UNITS, st.sampled_from(LIVES), st.sampled_from(PaymentMethod), st.booleans()),
            min_size=1,
            max_size=3,
        )
    )
    def history(self, sold: list[tuple[int, str, PaymentMethod, bool]]) -> None:
        """The shop has sold something already."""
        for units, state, method, is_fetched in sold:
            self.fill_cart({units - 1: 2, 3: 1}, method, fetched=is_fetched, coupons=set(), buys=True)
            if method is PaymentMethod.ONLINE:
                self.start_paying(0)
                if state == "too late":
                    self.cancel(0, by_seller=False)
                self.bank_decides(0, pays=True, is_told=True, at_once=True)
            else:
                self.show_proof(0, is_right=True)
            if state == "refunded":
                self.claim(0, [1], RefundKind.REFUND_ONLY, "yes")
            elif state != "paid":
                self.ship(0, [], everything=True)
            if state == "returned":
                self.claim(0, [1], RefundKind.RETURN_AND_REFUND, "yes")
            if state in ("completed", "paid out"):
                self.receive(0)
                self.time_passes(timedelta(days=9))
            for payee in range(len(self.world.payees) if state == "paid out" else 0):
                self.disburse(payee)

    @invariant()
    def the_books_are_right(self) -> None:
        self.counts["step", True] += 1
        self.check()

    @rule()
    def everything_arrives(self) -> None:
        """No letter is lost for ever, no money stays where it does not belong: the bank and the books agree."""
        for place in range(len(self.mail)):
            self.deliver(place, 1, is_applied=True)
        self.apply_waiting()
        for session in self.sessions:
            self.reconcile(self.sessions.index(session))
        self.money_goes_back()
        for session in self.sessions:
            charge = db.session.scalars(
                select(SandboxCharge).where(SandboxCharge.idempotency_key == session.token)
            ).one()
            held = charge.amount_fen - sum(each["fen"] for each in charge.returns.values())
            kept = [self.books.orders[each] for each in session.splits if self._kept_by(each, session)]
            if session.bank == "paid":
                assert held == sum(order.captured - order.refunded for order in kept)
            assert bool(session.dispute) == bool(session.disputed_at_bank)


@pytest.fixture
def open_shop(database_engine: str, databases: Databases, instance: Path) -> OpenShop:
    """A new shop for each story."""

    @contextmanager
    def opened() -> Iterator[Flask]:
        with TemporaryDirectory(dir=instance) as folder:
            url = databases.create(database_engine, "regions", Path(folder))
            with closing(create_app(settings_for(url, Path(folder)))) as app:
                yield app
            databases.drop(url)

    return opened


def play(open_shop: OpenShop, stories: int, steps: int, *, shrinks: bool = True) -> None:
    run_state_machine_as_test(
        lambda: MoneyMachine(open_shop),  # type: ignore[arg-type] # whatever makes one will do
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def done_so_far() -> set[str]:
    return {name for (name, is_done), count in MoneyMachine.counts.items() if is_done and count}


def test_whatever_happens_in_whatever_order_the_books_are_right(open_shop: OpenShop) -> None:
    MoneyMachine.counts.clear()
    play(open_shop, STORIES, STEPS)
    for _ in range(MORE_ROUNDS):  # the rarest steps need luck
        if not done_so_far() >= EVERYTHING:
            play(open_shop, STORIES // 3, STEPS)
    done = done_so_far()
    assert {"place", "start", "bank", "ship"} <= done
    if TORTURE:
        assert MoneyMachine.counts["step", True] >= 10_000
        assert done >= EVERYTHING


@pytest.mark.parametrize(
    ("forgotten", "said"),
    [
        ("catalog.stock.commands.sell", "I3"),
        ("orders.ledger.commands.post_sale", "I2"),
        ("catalog.stock.commands.book_incomes", "I7"),
    ],
)
def test_what_the_shop_forgets_is_found_out(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch, forgotten: str, said: str
) -> None:
    """The control: the machine notices a shop that leaves one of its steps out."""
    monkeypatch.setattr(forgotten, lambda *_args, **_kwargs: None)
    with pytest.raises(AssertionError, match=said):
        play(open_shop, 5, 3, shrinks=False)
