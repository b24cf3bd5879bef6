"""What one sold unit yields to households: the only code that turns a line into household amounts.

Amounts are whole fen. The parts of a split add up to what the terms say, and never to more than the net of the line:
a price is refused below ``floor_price_fen``, so nobody has to be cut afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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


#: the modes that yield a part of net; the others fix an amount or leave the rest
SHARE_MODES = (LinkageMode.TRUSTEESHIP, LinkageMode.DIVIDEND, LinkageMode.RENT)


@dataclass(frozen=True, slots=True)
class Term:
    """One mode. ``share_bp``: ten-thousandths of net (trusteeship, dividend, rent); ``sponsor_fee_fen``: fen per unit
    the sponsor keeps (own); ``unit_fen``: fen per sold unit for those who worked (labour)."""

    mode: LinkageMode
    share_bp: int = 0
    sponsor_fee_fen: int = 0
    unit_fen: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """``shares`` weighs a household in a trusteeship or a dividend, ``mu_hundredths`` in a rent; 0: no part in it."""

    household_id: int
    shares: int = 1
    mu_hundredths: int = 0

    def weight(self, mode: LinkageMode) -> int:
        return self.mu_hundredths if mode is LinkageMode.RENT else self.shares


@dataclass(frozen=True, slots=True)
class Worked:
    """What the village confirmed of one household's work."""

    household_id: int
    minutes: int


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
    """An agreement as a sale needs it; frozen on the order line as JSON.

    ``worked`` are the hours of ``work_sheet_id``, the latest closed work sheet: a later sheet changes no past sale.
    """

    agreement_id: int
    terms: tuple[Term, ...]
    members: tuple[Member, ...]
    work_sheet_id: int | None = None
    worked: tuple[Worked, ...] = ()

    def term(self, mode: LinkageMode) -> Term | None:
        return next((term for term in self.terms if term.mode is mode), None)

    @property
    def share_bp(self) -> int:
        """Ten-thousandths of net that all modes together share out."""
        return sum(term.share_bp for term in self.terms if term.mode in SHARE_MODES)

    @property
    def unit_fen(self) -> int:
        """Fen of every sold unit that go to those who worked."""
        return sum(term.unit_fen for term in self.terms if term.mode is LinkageMode.LABOUR)

    @property
    def waits_for_hours(self) -> bool:
        """Work is paid by the unit and nobody knows yet whose work it was: nothing can be sold."""
        return self.unit_fen > 0 and not self.worked

    def to_json(self) -> dict[str, Any]:
        return {
            "agreement_id": self.agreement_id,
            "terms": [
                [term.mode.value, term.share_bp, term.sponsor_fee_fen, term.unit_fen] for term in self.terms
            ],
            "members": [[each.household_id, each.shares, each.mu_hundredths] for each in self.members],
            "work_sheet_id": self.work_sheet_id,
            "worked": [[each.household_id, each.minutes] for each in self.worked],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SaleTerms":
        """Also what was frozen before there were wages and rents."""
        return cls(
            agreement_id=data["agreement_id"],
            terms=tuple(Term(LinkageMode(mode), *figures) for mode, *figures in data["terms"]),
            members=tuple(Member(*figures) for figures in data["members"]),
            work_sheet_id=data.get("work_sheet_id"),
            worked=tuple(Worked(*figures) for figures in data.get("worked", ())),
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

    Purchase: the agreed part of each lot, also where newer terms no longer buy: what was promised is paid. Labour:
    fixed per unit, divided by the minutes of the work sheet. Trusteeship, dividend and rent: each a share of net,
    rounded down, divided by shares or mu. Own: net without the sponsor's fee and without what the other modes take,
    to the one producing household. Every division is by largest remainder, ties by household id.

    Raises ValueError where nobody is known to divide among, where own produce has not exactly one household, or for a
    negative net.
    """
    if net_fen < 0 or units < 0:
        raise ValueError("net and units are never negative")
    rows = [_lot_row(lot) for lot in lots] + _wages(terms, units)
    shared = _shared(terms, net_fen)
    own = terms.term(LinkageMode.OWN)
    if own is not None:
        taken = sum(row.fen for row in rows) + sum(row.fen for row in shared)
        left = max(0, net_fen - own.sponsor_fee_fen * units - taken)
        rows.append(_row(_only_member(terms), LinkageMode.OWN, left))
    return [row for row in (*rows, *shared) if row.fen]


def _wages(terms: SaleTerms, units: int) -> list[IncomeShare]:
    weights = [(each.household_id, each.minutes) for each in terms.worked]
    return _divided(LinkageMode.LABOUR, terms.unit_fen * units, weights)


def _shared(terms: SaleTerms, net_fen: int) -> list[IncomeShare]:
    rows: list[IncomeShare] = []
    for term in terms.terms:
        if term.mode in SHARE_MODES:
            weights = [(each.household_id, each.weight(term.mode)) for each in terms.members]
            rows += _divided(term.mode, basis_points(net_fen, term.share_bp), weights)
    return rows


def _divided(mode: LinkageMode, fen: int, weights: Sequence[tuple[int, int]]) -> list[IncomeShare]:
    if not fen:
        return []
    listed = sorted(weights)
    parts = allocate(fen, [weight for _, weight in listed])
    return [_row(household_id, mode, part) for (household_id, _), part in zip(listed, parts, strict=True)]


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


def lot_unit_fen(total_fen: int, units: int) -> int:
    """What one unit of a lot brings its household at most, in fen: the agreed total by its units, rounded up."""
    return -(-total_fen // units)


def floor_price_fen(terms: SaleTerms, lots_unit_max_fen: int, fee_bp: int) -> int:
    """The smallest unit price in fen that carries the fixed terms, the shares of net and the platform fee.

    ``lots_unit_max_fen`` is the largest ``lot_unit_fen`` of the lots on hand; wages come on top. The sponsor's fee of
    own produce contains the platform fee. Raises InvalidInput ``linkage.shares_leave_nothing`` where shares and fee
    take the whole price.
    """
    fixed, sponsor = lots_unit_max_fen + terms.unit_fen, _sponsor_fee(terms)
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

    ``first_lot`` is (total_fen, units) of the lot the next unit comes from. Wages count also where no work sheet is
    closed yet: an agreement that is only being made promises them already.
    """
    lots = []
    if first_lot is not None:
        lots = [LotPortion(0, 0, first_lot[0], first_lot[1], 0, 0, 1)]
    if terms.waits_for_hours:
        terms = replace(terms, worked=(Worked(0, 1),))
    return sum(row.fen for row in split_income(terms, price_fen, 1, lots))


#: mode → the form field that holds its figure
FIGURE_FIELDS: Mapping[LinkageMode, str] = {
    LinkageMode.TRUSTEESHIP: "trusteeship_percent",
    LinkageMode.DIVIDEND: "share_percent",
    LinkageMode.RENT: "rent_percent",
    LinkageMode.LABOUR: "unit_fen",
}
MOST_SHARED_BP = 9_000
MOST_UNIT_FEN = 10_000_000


def check_terms(terms: Sequence[Term], members: Sequence[Member], starts_on: date, ends_on: date) -> None:
    """Whether an agreement can be made: raises InvalidInput naming the form field."""
    if not terms or len({term.mode for term in terms}) != len(terms):
        raise InvalidInput("linkage.no_terms", field="modes")
    if ends_on < starts_on:
        raise InvalidInput("linkage.ends_before_start", field="ends_on")
    _check_members(terms, members)
    for term in terms:
        _check_figure(term)
    if sum(term.share_bp for term in terms if term.mode in SHARE_MODES) > MOST_SHARED_BP:
        last = [term for term in terms if term.mode in SHARE_MODES][-1]
        raise InvalidInput("linkage.shares_together", field=FIGURE_FIELDS[last.mode])


def _check_members(terms: Sequence[Term], members: Sequence[Member]) -> None:
    modes = {term.mode for term in terms}
    if not members:
        raise InvalidInput("linkage.no_members", field="members")
    if len({member.household_id for member in members}) != len(members):
        raise InvalidInput("linkage.member_twice", field="members")
    if any(
        not 0 <= each.shares <= 1_000_000 or not 0 <= each.mu_hundredths <= 100_000_000 for each in members
    ):
        raise InvalidInput("linkage.bad_shares", field="members")
    if LinkageMode.OWN in modes and len(members) != 1:
        raise InvalidInput("linkage.own_needs_one", field="members")
    for mode in SHARE_MODES:
        if mode in modes and not any(each.weight(mode) for each in members):
            code = "linkage.no_mu" if mode is LinkageMode.RENT else "linkage.bad_shares"
            raise InvalidInput(code, field="members")
    if modes <= set(SHARE_MODES) and any(not any(each.weight(mode) for mode in modes) for each in members):
        raise InvalidInput("linkage.member_without_part", field="members")


def _check_figure(term: Term) -> None:
    if term.mode in SHARE_MODES and not 1 <= term.share_bp <= MOST_SHARED_BP:
        raise InvalidInput("linkage.bad_share", field=FIGURE_FIELDS[term.mode])
    if term.mode is LinkageMode.LABOUR and not 1 <= term.unit_fen <= MOST_UNIT_FEN:
        raise InvalidInput("linkage.bad_wage", field=FIGURE_FIELDS[term.mode])
    if not 0 <= term.sponsor_fee_fen <= MOST_UNIT_FEN:
        raise InvalidInput("money.not_an_amount", field="sponsor_fee_fen")


def terms_in_words(terms: Sequence[Term]) -> list[str]:
    """The terms as a certificate says them."""
    return [_in_words(term) for term in terms]


def _in_words(term: Term) -> str:
    share = f"净销售额的 {term.share_bp / 100:g}%"
    match term.mode:
        case LinkageMode.PURCHASE:
            return "收购：按每批约定的总价付给送货的农户"
        case LinkageMode.OWN:
            fee = f"，每份扣代办费 {term.sponsor_fee_fen / 100:.2f} 元" if term.sponsor_fee_fen else ""
            return f"示范户自产：卖得的钱归农户{fee}"
        case LinkageMode.TRUSTEESHIP:
            return f"产业托管：{share}按股分给托管的农户"
        case LinkageMode.LABOUR:
            return f"劳务用工：每卖一份付 {term.unit_fen / 100:.2f} 元工钱，按村里确认的工时分给出工的农户"
        case LinkageMode.DIVIDEND:
            return f"股份分红：{share}按股分给农户"
        case LinkageMode.RENT:
            return f"土地流转：{share}按流转的亩数分给农户"
