"""The thirteen counties and districts of Xi'an as tiles where they roughly lie: north is up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from marketplace.regions.queries import names_of
from marketplace.regions.rules import county_code_of

#: (county code, row, column)
TILES: tuple[tuple[str, int, int], ...] = (
    ("610117000000", 1, 4),
    ("610114000000", 1, 5),
    ("610112000000", 2, 3),
    ("610111000000", 2, 4),
    ("610115000000", 2, 5),
    ("610104000000", 3, 2),
    ("610102000000", 3, 3),
    ("610103000000", 3, 4),
    ("610113000000", 3, 5),
    ("610124000000", 4, 1),
    ("610118000000", 4, 2),
    ("610116000000", 4, 3),
    ("610122000000", 4, 4),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """``shade`` 0 (nothing there) to 4 (most); ``href`` is empty where there is nothing to see."""

    code: str
    name: str
    short: str
    row: int
    column: int
    count: int
    shade: int
    href: str
    chosen: bool


def county_tiles(counts: Mapping[str, int], address: Callable[[str], str], chosen: str = "") -> list[Tile]:
    """A tile for every county, with how many there are of what is counted."""
    names = names_of(code for code, _, _ in TILES)
    most = max((counts.get(code, 0) for code, _, _ in TILES), default=0)
    return [
        Tile(
            code=code,
            name=names.get(code, ""),
            short=names.get(code, "").removesuffix("区").removesuffix("县"),
            row=row,
            column=column,
            count=counts.get(code, 0),
            shade=_shade(counts.get(code, 0), most),
            href=address(code) if counts.get(code) else "",
            chosen=code == chosen,
        )
        for code, row, column in TILES
    ]


def _shade(count: int, most: int) -> int:
    return -(-4 * count // most) if most else 0


def short_address(code: str) -> str:
    """County and town as one writes them inside the city: 周至县马召镇."""
    county = county_code_of(code)
    names = names_of({county, code})
    return names.get(county, "") + (names.get(code, "") if code != county else "")
