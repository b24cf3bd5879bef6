"""Steps of suppliers, buyers after the sale, the outlet, the shelves and the clock."""

from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from catalog.stock import commands as stock
from marketplace.kernel import outbox
from marketplace.kernel.db import db
from orders.fulfilment import commands as fulfilment
from orders.fulfilment import pickups
from orders.fulfilment.models import Pickup
from orders.payments import inbox
from orders.payments.models import MoneyReturn
from orders.payments.returns import confirm_return
from orders.payments.workflow import MoneyReturnState
from orders.refunds import commands as refunds
from orders.refunds import timers
from orders.refunds.models import Refund
from orders.refunds.rules import RefundKind
from orders.refunds.workflow import RefundState
from orders.settlement import bills
from tests.support.money_buying import Buying
from tests.support.money_reckoning import MOVING, RELEASED, Claim
from tests.support.money_steps import UNITS, WHICH

LINES = st.lists(st.sampled_from((1, 2, 0, 3)), min_size=1, max_size=3)
PAUSES = [
    timedelta(minutes=9),
    timedelta(minutes=40),
    timedelta(hours=50),
    timedelta(days=9),
    timedelta(days=32),
]


class Selling(Buying):
    """Rules that move goods, and money back."""

    @precondition(lambda self: self.books.orders)
    @rule(which=WHICH, counts=LINES, everything=st.booleans())
    def ship(self, which: int, counts: list[int], *, everything: bool) -> None:
        order = self.order(which, RELEASED, MOVING)
        left = {
            line.id: line.units - line.refunded - line.shipped
            for line in order.lines.values()
            if line.units > line.refunded + line.shipped
        }
        units = left if everything else self.line_units(order, counts)
        seller = self.world.sellers[order.supplier]
        done = self.attempt("ship", lambda: fulfilment.ship(seller, order.id, "顺丰", self.number(), units))
        if done is not None:
            self.books.ship(order, units)

    @precondition(lambda self: self.books.orders)
    @rule(which=WHICH)
    def receive(self, which: int) -> None:
        order = self.order(which, MOVING)
        self.attempt("receive", lambda: fulfilment.receive(self.buyer(order), order.number))

    @precondition(lambda self: self.books.orders)
    @rule(which=WHICH, is_fetched=st.booleans())
    def arrive(self, which: int, *, is_fetched: bool) -> None:
        """At the outlet; sometimes the buyer stands there already."""
        fetched = [order for order in self.orders() if order.is_fetched and order.state == MOVING]
        order = self.one_of(fetched or self.orders(), which)
        number, outlet = order.number, self.world.outlet
        self.attempt("arrive", lambda: pickups.arrive(self.world.operator, outlet, number))
        if is_fetched:
            self.hand_over(0)

    @rule(which=WHICH)
    def hand_over(self, which: int) -> None:
        waiting = list(db.session.scalars(select(Pickup.code).order_by(Pickup.id)))
        if waiting:
            code, outlet = self.one_of(waiting, which), self.world.outlet
            self.attempt("hand_over", lambda: pickups.hand_over(self.world.operator, outlet, code))

    # --- refunds ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self.books.orders)
    @rule(
        which=WHICH, counts=LINES, kind=st.sampled_from(RefundKind), answer=st.sampled_from(("yes", "", "no"))
    )
    def claim(self, which: int, counts: list[int], kind: RefundKind, answer: str) -> None:
        """A buyer wants money back for some units; sometimes answered at once."""
        order = self.order(which, RELEASED, MOVING)
        units = self.line_units(order, counts)
        asked = self.attempt(
            "claim",
            lambda: refunds.request_refund(self.buyer(order), order.number, kind, units, "坏了"),
        )
        if asked is not None:
            self.books.claims.append(Claim(asked.value, order, units))
            if answer:
                self.answer(0, approve=answer == "yes", sellable=False)

    @precondition(lambda self: self.books.claims)
    @rule(which=WHICH, approve=st.booleans(), sellable=st.booleans())
    def answer(self, which: int, *, approve: bool, sellable: bool) -> None:
        claim = self.one_of(self.books.claims, which)
        seller = self.world.sellers[claim.order.supplier]
        restock = dict.fromkeys(claim.units, sellable)
        done = self.attempt(
            "approve" if approve else "reject",
            lambda: refunds.decide_refund(seller, claim.id, approve=approve, restock=restock, note="看过了"),
        )
        if done is not None:
            assert claim.is_open, "answered twice"
            claim.is_open = False
            if approve:
                self.books.give_back(claim.order, claim.units, set(claim.units) if sellable else set())

    @rule()
    def money_goes_back(self) -> None:
        """The worker sends what waits; finance has sent by hand what is to be sent by hand."""
        outbox.run_pending()
        by_hand = db.session.scalars(
            select(MoneyReturn.id).where(MoneyReturn.state != MoneyReturnState.DONE).order_by(MoneyReturn.id)
        ).all()
        for each in by_hand:
            self.attempt("return", partial(confirm_return, self.world.finance, each, self.number()))

    # --- shelves ---------------------------------------------------------------------------------------------

    @rule(which=WHICH, units=UNITS)
    def receive_stock(self, which: int, units: int) -> None:
        """Units of no lot; of what is bought by lots that would bring nobody anything, and is as good for counting."""
        skus = sorted(self.books.packings)
        sku = skus[which % len(skus)]
        done = self.attempt("receive_stock", lambda: stock.receive(sku, units, None))
        if done is not None:
            self.books.shelves[sku].received += units

    @rule(which=WHICH, delta=st.sampled_from((-1, 1, -9, 3, 0)))
    def count_stock(self, which: int, delta: int) -> None:
        rows = self.world.stock_rows
        row, sku = rows[which % len(rows)]
        done = self.attempt("count_stock", lambda: stock.adjust(row, delta, "盘点", None))
        if done is not None:
            self.books.shelves[sku].adjusted += delta
            assert self.books.shelves[sku].available >= 0

    # --- the clock -------------------------------------------------------------------------------------------

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        """And the timers do their work, as the worker lets them."""
        self.now.shift(pause)
        self.apply_waiting()
        self.expire()
        self.grant()
        self.counts["auto_receive", True] += fulfilment.auto_receive()
        self.counts["complete", True] += fulfilment.complete_due()
        self.counts["issue_bills", True] += bills.issue_due()

    def apply_waiting(self) -> None:
        """Notices that were kept and never applied, in the order they came."""
        self.now.shift(timedelta(seconds=6))
        inbox.apply_waiting()
        kept, self.kept = sorted(self.kept, key=lambda each: each[0]), []
        for _, notice in kept:
            self.heard(notice)
        for session in self.sessions:
            self.heard_early(session)

    def grant(self) -> None:
        """Which claims the timer grants is its business; what that gives back is ours."""
        self.counts["grant", True] += timers.act_on_overdue()
        waiting = [claim for claim in self.books.claims if claim.is_open]
        decided = db.session.execute(
            select(Refund.id, Refund.state)
            .where(Refund.id.in_([claim.id for claim in waiting]), Refund.state != RefundState.REQUESTED)
            .order_by(Refund.answer_due_at, Refund.id)
        ).all()
        claims = {claim.id: claim for claim in waiting}
        for refund_id, state in decided:
            assert state is not RefundState.REJECTED
            claims[refund_id].is_open = False
            if state is RefundState.WITHDRAWN:  # its money went back by the bank
                continue
            self.books.give_back(claims[refund_id].order, claims[refund_id].units, set())
