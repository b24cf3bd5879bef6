"""Places of the city as people write them in a table: by code, or by county, town and village.

Names are met with and without their last word (周至 and 周至县, 群兴村村委会 and 群兴村). Where a name fits several
places nothing is guessed: the candidates are named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import RegionRow, descendants_of, path_of
from marketplace.regions.rules import RegionLevel, place_name

SHOWN = 5
_SUFFIXES = {
    RegionLevel.COUNTY: ("县", "区"),
    RegionLevel.TOWN: ("街道办事处", "街道", "镇", "乡"),
    RegionLevel.VILLAGE: ("社区居委会", "居委会", "社区", "村"),
}
_WORDS = {RegionLevel.COUNTY: "区县", RegionLevel.TOWN: "镇街", RegionLevel.VILLAGE: "村（社区）"}


@dataclass(frozen=True, slots=True)
class WrittenPlace:
    """The cells of a row; "" where one is empty."""

    code: str = ""
    county: str = ""
    town: str = ""
    village: str = ""

    def __bool__(self) -> bool:
        return bool(self.code or self.county or self.town or self.village)

    @property
    def names(self) -> list[tuple[str, RegionLevel, str]]:
        """(cell, level, name) from the county down, written ones only."""
        cells = (
            ("county", RegionLevel.COUNTY, self.county),
            ("town", RegionLevel.TOWN, self.town),
            ("village", RegionLevel.VILLAGE, self.village),
        )
        return [cell for cell in cells if cell[2]]


class UnknownPlace(Exception):
    """``cell`` is the field of WrittenPlace that is wrong; the text says in Chinese what about it."""

    def __init__(self, cell: str, text: str) -> None:
        super().__init__(text)
        self.cell = cell
        self.text = text


class Places:
    """All divisions of the city in memory: for a table of thousands of rows."""

    def __init__(self, rows: Iterable[RegionRow]) -> None:
        self._rows = {row.code: row for row in rows}
        self._named: dict[tuple[RegionLevel, str], list[RegionRow]] = {}
        for row in self._rows.values():
            for name in _spellings(row):
                self._named.setdefault((row.level, name), []).append(row)

    def by_code(self, code: str) -> RegionRow | None:
        return self._rows.get(code)

    def find(self, written: WrittenPlace) -> RegionRow:
        """The one place meant; raises UnknownPlace."""
        named = self._by_names(written) if written.names else []
        if not written.code:
            return self._only(written, named)
        row = self._rows.get(written.code)
        if row is None:
            raise UnknownPlace("code", f"西安市没有代码是“{written.code[:20]}”的地方，代码是 12 位数字")
        if written.names and row not in named:
            cell = written.names[-1][0]
            text = f"和代码对不上：{row.code} 是{self.full_name(row)}。两样写一样就行，要写就写一致"
            raise UnknownPlace(cell, text)
        return row

    def _by_names(self, written: WrittenPlace) -> list[RegionRow]:
        found: list[RegionRow] = []
        above: list[RegionRow] | None = None
        for cell, level, name in written.names:
            met = self._named.get((level, name)) or self._named.get((level, place_name(name)), [])
            found = [row for row in met if _below(row, above)]
            if not found:
                where = "、".join(self.full_name(row) for row in above[:SHOWN]) if above else "西安市"
                raise UnknownPlace(cell, f"{where}没有叫“{name[:20]}”的{_WORDS[level]}")
            above = found
        return found

    def _only(self, written: WrittenPlace, found: list[RegionRow]) -> RegionRow:
        if not found:
            raise UnknownPlace("village", "请写代码，或者写区县、镇街和村")
        if len(found) > 1:
            names = "、".join(f"{self.full_name(row)}（{row.code}）" for row in found[:SHOWN])
            more = f"等 {len(found)} 处" if len(found) > SHOWN else ""
            raise UnknownPlace(
                written.names[-1][0], f"有 {len(found)} 处同名：{names}{more}。请写全区县和镇街，或者写代码"
            )
        return found[0]

    def names_of(self, code: str) -> dict[RegionLevel, str]:
        """What to write in the cells for this place, by level."""
        found: dict[RegionLevel, str] = {}
        row = self._rows.get(code)
        while row is not None:
            found[row.level] = place_name(row.name)
            row = self._rows.get(row.parent_code or "")
        return found

    def full_name(self, row: RegionRow) -> str:
        """周至县马召镇群兴村: below the city, which all of them share."""
        return "".join(reversed(self.names_of(row.code).values()))


def load_places() -> Places:
    """Every division below the city, which is then known with the way down to it; one query, the first time two."""
    return Places(descendants_of(path_of(CITY_CODE)[-1].code))


def _below(row: RegionRow, above: Collection[RegionRow] | None) -> bool:
    return above is None or any(row.code.startswith(parent.prefix) for parent in above)


def _spellings(row: RegionRow) -> set[str]:
    """How the place may be written; a name of one sign is none (县 of 蓝县 …)."""
    found = {row.name, place_name(row.name)}
    for suffix in _SUFFIXES.get(row.level, ()):
        found |= {name.removesuffix(suffix) for name in set(found) if len(name) - len(suffix) >= 2}
    return found
