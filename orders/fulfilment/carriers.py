"""Carriers are data: a name, the hotline a buyer may ring, how their numbers look. Another one is another line.

The patterns only warn a clerk whose hand slipped: carriers change their numbers without asking.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "carriers.csv"


@dataclass(frozen=True, slots=True)
class Carrier:
    """``pattern`` empty: the supplier brings it itself, there is no number to look up."""

    name: str
    hotline: str
    pattern: str

    def looks_right(self, number: str) -> bool:
        return not self.pattern or re.fullmatch(self.pattern, number.upper()) is not None


@cache
def carriers() -> dict[str, Carrier]:
    """By name, in the order of the file."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {row["name"]: Carrier(**row) for row in csv.DictReader(file)}


def hotline_of(name: str) -> str:
    """ "" for a carrier that is not in the file (any more)."""
    found = carriers().get(name)
    return found.hotline if found is not None else ""
