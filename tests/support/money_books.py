"""Steps of those who keep the books: payouts to households, bills of suppliers, corrections, closed months."""

from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from orders.ledger import corrections, months
from orders.ledger.adjustment_rules import MOVABLE
from orders.ledger.rules import AccountKind
from orders.settlement import bills
from orders.settlement.commands import acknowledge, record_bounce, record_disbursement
from orders.settlement.models import Disbursement, SettlementBill
from tests.factories import sales
from tests.support.money_reckoning import MOVING, RELEASED
from tests.support.money_selling import Selling
from tests.support.money_steps import WHICH, OpenShop


class Bookkeeping(Selling):
    """None of these moves a buyer's money or a unit: the reckoning stays as it is."""

    def __init__(self, open_shop: OpenShop) -> None:
        super().__init__(open_shop)
        self.moves: list[int] = []

    @rule(which=WHICH)
    def disburse(self, which: int) -> None:
        """To the first household, from the one named on, that something is due to."""
        start = which % len(self.world.payees)
        for supplier, household, _ in (*self.world.payees[start:], *self.world.payees[:start]):
            paid = partial(
                record_disbursement,
                self.world.sellers[supplier],
                supplier,
                household,
                clock.today(),
                self.number(),
                sales.voucher(),
            )
            if self.attempt("disburse", paid) is not None:
                return

    @rule(which=WHICH)
    def bounce(self, which: int) -> None:
        paid = self._disbursements()
        if paid:
            row = paid[which % len(paid)]
            seller = self.world.sellers[row.supplier_id]
            self.attempt("bounce", lambda: record_bounce(seller, row.id, "户名不符"))

    @rule(which=WHICH)
    def acknowledge(self, which: int) -> None:
        paid = self._disbursements()
        if paid:
            row = paid[which % len(paid)]
            head = next(head for _, household, head in self.world.payees if household == row.household_id)
            self.attempt("acknowledge", lambda: acknowledge(head, row.id))

    def _disbursements(self) -> list[Disbursement]:
        return list(db.session.scalars(select(Disbursement).order_by(Disbursement.id.desc())))

    @rule(which=WHICH, step=st.sampled_from(("check", "object", "withdraw", "answer", "settle")))
    def bill(self, which: int, step: str) -> None:
        found = list(db.session.scalars(select(SettlementBill).order_by(SettlementBill.id.desc())))
        if not found:
            return
        row = found[which % len(found)]
        owner, finance, number = self.world.sellers[row.supplier_id], self.world.finance, self.number()
        steps = {
            "check": lambda: bills.check_bill(owner, row.id),
            "object": lambda: bills.object_to_bill(owner, row.id, "运费算错了"),
            "withdraw": lambda: bills.withdraw_objection(owner, row.id),
            "answer": lambda: bills.answer_objection(finance, row.id, "运费算错了", "没有算错"),
            "settle": lambda: bills.settle_bill(finance, row.id, clock.today(), number),
        }
        if step in ("answer", "withdraw"):
            self.attempt("bill_object", steps["object"])
        self.attempt(f"bill_{step}", steps[step])

    @precondition(lambda self: self.books.orders)
    @rule(
        which=WHICH,
        origin=st.sampled_from((*MOVABLE, AccountKind.FUNDS, AccountKind.HOUSEHOLD_COST)),
        goal=st.sampled_from(MOVABLE),
        fen=st.integers(1, 400),
        then=st.sampled_from(("wait", "post", "refuse")),
    )
    def propose(self, which: int, origin: AccountKind, goal: AccountKind, fen: int, then: str) -> None:
        """Sometimes decided at once by the other person."""
        number = self.order(which, RELEASED, MOVING).number
        proposed = self.attempt(
            "propose",
            lambda: corrections.propose_correction(
                self.world.finance, number, origin, goal, fen, "开业月减免服务费"
            ),
        )
        if proposed is not None:
            self.moves.append(proposed.value)
            if then != "wait":
                self.decide(0, post=then == "post", by_proposer=False)

    @precondition(lambda self: self.moves)
    @rule(which=WHICH, post=st.booleans(), by_proposer=st.booleans())
    def decide(self, which: int, *, post: bool, by_proposer: bool) -> None:
        move = self.one_of(self.moves, which)
        person = self.world.finance if by_proposer else self.world.second_finance
        done = self.attempt(
            "post" if post else "refuse",
            lambda: corrections.decide_correction(person, move, post=post, note="看过了"),
        )
        assert done is None or not by_proposer

    @rule(is_over=st.booleans())
    def close_month(self, *, is_over: bool) -> None:
        if is_over:
            self.time_passes(timedelta(days=32))
        month = months.first_open_month()
        if month is not None:
            self.attempt("close_month", lambda: months.close_month(self.world.finance, month))
