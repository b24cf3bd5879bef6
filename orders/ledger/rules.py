"""What each cause posts. Pure: figures in, postings out; ``commands`` writes them.

Debit +, credit −. Every list adds up to 0, as a whole and per order (invariant I1). Household income accounts are
credit accounts: a balance of −500 there means 500 fen are the household's, in that state.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class EntryKind(StrEnum):
    SALE = "sale"
    CONFIRM = "confirm"
    REFUND = "refund"
    DISBURSE = "disburse"
    BOUNCE = "bounce"
    ACKNOWLEDGE = "acknowledge"
    STRAY_MONEY = "stray_money"
    STRAY_RETURN = "stray_return"
    SETTLE = "settle"
    CORRECTION = "correction"
    DISPUTE = "dispute"
    DISPUTE_END = "dispute_end"


class IncomeState(StrEnum):
    """Posted states of household income; ``projected`` is computed and never posted."""

    ACCRUED = "accrued"
    CONFIRMED = "confirmed"
    DISBURSED = "disbursed"
    ACKNOWLEDGED = "acknowledged"
    REVERSED_AFTER_PAYOUT = "reversed_after_payout"


class AccountKind(StrEnum):
    """First part of an account's name; what follows says whose it is."""

    FUNDS = "funds"
    SUPPLIER_DUE = "supplier_due"
    FREIGHT_DUE = "freight_due"
    PLATFORM_FEE = "platform_fee"
    OUTLET_FEE = "outlet_fee"
    SUBSIDY = "subsidy"
    STRAY = "stray"
    DISPUTED = "disputed"
    DISPUTE_LOSS = "dispute_loss"
    HOUSEHOLD_COST = "household_cost"
    HOUSEHOLD_INCOME = "household_income"


#: what the supplier gives for being sold here
FEE_KINDS = (AccountKind.PLATFORM_FEE, AccountKind.OUTLET_FEE)
#: together the net of the goods: what a supplier sold them for
GOODS_KINDS = (AccountKind.SUPPLIER_DUE, *FEE_KINDS)
#: the money is the household's already: a refund no longer takes it away
PAID_OUT = (IncomeState.DISBURSED, IncomeState.ACKNOWLEDGED)
#: in this order a refund uses up what is left of a share
REVERSAL_ORDER = (IncomeState.ACCRUED, IncomeState.CONFIRMED, *PAID_OUT)

#: fen per state, positive = the household's
Balances = Mapping[IncomeState, int]


@dataclass(frozen=True, slots=True)
class NewPosting:
    """One side of an entry, not yet written; ``fen`` debit +, credit −."""

    account: str
    account_kind: AccountKind
    fen: int
    order_id: int | None = None
    line_id: int | None = None
    supplier_id: int | None = None
    household_id: int | None = None
    income_state: IncomeState | None = None
    line_income_id: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A frozen line income and whose it is. ``fen`` is what was frozen when the order was placed."""

    line_income_id: int
    line_id: int
    order_id: int
    supplier_id: int
    household_id: int
    fen: int
    paid_at_receipt: bool = False


@dataclass(frozen=True, slots=True)
class SoldLine:
    """``net_fen`` = what the line is sold for, ``subsidy_fen`` of it paid by the subsidy's bearer and the rest by the
    buyer; ``fee_fen`` what the supplier gives of it, ``outlet_fee_fen`` of that to the outlet."""

    line_id: int
    net_fen: int
    fee_fen: int
    shares: tuple[Share, ...] = ()
    subsidy_fen: int = 0
    outlet_fee_fen: int = 0


@dataclass(frozen=True, slots=True)
class Parties:
    """Who else has a part in an order: the bearer of its subsidies, the outlet its commission goes to."""

    subsidy_bearer: str | None = None
    outlet_id: int | None = None


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Part of a line given back: ``goods_fen`` to the buyer, ``subsidy_fen`` to who bore it, ``fee_fen`` of both from
    platform and outlet (``outlet_fee_fen``), and per ``(line_income_id, fen)`` what of the households' incomes it
    undoes."""

    line_id: int
    goods_fen: int
    fee_fen: int
    shares: Sequence[tuple[int, int]] = ()
    subsidy_fen: int = 0
    outlet_fee_fen: int = 0

    @property
    def net_fen(self) -> int:
        return self.goods_fen + self.subsidy_fen


@dataclass(frozen=True, slots=True)
class RefundPosting:
    """One approved refund: freight and lines, all in fen, sent back through ``provider``."""

    refund_id: int
    order_id: int
    provider: str
    freight_fen: int = 0
    lines: Sequence[RefundedLine] = field(default_factory=tuple)
    parties: Parties = Parties()


class Unbalanced(ValueError):
    """Postings that do not add up to 0: a bug, never written."""


def balanced(postings: Iterable[NewPosting]) -> list[NewPosting]:
    """The postings without empty ones. Raises Unbalanced unless they add up to 0, as a whole and per order."""
    kept = [posting for posting in postings if posting.fen]
    per_order: dict[int | None, int] = defaultdict(int)
    for posting in kept:
        per_order[posting.order_id] += posting.fen
    if any(per_order.values()):
        raise Unbalanced(str({order: fen for order, fen in per_order.items() if fen}))
    return kept


def sale_postings(
    order_id: int,
    supplier_id: int,
    provider: str,
    freight_fen: int,
    lines: Sequence[SoldLine],
    parties: Parties = Parties(),
) -> list[NewPosting]:
    """What a paid order posts: money in and what a bearer owes, whose it is, and beside it what the supplier owes the
    households."""
    paid_fen = sum(line.net_fen - line.subsidy_fen for line in lines) + freight_fen
    postings = [
        funds_posting(provider, paid_fen, order_id, supplier_id),
        due_posting(AccountKind.FREIGHT_DUE, -freight_fen, order_id, supplier_id),
    ]
    for line in lines:
        if sum(share.fen for share in line.shares) + line.fee_fen > line.net_fen:
            raise Unbalanced(f"line {line.line_id}: incomes and fee exceed net")
        parts = _Parts(-line.net_fen, -line.fee_fen, -line.outlet_fee_fen, -line.subsidy_fen)
        postings += _line_dues(line.line_id, parts, order_id, supplier_id, parties)
        for share in line.shares:
            postings += [_cost(share, share.fen), _income(share, IncomeState.ACCRUED, -share.fen)]
    return balanced(postings)


def confirm_postings(shares: Iterable[Share], balances: Mapping[int, Balances]) -> list[NewPosting]:
    """What is left accrued becomes confirmed; a lot paid for at receipt goes on to disbursed at once."""
    postings: list[NewPosting] = []
    for share in shares:
        left = _balance(balances, share, IncomeState.ACCRUED)
        postings += _move(share, IncomeState.ACCRUED, IncomeState.CONFIRMED, left)
        if share.paid_at_receipt:
            postings += _move(share, IncomeState.CONFIRMED, IncomeState.DISBURSED, left)
    return balanced(postings)


def refund_postings(
    refund: RefundPosting, supplier_id: int, shares: Mapping[int, Share], balances: Mapping[int, Balances]
) -> list[NewPosting]:
    """Undo exactly the part refunded. Before payout the income goes in the state it is in; after payout the household
    keeps its money and the amount is marked ``reversed_after_payout``, the supplier's cost staying where it is.

    Raises Unbalanced when more would be undone than is there.
    """
    back_fen = refund.freight_fen + sum(line.goods_fen for line in refund.lines)
    postings = [
        funds_posting(refund.provider, -back_fen, refund.order_id, supplier_id),
        due_posting(AccountKind.FREIGHT_DUE, refund.freight_fen, refund.order_id, supplier_id),
    ]
    for line in refund.lines:
        parts = _Parts(line.net_fen, line.fee_fen, line.outlet_fee_fen, line.subsidy_fen)
        postings += _line_dues(line.line_id, parts, refund.order_id, supplier_id, refund.parties)
        for line_income_id, fen in line.shares:
            share = shares[line_income_id]
            if share.line_id != line.line_id:
                raise Unbalanced(f"income {line_income_id} is not of line {line.line_id}")
            postings += _reversal(share, fen, balances.get(line_income_id, {}))
    return balanced(postings)


def _reversal(share: Share, fen: int, balances: Balances) -> list[NewPosting]:
    postings: list[NewPosting] = []
    left = fen
    for state in REVERSAL_ORDER:
        part = min(left, max(balances.get(state, 0), 0))
        left -= part
        if state in PAID_OUT:
            postings += _move(share, state, IncomeState.REVERSED_AFTER_PAYOUT, part)
        else:
            postings += [_income(share, state, part), _cost(share, -part)]
    if left or fen < 0:
        raise Unbalanced(f"income {share.line_income_id}: {left} fen more than there is to undo")
    return postings


def disbursement_postings(rows: Iterable[tuple[Share, int]]) -> list[NewPosting]:
    """Confirmed income was paid to the household: ``(share, fen)`` per row."""
    postings: list[NewPosting] = []
    for share, fen in rows:
        postings += _move(share, IncomeState.CONFIRMED, IncomeState.DISBURSED, fen)
    return balanced(postings)


def bounce_postings(rows: Iterable[tuple[Share, int]], balances: Mapping[int, Balances]) -> list[NewPosting]:
    """The bank sent the money back, so the rows are due again.

    What was refunded to the buyer in between had been booked as kept by the household; it never had it, so that part
    is undone for good, and with it the supplier's cost.
    """
    postings: list[NewPosting] = []
    for share, fen in rows:
        still_paid = min(fen, _balance(balances, share, IncomeState.DISBURSED))
        undone = fen - still_paid
        if undone > _balance(balances, share, IncomeState.REVERSED_AFTER_PAYOUT):
            raise Unbalanced(f"income {share.line_income_id}: {undone} fen were not paid out")
        postings += _move(share, IncomeState.DISBURSED, IncomeState.CONFIRMED, still_paid)
        postings += [_income(share, IncomeState.REVERSED_AFTER_PAYOUT, undone), _cost(share, -undone)]
    return balanced(postings)


def acknowledgement_postings(
    rows: Iterable[tuple[Share, int]], balances: Mapping[int, Balances]
) -> list[NewPosting]:
    """The household has the money: what of the rows still counts as disbursed is acknowledged."""
    postings: list[NewPosting] = []
    for share, fen in rows:
        part = min(fen, _balance(balances, share, IncomeState.DISBURSED))
        postings += _move(share, IncomeState.DISBURSED, IncomeState.ACKNOWLEDGED, part)
    return balanced(postings)


def stray_postings(provider: str, fen: int, order_id: int | None) -> list[NewPosting]:
    """Money for no open order (late, twice), held apart until it is sent back; negative ``fen`` is its return."""
    stray = NewPosting(f"{AccountKind.STRAY}:{provider}", AccountKind.STRAY, -fen, order_id)
    return balanced([funds_posting(provider, fen, order_id, None), stray])


def balances_after(
    postings: Iterable[NewPosting], before: Mapping[int, Balances]
) -> dict[int, dict[IncomeState, int]]:
    """Fen per line income and state once the postings are written."""
    after = {line_income: dict(states) for line_income, states in before.items()}
    for posting in postings:
        if posting.line_income_id is not None and posting.income_state is not None:
            states = after.setdefault(posting.line_income_id, {})
            states[posting.income_state] = states.get(posting.income_state, 0) - posting.fen
    return after


def _balance(balances: Mapping[int, Balances], share: Share, state: IncomeState) -> int:
    return balances.get(share.line_income_id, {}).get(state, 0)


def funds_posting(provider: str, fen: int, order_id: int | None, supplier_id: int | None) -> NewPosting:
    return NewPosting(
        f"{AccountKind.FUNDS}:{provider}", AccountKind.FUNDS, fen, order_id, supplier_id=supplier_id
    )


def due_posting(
    kind: AccountKind, fen: int, order_id: int, supplier_id: int, line_id: int | None = None
) -> NewPosting:
    name = kind.value if kind is AccountKind.PLATFORM_FEE else f"{kind}:{supplier_id}"
    return NewPosting(name, kind, fen, order_id, line_id, supplier_id)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of a line, as debits: sold, undone with the signs changed."""

    net_fen: int
    fee_fen: int
    outlet_fee_fen: int
    subsidy_fen: int


def _line_dues(
    line_id: int, parts: _Parts, order_id: int, supplier_id: int, parties: Parties
) -> list[NewPosting]:
    def of(kind: AccountKind, whose: str, fen: int) -> NewPosting:
        return NewPosting(f"{kind}:{whose}", kind, fen, order_id, line_id, supplier_id)

    if (parts.subsidy_fen and not parties.subsidy_bearer) or (
        parts.outlet_fee_fen and parties.outlet_id is None
    ):
        raise Unbalanced(f"line {line_id}: a part without a party")
    return [
        due_posting(AccountKind.SUPPLIER_DUE, parts.net_fen - parts.fee_fen, order_id, supplier_id, line_id),
        due_posting(
            AccountKind.PLATFORM_FEE, parts.fee_fen - parts.outlet_fee_fen, order_id, supplier_id, line_id
        ),
        of(AccountKind.OUTLET_FEE, str(parties.outlet_id), parts.outlet_fee_fen),
        of(AccountKind.SUBSIDY, parties.subsidy_bearer or "", -parts.subsidy_fen),
    ]


def _cost(share: Share, fen: int) -> NewPosting:
    return NewPosting(
        f"{AccountKind.HOUSEHOLD_COST}:{share.supplier_id}",
        AccountKind.HOUSEHOLD_COST,
        fen,
        share.order_id,
        share.line_id,
        share.supplier_id,
        share.household_id,
        None,
        share.line_income_id,
    )


def _income(share: Share, state: IncomeState, fen: int) -> NewPosting:
    return NewPosting(
        f"{AccountKind.HOUSEHOLD_INCOME}:{share.household_id}:{state}",
        AccountKind.HOUSEHOLD_INCOME,
        fen,
        share.order_id,
        share.line_id,
        share.supplier_id,
        share.household_id,
        state,
        share.line_income_id,
    )


def _move(share: Share, source: IncomeState, target: IncomeState, fen: int) -> list[NewPosting]:
    return [_income(share, source, fen), _income(share, target, -fen)]
