"""Any history of an order keeps the ledger exact: a machine plays every cause in any order."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orders.ledger import rules
from orders.ledger.rules import (
    AccountKind,
    IncomeState,
    NewPosting,
    RefundedLine,
    RefundPosting,
    Share,
    SoldLine,
    Unbalanced,
)

SUPPLIER = 7


def share(number: int, fen: int, *, line: int = 1, at_receipt: bool = False) -> Share:
    return Share(number, line, 1, SUPPLIER, 100 + number, fen, at_receipt)


def total(postings: list[NewPosting], kind: AccountKind) -> int:
    return sum(posting.fen for posting in postings if posting.account_kind is kind)


class OneOrder(RuleBasedStateMachine):
    """An order of one line and two shares, the second paid for at receipt."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[NewPosting] = []
        self.balances: dict[int, dict[IncomeState, int]] = {}
        self.refunded: dict[int, int] = defaultdict(int)
        self.kept_after_payout: dict[int, int] = defaultdict(int)
        self.confirmed = False
        self.live: list[tuple[Share, int]] | None = None
        self.refunds = 0

    @initialize(
        net=st.integers(10, 10_000),
        parts=st.tuples(st.integers(0, 4000), st.integers(0, 4000)),
        freight=st.integers(0, 900),
    )
    def sell(self, net: int, parts: tuple[int, int], freight: int) -> None:
        self.fee = net // 50
        first = net * parts[0] // 10_000
        second = net * parts[1] // 10_000
        self.shares = {1: share(1, first), 2: share(2, second, at_receipt=True)}
        self.goods_left, self.fee_left, self.freight_left = net, self.fee, freight
        line = SoldLine(1, net, self.fee, tuple(self.shares.values()))
        self.write(rules.sale_postings(1, SUPPLIER, "sandbox", freight, [line]))

    def write(self, postings: list[NewPosting]) -> None:
        assert sum(posting.fen for posting in postings) == 0
        self.balances = rules.balances_after(postings, self.balances)
        self.written += postings

    def left(self, number: int) -> int:
        return sum(self.balances.get(number, {}).get(state, 0) for state in rules.REVERSAL_ORDER)

    @rule(part=st.integers(0, 100), with_freight=st.booleans())
    def refund(self, part: int, with_freight: bool) -> None:
        goods, fee = self.goods_left * part // 100, self.fee_left * part // 100
        shares = [(number, self.left(number) * part // 100) for number in self.shares]
        freight = self.freight_left if with_freight else 0
        before = {number: dict(self.balances.get(number, {})) for number in self.shares}
        self.refunds += 1
        refund = RefundPosting(self.refunds, 1, "sandbox", freight, [RefundedLine(1, goods, fee, shares)])
        self.write(rules.refund_postings(refund, SUPPLIER, self.shares, self.balances))
        self.goods_left -= goods
        self.fee_left -= fee
        self.freight_left -= freight
        for number, fen in shares:
            self.refunded[number] += fen
            kept = self.balances.get(number, {}).get(IncomeState.REVERSED_AFTER_PAYOUT, 0) - before[
                number
            ].get(IncomeState.REVERSED_AFTER_PAYOUT, 0)
            unpaid = sum(
                before[number].get(state, 0) for state in (IncomeState.ACCRUED, IncomeState.CONFIRMED)
            )
            assert kept == max(0, fen - unpaid)
            self.kept_after_payout[number] += kept

    @rule()
    def complete(self) -> None:
        self.write(rules.confirm_postings(self.shares.values(), self.balances))
        assert all(not states.get(IncomeState.ACCRUED) for states in self.balances.values())

    @precondition(lambda self: self.live is None)
    @rule()
    def disburse(self) -> None:
        due = self.balances.get(1, {}).get(IncomeState.CONFIRMED, 0)
        if due:
            self.live = [(self.shares[1], due)]
            self.write(rules.disbursement_postings(self.live))

    @precondition(lambda self: self.live is not None)
    @rule()
    def bounce(self) -> None:
        assert self.live is not None
        self.write(rules.bounce_postings(self.live, self.balances))
        self.kept_after_payout[1] = 0
        self.live = None

    @precondition(lambda self: self.live is not None)
    @rule()
    def acknowledge(self) -> None:
        assert self.live is not None
        self.write(rules.acknowledgement_postings(self.live, self.balances))
        assert not self.balances[1].get(IncomeState.DISBURSED)
        self.live = None

    @invariant()
    def nobody_is_below_zero(self) -> None:
        assert all(fen >= 0 for states in self.balances.values() for fen in states.values())

    @invariant()
    def what_is_left_is_what_was_not_refunded(self) -> None:
        for number, frozen in getattr(self, "shares", {}).items():
            assert self.left(number) == frozen.fen - self.refunded[number]
            kept = self.balances.get(number, {}).get(IncomeState.REVERSED_AFTER_PAYOUT, 0)
            assert kept == self.kept_after_payout[number]

    @invariant()
    def cost_mirrors_income_and_dues_mirror_funds(self) -> None:
        cost = total(self.written, AccountKind.HOUSEHOLD_COST)
        assert cost == -total(self.written, AccountKind.HOUSEHOLD_INCOME)
        if self.written:
            assert total(self.written, AccountKind.FUNDS) == self.goods_left + self.freight_left
            assert total(self.written, AccountKind.PLATFORM_FEE) == -self.fee_left
            assert total(self.written, AccountKind.FREIGHT_DUE) == -self.freight_left


TestOneOrder = OneOrder.TestCase
TestOneOrder.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_a_sale_names_every_account() -> None:
    line = SoldLine(1, 2990, 60, (share(1, 1500),))
    postings = rules.sale_postings(1, SUPPLIER, "sandbox", 800, [line])
    assert [(posting.account, posting.fen) for posting in postings] == [
        ("funds:sandbox", 3790),
        ("freight_due:7", -800),
        ("supplier_due:7", -2930),
        ("platform_fee", -60),
        ("household_cost:7", 1500),
        ("household_income:101:accrued", -1500),
    ]


@pytest.mark.parametrize(
    ("net", "fee", "income"), [(1000, 20, 981), (0, 0, 1), (100, 101, 0)], ids=["income", "free", "fee"]
)
def test_income_beyond_net_is_never_posted(net: int, fee: int, income: int) -> None:
    with pytest.raises(Unbalanced):
        rules.sale_postings(1, SUPPLIER, "sandbox", 0, [SoldLine(1, net, fee, (share(1, income),))])


def test_more_than_is_left_is_never_refunded() -> None:
    refund = RefundPosting(1, 1, "sandbox", 0, [RefundedLine(1, 100, 2, [(1, 51)])])
    with pytest.raises(Unbalanced):
        rules.refund_postings(refund, SUPPLIER, {1: share(1, 50)}, {1: {IncomeState.ACCRUED: 50}})


def test_a_share_of_another_line_is_never_refunded() -> None:
    refund = RefundPosting(1, 1, "sandbox", 0, [RefundedLine(1, 100, 2, [(1, 5)])])
    with pytest.raises(Unbalanced):
        rules.refund_postings(refund, SUPPLIER, {1: share(1, 50, line=2)}, {1: {IncomeState.ACCRUED: 50}})


@given(st.integers(1, 10**9), st.one_of(st.none(), st.integers(1, 9)))
def test_stray_money_and_its_return_cancel(fen: int, order: int | None) -> None:
    both = rules.stray_postings("sandbox", fen, order) + rules.stray_postings("sandbox", -fen, order)
    assert sum(posting.fen for posting in both if posting.account_kind is AccountKind.STRAY) == 0


def test_unbalanced_lists_are_refused_per_order_too() -> None:
    one = NewPosting("a", AccountKind.FUNDS, 5, 1)
    other = NewPosting("b", AccountKind.FUNDS, -5, 2)
    with pytest.raises(Unbalanced):
        rules.balanced([one, other])
