"""What an outlet is."""

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
