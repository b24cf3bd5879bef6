"""What every step of the money machine stands on: a fresh shop on a stopped clock, its reckoning, and one rule about
errors: a command does what it says or refuses with an error of ours; anything else breaks the machine."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

import time_machine
from flask import Flask
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.errors import DomainError
from orders.ledger.verification import verify
from orders.payments.rules import Buyer
from tests.support.money_reckoning import Books, OrderBook
from tests.support.money_world import MoneyWorld, build_money_world

T = TypeVar("T")
OpenShop = Callable[[], AbstractContextManager[Flask]]
#: which of the things there are; small numbers, so that steps meet the same thing again
WHICH = st.integers(0, 11)
#: from here on any order will do, whether it makes sense or not
WILD = 9
UNITS = st.integers(1, 4)
#: not the first of a month, so that the first month is a broken one
BEGINS = datetime(2026, 9, 10, 9, tzinfo=BUSINESS_ZONE)


@dataclass(frozen=True)
class Done(Generic[T]):
    value: T


@dataclass(eq=False)
class Session:
    """An online payment: what the bank did, and what the shop knows of it."""

    token: str
    id: int
    #: {order: fen}
    splits: dict[int, int]
    bank: str = "open"
    #: what the shop believes
    state: str = "open"
    disputed_at_bank: str = ""
    #: what a dispute took from which order, once the shop knows of it
    parts: dict[int, int] = field(default_factory=dict)
    dispute: str = ""
    #: what was heard of a dispute before the payment was known
    early: list[str] = field(default_factory=list)


@dataclass
class Notice:
    """A signed letter of the bank, not delivered yet or delivered before."""

    session: Session
    says: str
    raw: bytes


class MoneySteps(RuleBasedStateMachine):
    """``counts`` says how often each command was done and refused, over all examples."""

    counts: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self, open_shop: OpenShop) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.now = self.stack.enter_context(time_machine.travel(BEGINS, tick=False))
        self.app = self.stack.enter_context(open_shop())
        self.world: MoneyWorld = build_money_world()
        self.books = Books(dict(self.world.packings))
        self.sessions: list[Session] = []
        #: the latest session of an order
        self.session_of: dict[int, Session] = {}
        self.mail: list[Notice] = []
        #: delivered and kept, but the process died before it was applied
        self.kept: list[tuple[int, Notice]] = []
        self.numbers = 0

    def teardown(self) -> None:
        self.stack.close()

    def attempt(self, name: str, action: Callable[[], T]) -> Done[T] | None:
        """What a command gave, or None where it refused."""
        try:
            value = action()
        except DomainError as error:
            self.counts[name, False] += 1
            note(f"{name} refused: {error}")
            return None
        self.counts[name, True] += 1
        return Done(value)

    def number(self) -> str:
        self.numbers += 1
        return f"N-{self.numbers}"

    def check(self) -> None:
        wrong = [*map(str, verify()), *self.books.differences()]
        assert not wrong, "\n".join(wrong)

    def orders(self) -> list[OrderBook]:
        return list(self.books.orders.values())

    def order(self, which: int, *states: str) -> OrderBook:
        """One of the orders, the latest first; mostly one in a state where the step makes sense, where there is one."""
        fitting = [order for order in self.orders() if order.state in states]
        return self.one_of(fitting if fitting and which < WILD else self.orders(), which)

    def one_of(self, things: list[T], which: int) -> T:
        return things[-1 - which % len(things)]

    def buyer(self, order: OrderBook) -> Buyer:
        return Buyer(None, next(t for t, ids in self.books.checkouts.items() if order.id in ids))

    def line_units(self, order: OrderBook, counts: list[int]) -> dict[int, int]:
        """``counts`` for the lines one by one; 0 leaves a line out."""
        pairs = zip(sorted(order.lines), counts, strict=False)
        return {line_id: count for line_id, count in pairs if count}
