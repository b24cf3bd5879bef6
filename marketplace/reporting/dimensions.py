"""By what figures are told apart."""

from enum import StrEnum


class Dimension(StrEnum):
    ALL = "all"
    SUPPLIER = "supplier"
    PRODUCT = "product"
    CATEGORY = "category"
    UNIT = "unit"
    PAIRING = "pairing"
    CHANNEL = "channel"
    #: the four roles of an outlet for an order: 代买, 自提, 上行, 引流
    OUTLET_PLACED = "outlet_placed"
    OUTLET_PICKUP = "outlet_pickup"
    OUTLET_COLLECTED = "outlet_collected"
    OUTLET_CHANNEL = "outlet_channel"


class Grain(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Nearness(StrEnum):
    """How near a bought product is to whom the unit is paired with, nearest first."""

    HOUSEHOLD = "household"
    VILLAGE = "village"
    TOWN = "town"
    COUNTY = "county"
    CITY = "city"
