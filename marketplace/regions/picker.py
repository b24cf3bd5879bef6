"""The data behind ``region_picker``: which selects to show, what each offers, and which code was chosen.

Reads a form's or an address's values as given: a code from elsewhere, or one that is not below its parent, is dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.regions import queries
from marketplace.regions.rules import NATION_CODE, RegionLevel

CITY_CODE = "610100000000"  # 西安市: suppliers, households and officials are of this city
#: where a new address begins until its owner says otherwise: most who buy here live in the city
HOME = (f"{CITY_CODE[:2]}0000000000", CITY_CODE)
BELOW_CITY = ("区县", "镇街", "村（社区）")
NATIONAL = ("省", "市", "区县", "镇街")


@dataclass(frozen=True, slots=True)
class Level:
    """One select: its label, the chosen code or "", and (code, name) of what may be chosen."""

    label: str
    code: str
    choices: list[tuple[str, str]]


def levels(root: str, labels: Sequence[str], chosen: Sequence[str]) -> list[Level]:
    """The selects below ``root``; a chosen code counts only while it lies directly below the one before it."""
    parent, found = root, []
    below = queries.children_of_each({root, *chosen[: len(labels) - 1]})
    for position, label in enumerate(labels):
        choices = [(row.code, row.name) for row in below.get(parent, [])]
        wanted = chosen[position] if position < len(chosen) else ""
        code = wanted if any(wanted == offered for offered, _ in choices) else ""
        found.append(Level(label, code, choices))
        parent = code
    return found


def chosen_in(values: Mapping[str, str], name: str, count: int) -> list[str]:
    """``region_1`` … ``region_n`` as sent."""
    return [values.get(f"{name}_{number}", "") for number in range(1, count + 1)]


def path_below(root: str, code: str | None) -> list[str]:
    """The codes that choose ``code`` in a picker below ``root``; empty for None or a code from elsewhere."""
    if not code or queries.find_region(code) is None:
        return []
    path = [row.code for row in queries.path_of(code)]
    if root == NATION_CODE:  # a path begins below the nation
        return path
    return path[path.index(root) + 1 :] if root in path else []


def deepest(shown: Sequence[Level]) -> str:
    """The lowest code chosen, or ""."""
    return next((level.code for level in reversed(shown) if level.code), "")


def is_village_of_city(code: str) -> bool:
    """Whether this is a village or community of Xi'an; any text may be asked for."""
    region = queries.find_region(code)
    return region is not None and region.level is RegionLevel.VILLAGE and code.startswith(CITY_CODE[:4])
