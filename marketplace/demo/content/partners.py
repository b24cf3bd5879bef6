"""Partner units, whom they support, and outlets: as the files say it, and as plans with real dates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

_FIRST_OUTLET_PHONE = 201


class UnitStage(StrEnum):
    """How far a unit's admission has come."""

    ADMITTED = "admitted"
    SUBMITTED = "submitted"
    RETURNED = "returned"


class Tier(StrEnum):
    """县级中心, 镇级服务站, 村级服务点, 专馆, 专区, 专柜."""

    COUNTY_CENTER = "county_center"
    TOWN_STATION = "town_station"
    VILLAGE_POINT = "village_point"
    HALL = "hall"
    ZONE = "zone"
    COUNTER = "counter"


#: how much of a code tells the place of those that collect produce
_PREFIXES = {Tier.TOWN_STATION: 9, Tier.VILLAGE_POINT: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """``years`` ago it began; an ended one ended with the year before last. ``target`` is yuan a year; ``household``
    counts from 1, 0 is the whole village."""

    village: str
    kind: str
    years: int
    target: int
    household: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPlan:
    """Yuan; a canteen of None is 无食堂."""

    target: int
    canteen: int | None = None
    union: int | None = None
    platform_832: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    code: str
    name: str
    kind: str
    region: str
    contact: str
    phone: str
    uscc: str
    weight: int
    state: UnitStage = UnitStage.ADMITTED
    reason: str = ""
    year: YearPlan | None = None
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """``name`` is empty where the place's own name makes it. ``region`` names it, but for sales points, which share
    counties."""

    code: str
    tier: Tier
    region: str
    street: str
    address: str
    phone: str
    name: str = ""

    @property
    def collects(self) -> bool:
        return self.tier in _PREFIXES

    def is_near(self, village: str) -> bool:
        """Whether a station or a point serves this village."""
        return village.startswith(self.region[: _PREFIXES[self.tier]])


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangementPlan:
    """Days and yuan of one arrangement; ``household`` is a code, "" for the village."""

    unit: str
    village: str
    household: str
    kind: str
    starts_on: date
    ends_on: date | None
    targets: Mapping[int, int]


def unit_of(row: dict[str, Any]) -> Unit:
    year = row.pop("year", None)
    return Unit(
        state=UnitStage(row.pop("state", UnitStage.ADMITTED)),
        year=YearPlan(**year) if year else None,
        pairs=tuple(Pair(**pair) for pair in row.pop("pairs", [])),
        **row,
    )


def outlets_of(places: dict[str, Any], counties: Sequence[str]) -> tuple[Outlet, ...]:
    """A center for each county, the stations and points of the file, and the sales points."""
    wanted = [
        *((Tier.COUNTY_CENTER, code, f"{code[:6]}001000", f"示例街{index}号", "") for index, code in enumerate(counties, 1)),
        *((Tier.TOWN_STATION, code, code, f"示例路{index}号", "") for index, code in enumerate(places["town_stations"], 1)),
        *(
            (Tier.VILLAGE_POINT, code, f"{code[:9]}000", f"村委会旁示例{index}号", "")
            for index, code in enumerate(places["village_points"], 1)
        ),
        *(
            (Tier(each["tier"]), each["region"], each["street"], each["address"], each["name"])
            for each in places["sales_point"]
        ),
    ]  # fmt: skip
    numbers: dict[str, int] = {}
    found = []
    for index, (tier, region, street, address, name) in enumerate(wanted):
        county = region[:6]
        numbers[county] = numbers.get(county, 0) + 1
        found.append(
            Outlet(
                code=f"WD-{county}-{numbers[county]:04d}",
                tier=tier,
                region=region,
                street=street,
                address=address,
                phone=f"1990000{_FIRST_OUTLET_PHONE + index:04d}",
                name=name,
            )
        )
    return tuple(found)


def plan_arrangements(units: Mapping[str, Unit], today: date) -> Iterator[ArrangementPlan]:
    """Every arrangement with its days and the targets of this year and the last; an ended one has those of its last."""
    for unit in units.values():
        for pair in unit.pairs:
            starts_on = date(today.year - pair.years, 1 + len(pair.village + unit.code) % 3, 1)
            last = today.year - 2 if pair.ended else today.year
            yield ArrangementPlan(
                unit=unit.code,
                village=pair.village,
                household=f"HH-{pair.village}-{pair.household:02d}" if pair.household else "",
                kind=pair.kind,
                starts_on=starts_on,
                ends_on=date(last, 12, 31) if pair.ended else None,
                targets={
                    year: pair.target
                    for year in ((last,) if pair.ended else (last - 1, last))
                    if year >= starts_on.year
                },
            )
