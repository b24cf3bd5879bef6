"""What an outlet is, and which places an outlet of each tier may serve."""

from enum import StrEnum

from marketplace.regions.rules import RegionLevel


class OutletTier(StrEnum):
    """三级电商网点, and the sales points beside them."""

    COUNTY_CENTER = "county_center"
    TOWN_STATION = "town_station"
    VILLAGE_POINT = "village_point"
    HALL = "hall"
    ZONE = "zone"
    COUNTER = "counter"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def level(self) -> RegionLevel:
        """The least level of region an outlet of this tier names."""
        return _LEVELS[self]

    def fits(self, level: RegionLevel) -> bool:
        """Whether an outlet of this tier may serve a region of this level: one of the three tiers exactly its own, a
        sales point a county or anything in it."""
        return level is self.level if self in THREE_TIERS else level.rank >= self.level.rank


_LABELS = {
    OutletTier.COUNTY_CENTER: "县级中心",
    OutletTier.TOWN_STATION: "镇级服务站",
    OutletTier.VILLAGE_POINT: "村级服务点",
    OutletTier.HALL: "专馆",
    OutletTier.ZONE: "专区",
    OutletTier.COUNTER: "专柜",
}
_LEVELS = {
    OutletTier.COUNTY_CENTER: RegionLevel.COUNTY,
    OutletTier.TOWN_STATION: RegionLevel.TOWN,
    OutletTier.VILLAGE_POINT: RegionLevel.VILLAGE,
    OutletTier.HALL: RegionLevel.COUNTY,
    OutletTier.ZONE: RegionLevel.COUNTY,
    OutletTier.COUNTER: RegionLevel.COUNTY,
}
THREE_TIERS = frozenset({OutletTier.COUNTY_CENTER, OutletTier.TOWN_STATION, OutletTier.VILLAGE_POINT})
#: what to choose for a tier, in words
WANTED = {
    OutletTier.COUNTY_CENTER: "选到区县为止",
    OutletTier.TOWN_STATION: "选到镇街为止",
    OutletTier.VILLAGE_POINT: "选到村",
}
