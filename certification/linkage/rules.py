"""What one sold unit yields to households: the only code that turns a line into household amounts.

Amounts are whole fen. The parts of a split add up to what the terms say, and never to more than the net of the line:
a price is refused below ``floor_price_fen``, so nobody has to be cut afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.money import allocate, basis_points


class LinkageMode(StrEnum):
    PURCHASE = "purchase"
    OWN = "own"
    TRUSTEESHIP = "trusteeship"
    LABOUR = "labour"
    DIVIDEND = "dividend"
    RENT = "rent"


class IncomeKind(StrEnum):
    """经营性 / 工资性 / 资产性"""

    OPERATING = "operating"
    WAGE = "wage"
    PROPERTY = "property"


class LotPayment(StrEnum):
    BOUGHT = "bought"
    CONSIGNED = "consigned"


class ScanKind(StrEnum):
    AGREEMENT = "agreement"
    PARTY_BRANCH = "party_branch"
    LEADING_ENTERPRISE = "leading_enterprise"
    HOUSEHOLD = "household"


KIND_OF_MODE: Mapping[LinkageMode, IncomeKind] = {
    LinkageMode.PURCHASE: IncomeKind.OPERATING,
    LinkageMode.OWN: IncomeKind.OPERATING,
    LinkageMode.TRUSTEESHIP: IncomeKind.OPERATING,
    LinkageMode.LABOUR: IncomeKind.WAGE,
    LinkageMode.DIVIDEND: IncomeKind.PROPERTY,
    LinkageMode.RENT: IncomeKind.PROPERTY,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One mode. ``share_bp``: ten-thousandths of net (dividend); ``sponsor_fee_fen``: fen per unit the sponsor keeps
    (own)."""

    mode: LinkageMode
    share_bp: int = 0
    sponsor_fee_fen: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    household_id: int
    shares: int = 1


@dataclass(frozen=True, slots=True)
class LotPortion:
    """``units`` of a line that came from one lot.

    ``taken_before`` units of the lot were sold before and still are, and ``booked_fen`` of its agreed ``total_fen``
    was booked for them; a line's own units are not among them.
    """

    lot_id: int
    household_id: int
    total_fen: int
    lot_units: int
    taken_before: int
    booked_fen: int
    units: int


@dataclass(frozen=True, slots=True)
class IncomeShare:
    """What one household gets of one line. ``lot_id`` and ``lot_units`` where it comes from a supply lot."""

    household_id: int
    mode: LinkageMode
    kind: IncomeKind
    lot_id: int | None
    lot_units: int | None
    fen: int


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """An agreement as a sale needs it; frozen on the order line as JSON."""

    agreement_id: int
    terms: tuple[Term, ...]
    members: tuple[Member, ...]

    def term(self, mode: LinkageMode) -> Term | None:
        return next((term for term in self.terms if term.mode is mode), None)

    @property
    def share_bp(self) -> int:
        return sum(term.share_bp for term in self.terms if term.mode is LinkageMode.DIVIDEND)

    def to_json(self) -> dict[str, Any]:
        return {
            "agreement_id": self.agreement_id,
            "terms": [[term.mode.value, term.share_bp, term.sponsor_fee_fen] for term in self.terms],
            "members": [[member.household_id, member.shares] for member in self.members],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SaleTerms":
        return cls(
            agreement_id=data["agreement_id"],
            terms=tuple(Term(LinkageMode(mode), share, fee) for mode, share, fee in data["terms"]),
            members=tuple(Member(household, shares) for household, shares in data["members"]),
        )


def lot_income_fen(lot: LotPortion) -> int:
    """What these units bring the household that brought the lot.

    The goal is one rounded-down line through the whole lot; what was booked so far is taken off, so the last unit
    brings the last fen and a return in between corrects itself with the next sale.
    """
    goal = lot.total_fen * (lot.taken_before + lot.units) // lot.lot_units
    return max(0, goal - lot.booked_fen)


def split_income(terms: SaleTerms, net_fen: int, units: int, lots: Sequence[LotPortion]) -> list[IncomeShare]:
    """The household amounts of a line of ``units`` units and ``net_fen`` in all; rows of 0 fen are left out.

    Purchase: the agreed part of each lot, also where newer terms no longer buy: what was promised is paid. Own: net
    without the sponsor's fee and without what other modes fix, to the one producing household. Dividend: a share of
    net, rounded down, divided by shares, ties by household id. Raises ValueError where own produce has not exactly one
    household, or the net is negative.
    """
    if net_fen < 0 or units < 0:
        raise ValueError("net and units are never negative")
    rows = [_lot_row(lot) for lot in lots]
    dividend_fen = basis_points(net_fen, terms.share_bp)
    own = terms.term(LinkageMode.OWN)
    if own is not None:
        taken = sum(row.fen for row in rows) + dividend_fen
        left = max(0, net_fen - own.sponsor_fee_fen * units - taken)
        rows.append(_row(_only_member(terms), LinkageMode.OWN, left))
    if dividend_fen:
        members = sorted(terms.members, key=lambda member: member.household_id)
        parts = allocate(dividend_fen, [member.shares for member in members])
        rows += [
            _row(member.household_id, LinkageMode.DIVIDEND, fen)
            for member, fen in zip(members, parts, strict=True)
        ]
    return [row for row in rows if row.fen]


def _lot_row(lot: LotPortion) -> IncomeShare:
    mode = LinkageMode.PURCHASE
    fen = lot_income_fen(lot)
    return IncomeShare(lot.household_id, mode, KIND_OF_MODE[mode], lot.lot_id, lot.units, fen)


def _row(household_id: int, mode: LinkageMode, fen: int) -> IncomeShare:
    return IncomeShare(household_id, mode, KIND_OF_MODE[mode], None, None, fen)


def _only_member(terms: SaleTerms) -> int:
    if len(terms.members) != 1:
        raise ValueError("own produce belongs to exactly one household")
    return terms.members[0].household_id


def fixed_per_unit_fen(_terms: SaleTerms, lot: tuple[int, int] | None) -> int:
    """Fen of one unit that go to a household whatever the price is: the lot's agreed total by its units, rounded up.

    ``lot`` is (total_fen, units), None where nothing was received yet. No other mode fixes an amount for a household.
    """
    if lot is None:
        return 0
    total_fen, units = lot
    return -(-total_fen // units)


def floor_price_fen(terms: SaleTerms, lots_unit_max_fen: int, fee_bp: int) -> int:
    """The smallest unit price in fen that carries the fixed terms, the shares of net and the platform fee.

    ``lots_unit_max_fen`` is the largest ``fixed_per_unit_fen`` of the lots on hand. The sponsor's fee of own produce
    contains the platform fee. Raises InvalidInput ``linkage.shares_leave_nothing`` where shares and fee take the whole
    price.
    """
    fixed, sponsor = lots_unit_max_fen, _sponsor_fee(terms)
    rest_bp = 10_000 - terms.share_bp - fee_bp
    if rest_bp <= 0:
        raise InvalidInput("linkage.shares_leave_nothing")
    price = max(1, fixed * 10_000 // rest_bp, (fixed + sponsor) * 10_000 // (rest_bp + fee_bp))
    while _carried(price, fixed, sponsor, terms.share_bp, fee_bp) > price:
        price += 1
    while price > 1 and _carried(price - 1, fixed, sponsor, terms.share_bp, fee_bp) <= price - 1:
        price -= 1
    return price


def _sponsor_fee(terms: SaleTerms) -> int:
    own = terms.term(LinkageMode.OWN)
    return own.sponsor_fee_fen if own else 0


def ceiling_price_fen(terms: SaleTerms, fee_bp: int) -> int | None:
    """The highest unit price in fen of own produce: the platform fee comes out of the sponsor's fee, never out of the
    household's part. None where no term sets a limit."""
    own = terms.term(LinkageMode.OWN)
    if own is None or fee_bp <= 0:
        return None
    return own.sponsor_fee_fen * 10_000 // fee_bp


def check_price(terms: SaleTerms, price_fen: int, lots_unit_max_fen: int, fee_bp: int) -> None:
    """Raises InvalidInput at ``price_fen`` where households, shares and fee do not fit into the price."""
    floor = floor_price_fen(terms, lots_unit_max_fen, fee_bp)
    if price_fen < floor:
        raise InvalidInput("linkage.price_below_floor", field="price_fen", floor_fen=floor)
    ceiling = ceiling_price_fen(terms, fee_bp)
    if ceiling is not None and price_fen > ceiling:
        raise InvalidInput("linkage.price_above_ceiling", field="price_fen", ceiling_fen=ceiling)


def _carried(price_fen: int, fixed_fen: int, sponsor_fen: int, share_bp: int, fee_bp: int) -> int:
    # shares and fee are rounded up here and down in the split, so that what fits one unit fits any number of them
    fee = -(-price_fen * fee_bp // 10_000)
    return fixed_fen + -(-price_fen * share_bp // 10_000) + max(fee, sponsor_fen)


def projected_income_fen(terms: SaleTerms, price_fen: int, first_lot: tuple[int, int] | None) -> int:
    """What one unit sold at ``price_fen`` would bring all households now. Computed, shown, never posted.

    ``first_lot`` is (total_fen, units) of the lot the next unit comes from.
    """
    lots = []
    if first_lot is not None:
        lots = [LotPortion(0, 0, first_lot[0], first_lot[1], 0, 0, 1)]
    return sum(row.fen for row in split_income(terms, price_fen, 1, lots))


def check_terms(terms: Sequence[Term], members: Sequence[Member], starts_on: date, ends_on: date) -> None:
    """Whether an agreement can be made: raises InvalidInput naming the form field."""
    if not terms:
        raise InvalidInput("linkage.no_terms", field="modes")
    if not members:
        raise InvalidInput("linkage.no_members", field="members")
    if len({member.household_id for member in members}) != len(members):
        raise InvalidInput("linkage.member_twice", field="members")
    if any(not 1 <= member.shares <= 1_000_000 for member in members):
        raise InvalidInput("linkage.bad_shares", field="members")
    if ends_on < starts_on:
        raise InvalidInput("linkage.ends_before_start", field="ends_on")
    for term in terms:
        if term.mode is LinkageMode.DIVIDEND and not 1 <= term.share_bp <= 9_000:
            raise InvalidInput("linkage.bad_share", field="share_percent")
        if term.mode is LinkageMode.OWN and len(members) != 1:
            raise InvalidInput("linkage.own_needs_one", field="members")
        if term.sponsor_fee_fen < 0:
            raise InvalidInput("money.not_an_amount", field="sponsor_fee_fen")


def terms_in_words(terms: Sequence[Term]) -> list[str]:
    """The terms as a certificate says them."""
    words = []
    for term in terms:
        if term.mode is LinkageMode.PURCHASE:
            words.append("收购：按每批约定的总价付给送货的农户")
        elif term.mode is LinkageMode.OWN:
            fee = f"，每份扣代办费 {term.sponsor_fee_fen / 100:.2f} 元" if term.sponsor_fee_fen else ""
            words.append(f"示范户自产：卖得的钱归农户{fee}")
        else:
            words.append(f"股份分红：净销售额的 {term.share_bp / 100:g}% 按股分给农户")
    return words
