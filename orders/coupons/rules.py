"""Pure rules of coupons. Amounts in fen.

The stacking rule (decision 0020): an order takes at most one coupon of its supplier, a checkout at most one shared
coupon (platform or government); the supplier's goes first and the shared one looks at what is left. A supplier's coupon
never reaches what households, shares and fee are promised; a shared one does not touch it at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.money import MAX_FEN, allocate


class CouponBearer(StrEnum):
    """Who pays for what the buyer does not: the supplier lowers its net, the others post a subsidy."""

    SUPPLIER = "supplier"
    PLATFORM = "platform"
    GOVERNMENT = "government"


class Unusable(StrEnum):
    """Why a coupon takes nothing off these goods."""

    TOO_LITTLE = "too_little"
    BELOW_FLOOR = "below_floor"
    OTHER_SUPPLIER = "other_supplier"
    USED_UP = "used_up"
    YOURS_USED = "yours_used"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True)
class Goods:
    """One line as a coupon sees it. ``room_fen``: how far its supplier may lower it before households, shares and fee
    no longer fit; 0 for own produce, where a discount would be the household's loss."""

    key: int
    supplier_id: int
    total_fen: int
    room_fen: int


@dataclass(frozen=True, slots=True)
class Face:
    """满 ``min_spend_fen`` 减 ``off_fen``; ``supplier_id`` None: of all suppliers together."""

    coupon_id: int
    bearer: CouponBearer
    supplier_id: int | None
    min_spend_fen: int
    off_fen: int


@dataclass(frozen=True, slots=True)
class Lowered:
    """What a line is lowered by: ``discount_fen`` by its supplier, ``subsidy_fen`` by the shared coupon's bearer."""

    discount_fen: int = 0
    subsidy_fen: int = 0

    @property
    def fen(self) -> int:
        return self.discount_fen + self.subsidy_fen


def discounts_of(face: Face, goods: Sequence[Goods]) -> dict[int, int] | Unusable:
    """Fen by line that a supplier's coupon takes off, where there is room; or why it takes nothing."""
    own = [each for each in goods if each.supplier_id == face.supplier_id]
    if not own:
        return Unusable.OTHER_SUPPLIER
    if sum(each.total_fen for each in own) < face.min_spend_fen:
        return Unusable.TOO_LITTLE
    rooms = [max(0, each.room_fen) for each in own]
    if sum(rooms) < face.off_fen:
        return Unusable.BELOW_FLOOR
    # in proportion to the room, no part exceeds it
    return dict(zip((each.key for each in own), allocate(face.off_fen, rooms), strict=True))


def lacking_of(face: Face, goods: Sequence[Goods]) -> int | None:
    """Fen of goods like these still to be bought until a supplier's coupon takes off what it says, 0 where it does
    already; None where it never would: there is no room for it in them."""
    outcome = discounts_of(face, goods)
    if not isinstance(outcome, Unusable):
        return 0
    own = [each for each in goods if each.supplier_id == face.supplier_id]
    total, room = sum(each.total_fen for each in own), sum(max(0, each.room_fen) for each in own)
    if outcome is not Unusable.TOO_LITTLE or room * face.min_spend_fen < face.off_fen * total:
        return None
    return face.min_spend_fen - total


def subsidies_of(face: Face, goods: Sequence[Goods], taken: Mapping[int, int]) -> dict[int, int] | Unusable:
    """Fen by line that a shared coupon pays of what is left after the suppliers' discounts ``taken``."""
    nets = [each.total_fen - taken.get(each.key, 0) for each in goods]
    if sum(nets) < face.min_spend_fen or sum(nets) <= face.off_fen:
        return Unusable.TOO_LITTLE
    parts = dict(zip((each.key for each in goods), allocate(face.off_fen, nets), strict=True))
    left: dict[int, int] = {}
    for each, net in zip(goods, nets, strict=True):
        left[each.supplier_id] = left.get(each.supplier_id, 0) + net - parts[each.key]
    if (
        min(left.values()) < 1
    ):  # no order is free of charge: there would be nothing to pay and nothing to refund
        return Unusable.TOO_LITTLE
    return parts


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """What a form says of a coupon; ``total_count`` uses at most, ``per_person`` of one buyer, ``budget_fen`` in all.
    With a ``code`` only who knows it finds it."""

    name: str
    bearer: CouponBearer
    supplier_id: int | None
    min_spend_fen: int
    off_fen: int
    total_count: int
    per_person: int
    budget_fen: int
    starts_on: date
    ends_on: date
    code: str = ""


MAX_COUNT = 1_000_000
#: days on which a coupon may begin or end, from today
FAR = timedelta(days=3 * 366)
_CODE_SIGNS = frozenset("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")


def clean_code(text: str) -> str:
    """A code as typed, however it was typed."""
    return "".join(text.split()).upper()


def check_new(new: NewCoupon, today: date) -> None:
    """Raises InvalidInput at the field that can't be."""
    if not new.name.strip():
        raise InvalidInput("coupons.name", field="name")
    if not 1 <= new.off_fen < MAX_FEN:
        raise InvalidInput("coupons.off", field="off_fen")
    if new.min_spend_fen <= new.off_fen:
        raise InvalidInput("coupons.min_spend", field="min_spend_fen")
    if not 1 <= new.total_count <= MAX_COUNT:
        raise InvalidInput("coupons.total_count", field="total_count")
    if not 1 <= new.per_person <= new.total_count:
        raise InvalidInput("coupons.per_person", field="per_person")
    if not new.off_fen <= new.budget_fen <= MAX_FEN:
        raise InvalidInput("coupons.budget", field="budget_fen")
    _check_days(new, today)
    if new.code and not (6 <= len(new.code) <= 16 and set(new.code) <= _CODE_SIGNS):
        raise InvalidInput("coupons.code", field="code")


def _check_days(new: NewCoupon, today: date) -> None:
    if not today - FAR <= new.starts_on <= today + FAR:
        raise InvalidInput("coupons.dates_far", field="starts_on")
    if new.ends_on > today + FAR:
        raise InvalidInput("coupons.dates_far", field="ends_on")
    if new.ends_on < max(new.starts_on, today):
        raise InvalidInput("coupons.ends_on", field="ends_on")


def breaks_floor(min_spend_fen: int, off_fen: int, price_fen: int, floor_fen: int) -> bool:
    """Whether a basket of just ``min_spend_fen`` of this packing would be lowered under its floor."""
    return price_fen * (min_spend_fen - off_fen) < floor_fen * min_spend_fen
