"""To which of a unit's arrangements a bought line counts. Pure.

Each line counts once, at its nearest match: to a household that it brings income, else to a village it comes from or
whose households it brings income, else to their town, county, city; among equals to the arrangement that began first.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.regions.rules import RegionLevel
from marketplace.reporting.dimensions import Nearness

_LEVELS = {
    Nearness.VILLAGE: RegionLevel.VILLAGE,
    Nearness.TOWN: RegionLevel.TOWN,
    Nearness.COUNTY: RegionLevel.COUNTY,
    Nearness.CITY: RegionLevel.CITY,
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What of an arrangement decides; ``ends_on`` is included, None is open."""

    id: int
    village_code: str
    household_id: int | None
    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """``places`` are the codes of where it comes from and of the villages of ``household_ids`` it brings income."""

    line_id: int
    paid_on: date
    places: Collection[str]
    household_ids: Collection[int]


def nearness_of(arrangement: Arrangement, line: BoughtLine) -> Nearness | None:
    """How near the line is to whom the arrangement supports; None when it is of another city."""
    if arrangement.household_id is not None and arrangement.household_id in line.household_ids:
        return Nearness.HOUSEHOLD
    for nearness, level in _LEVELS.items():
        prefix = arrangement.village_code[: level.prefix_length]
        if any(place.startswith(prefix) for place in line.places):
            return nearness
    return None


def match(line: BoughtLine, arrangements: Iterable[Arrangement]) -> tuple[int, Nearness] | None:
    """The arrangement the line counts to and how near it is; None without one in force on the day of payment."""
    order = list(Nearness)
    found = [
        (order.index(nearness), arrangement.starts_on, arrangement.id)
        for arrangement in arrangements
        if arrangement.covers(line.paid_on) and (nearness := nearness_of(arrangement, line)) is not None
    ]
    if not found:
        return None
    place, _, arrangement_id = min(found)
    return arrangement_id, order[place]
