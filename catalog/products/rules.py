"""What a listing must have before it may be sold, and what its texts may be. Pure."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from catalog.products.axis_rules import composed
from catalog.products.selling_rules import ORDINARY, Selling
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.plain_text import check_line, hides_something

MAX_PICTURES = 8
#: of the library, in one go
MAX_PICTURES_AT_ONCE = 10
LONGEST_ALT = 80
MAX_SKUS = 20
MAX_SPECS = 20
MAX_PRICE_FEN = 10_000_000
MAX_GRAMS = 500_000
MAX_TIERS = 5
MAX_TIER_UNITS = 9_999
SHORTEST_REASON, LONGEST_REASON = 5, 200
_SPEC_LINE = re.compile("[:\uff1a]")
_GRAMS_OF = {"斤": 500, "公斤": 1000, "千克": 1000, "kg": 1000, "克": 1, "g": 1}
_WEIGHT = re.compile(r"约?\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(公斤|千克|斤|克|[kK][gG]|[gG])")


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What is said of one packing; ``grams`` net weight and ``price_fen`` of one unit."""

    name: str
    grams: int
    price_fen: int
    is_active: bool = True
    selling: Selling = ORDINARY
    #: the picture of the listing that shows it; None: it has none of its own
    picture_id: int | None = None

    @property
    def fingerprint(self) -> str:
        """Tells whether a packing still says what it said when somebody looked."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a listing has. ``below_floor`` names the packings priced under their floor, ``above_ceiling`` those of own
    produce whose platform fee the sponsor's fee no longer carries; ``waits_for_hours``: terms bind, and only a closed
    work sheet is missing."""

    has_certificate: bool
    has_terms: bool
    pictures: int
    active_skus: int
    below_floor: tuple[str, ...] = ()
    above_ceiling: tuple[str, ...] = ()
    waits_for_hours: bool = False


def blockers(readiness: Readiness) -> list[str]:
    """Codes of what is still missing before the listing may be put on sale, in the order a person mends them."""
    missing = []
    if not readiness.has_certificate:
        missing.append("listing.no_certificate")
    if not readiness.has_terms:
        missing.append("listing.no_hours" if readiness.waits_for_hours else "listing.no_terms")
    if readiness.active_skus == 0:
        missing.append("listing.no_sku")
    if readiness.pictures == 0:
        missing.append("listing.no_picture")
    if readiness.below_floor:
        missing.append("listing.below_floor")
    if readiness.above_ceiling:
        missing.append("listing.above_ceiling")
    return missing


def sku_faults(name: str, grams: int, price_fen: int) -> list[InvalidInput]:
    """What is wrong with a packing, each at its field: a name, 1 g to 500 kg, 1 fen to 100,000 yuan."""
    faults = []
    if not 1 <= len(name) <= 60:
        faults.append(InvalidInput("listing.sku_name", field="name"))
    if hides_something(name):
        faults.append(InvalidInput("text.hidden", field="name"))
    if not 1 <= grams <= MAX_GRAMS:
        faults.append(InvalidInput("listing.sku_grams", field="grams"))
    if not 1 <= price_fen <= MAX_PRICE_FEN:
        faults.append(InvalidInput("listing.sku_price", field="price_fen"))
    return faults


def grams_in(name: str) -> int | None:
    """The weight that a packing's name begins with, in whole grams: 5斤, 2.5公斤, 500克; None where there is none."""
    found = _WEIGHT.match(name)
    if found is None:
        return None
    grams = round(float(found[1]) * _GRAMS_OF[found[2].lower()])
    return grams if 1 <= grams <= MAX_GRAMS else None


def crossed(rows: Sequence[str], columns: Sequence[str]) -> list[list[str]]:
    """The names of packings that two lists of words make, a row for each of the first; without columns its words."""
    return [[composed((row, column)) for column in columns] if columns else [row] for row in rows]


def check_texts(title: str, subtitle: str, specs: Sequence[Sequence[str]], months: Iterable[int]) -> None:
    """Raises InvalidInput at the field that is too long, empty or no month."""
    if not 2 <= len(title) <= 60:
        raise InvalidInput("listing.title", field="title")
    if len(subtitle) > 120:
        raise InvalidInput("listing.subtitle", field="subtitle")
    check_line(title, "title")
    if len(specs) > MAX_SPECS or any(len(row) != 2 or not all(row) for row in specs):
        raise InvalidInput("listing.specs", field="specs")
    if any(not 1 <= month <= 12 for month in months):
        raise InvalidInput("listing.months", field="season_months")


def check_alt(words: str, field: str) -> None:
    """Raises InvalidInput at ``field`` where the words for who can't see a picture are missing or too long."""
    if not 1 <= len(words) <= LONGEST_ALT:
        raise InvalidInput("listing.alt", field=field)


def names_of_batch(shared: str, own: Sequence[str], count: int) -> list[str]:
    """A name for each of ``count`` pictures: its own, else the shared one with a number where there are several."""
    given = [*own[:count], *[""] * (count - len(own))]
    return [
        name or (f"{shared} {place}" if shared and count > 1 else shared)
        for place, name in enumerate(given, 1)
    ]


def check_reason(reason: str) -> None:
    """Raises InvalidInput at ``reason`` where the platform's word to a supplier is too short or too long."""
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidInput("moderation.reason", field="reason", least=SHORTEST_REASON, most=LONGEST_REASON)


def parse_specs(text: str) -> list[list[str]]:
    """One pair a line, ``保存:阴凉处七天`` with either colon; raises InvalidInput where a line has none."""
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        label, *rest = _SPEC_LINE.split(line.strip(), maxsplit=1)
        if not rest or not label.strip() or not rest[0].strip():
            raise InvalidInput("listing.specs", field="specs")
        rows.append([label.strip()[:20], rest[0].strip()[:120]])
    return rows


def income_share_bp(income_fen: int, price_fen: int) -> int:
    """What part of a price reaches households, in ten-thousandths, rounded down; 0 without a price."""
    return income_fen * 10_000 // price_fen if price_fen > 0 else 0


def moved(order: Sequence[int], item: int, step: int) -> list[int]:
    """``order`` with ``item`` one place earlier (−1) or later (1); unchanged at the end of the row."""
    places = list(order)
    at = places.index(item)
    to = min(len(places) - 1, max(0, at + (1 if step > 0 else -1)))
    places[at], places[to] = places[to], places[at]
    return places


@dataclass(frozen=True, slots=True)
class Tier:
    """What one unit costs, in fen, when at least ``min_units`` are bought at once."""

    min_units: int
    price_fen: int


def price_at(price_fen: int, tiers: Sequence[Tier], units: int) -> int:
    """The unit price of ``units`` units: the lowest tier they reach, never more than everybody's ``price_fen``."""
    return min([price_fen, *(tier.price_fen for tier in tiers if tier.min_units <= units)])


def next_tier(price_fen: int, tiers: Sequence[Tier], units: int) -> Tier | None:
    """The nearest tier that would make a unit cheaper than it is at ``units``; None where there is none."""
    now = price_at(price_fen, tiers, units)
    return min(
        (tier for tier in tiers if tier.min_units > units and tier.price_fen < now),
        key=lambda tier: tier.min_units,
        default=None,
    )


def check_tiers(price_fen: int, tiers: Sequence[Tier], floor_fen: int | None) -> None:
    """Whether these tiers may stand beside a price: more units, a lower price, never below the floor.

    Raises InvalidInput at ``min_units_<row>`` or ``price_fen_<row>``.
    """
    if len(tiers) > MAX_TIERS:
        raise InvalidInput("tiers.too_many", maximum=MAX_TIERS)
    before_units, before_fen = 1, price_fen
    for row, tier in enumerate(tiers):
        if not 2 <= tier.min_units <= MAX_TIER_UNITS:
            raise InvalidInput("tiers.min_units", field=f"min_units_{row}", maximum=MAX_TIER_UNITS)
        if tier.min_units <= before_units:
            raise InvalidInput("tiers.units_must_rise", field=f"min_units_{row}", before=before_units)
        if not 0 < tier.price_fen < before_fen:
            raise InvalidInput("tiers.price_must_fall", field=f"price_fen_{row}", before_fen=before_fen)
        if floor_fen is not None and tier.price_fen < floor_fen:
            raise InvalidInput("listing.price_below_floor", field=f"price_fen_{row}", floor_fen=floor_fen)
        before_units, before_fen = tier.min_units, tier.price_fen
