"""When a parcel may be expected: the supplier's promise to send it, and the days it is under way, which are data.

The days are orders of magnitude (see ``data/SOURCE.md``), so what comes of them is a range and is called 预计.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from marketplace.regions.rules import province_code_of

DATA = Path(__file__).parent / "data" / "transit_days.csv"
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Transit:
    """Days from the sender's door to the buyer's, as a rule: at least, at most."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """The days between which a parcel may be expected, both inclusive."""

    first: date
    last: date


@cache
def transit_days() -> dict[str, Transit]:
    """By the province's code."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {
            row["province_code"]: Transit(int(row["least"]), int(row["most"])) for row in csv.DictReader(file)
        }


def arrival(region_code: str, paid_on: date, ship_within_hours: int) -> Arrival | None:
    """For what is paid on a day and goes to a place in a province: the first day if it leaves at once, the last if it
    leaves as late as promised (begun days count whole). None where nothing is known of the way.

    Raises ValueError for what is no region's code.
    """
    transit = transit_days().get(province_code_of(region_code))
    if transit is None:
        return None
    latest = -(-ship_within_hours // HOURS_A_DAY)
    return Arrival(paid_on + timedelta(days=transit.least), paid_on + timedelta(days=latest + transit.most))
