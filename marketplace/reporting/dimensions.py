"""By what figures are told apart, and which figures there are."""

from enum import StrEnum

from certification.linkage.rules import IncomeKind
from marketplace.regions.rules import RegionLevel
from orders.ledger.rules import IncomeState


class Dimension(StrEnum):
    """Each line of an order has one value per dimension (several for ``OUTLET_COLLECTED``), or none.

    Where a line may have none, the key ``''`` sums all that have one; ``ALL`` has no other key.
    """

    ALL = "all"
    SUPPLIER = "supplier"
    PRODUCT = "product"
    CATEGORY = "category"
    UNIT = "unit"
    PAIRING = "pairing"
    #: ``<unit>:<nearness>``: how near what a unit bought is to whom it is paired with
    NEARNESS = "nearness"
    CHANNEL = "channel"
    #: the four roles of an outlet for an order: 代买, 自提, 上行, 引流
    OUTLET_PLACED = "outlet_placed"
    OUTLET_PICKUP = "outlet_pickup"
    OUTLET_COLLECTED = "outlet_collected"
    OUTLET_CHANNEL = "outlet_channel"


OUTLET_ROLES = (
    Dimension.OUTLET_PLACED,
    Dimension.OUTLET_PICKUP,
    Dimension.OUTLET_COLLECTED,
    Dimension.OUTLET_CHANNEL,
)
#: every line has a value, so that the sum over the keys is ``ALL``
COMPLETE = frozenset({Dimension.SUPPLIER, Dimension.PRODUCT, Dimension.CATEGORY})
#: what follows the pairing match and is counted anew with it
OF_PAIRINGS = frozenset({Dimension.PAIRING, Dimension.NEARNESS})


class Nearness(StrEnum):
    """How near a bought product is to whom the unit is paired with, nearest first."""

    HOUSEHOLD = "household"
    VILLAGE = "village"
    TOWN = "town"
    COUNTY = "county"
    CITY = "city"


#: levels that totals are kept at; a place that names no lower one stands for itself there (本级)
LEVELS = (RegionLevel.CITY, RegionLevel.COUNTY, RegionLevel.TOWN, RegionLevel.VILLAGE)

STATE_MEASURES = {state: f"{state.value}_fen" for state in IncomeState}
KIND_MEASURES = {kind: f"{kind.value}_fen" for kind in IncomeKind}
#: in the order of a total's figures
MEASURES = ("sales_fen", "fee_fen", "given_fen", *STATE_MEASURES.values(), *KIND_MEASURES.values(), "orders")
POSITION = {name: place for place, name in enumerate(MEASURES)}


def total_of(dimension: Dimension) -> Dimension:
    """Where the row '' of a dimension's sum is kept."""
    return Dimension.ALL if dimension in COMPLETE else dimension
