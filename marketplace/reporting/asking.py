"""What an address asks for. Every choice of a report lives there: region, period, what the rows are, a filter."""

from dataclasses import dataclass
from typing import Any

from flask import request

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.regions.queries import RegionRow, path_of, rows_of
from marketplace.regions.rules import is_within
from marketplace.reporting.by_key import DIMENSIONS, By
from marketplace.reporting.dimensions import OUTLET_ROLES, Dimension
from marketplace.reporting.order_lists import OrderFilter
from marketplace.reporting.queries import region_for, roots_of
from marketplace.reporting.rules import Period, read_period

_LONGEST_KEY = 40


@dataclass(frozen=True, slots=True)
class Asking:
    region: RegionRow
    period: Period
    by: By = By.REGION
    category: str = ""

    def args(self, **changes: Any) -> dict[str, Any]:
        """The arguments of a link that differs in ``changes``; None leaves one out."""
        args: dict[str, Any] = {"region": self.region.code, **self.period.args()}
        if self.by is not By.REGION:
            args["by"] = self.by.value
        if self.category:
            args["category"] = self.category
        return {name: value for name, value in (args | changes).items() if value is not None}


def asked_period() -> Period:
    """What can't be read is the current month."""
    return read_period(
        request.args.get("period", ""),
        request.args.get("from", ""),
        request.args.get("to", ""),
        clock.today(),
    )


def asked() -> Asking:
    """Raises NotFound for a region outside the reader's scope; what can't be read falls back."""
    by = request.args.get("by", "")
    region = region_for(require_actor(), request.args.get("region", ""))
    category = request.args.get("category", "")[:_LONGEST_KEY].replace("\0", "")
    return Asking(region, asked_period(), By(by) if by in tuple(By) else By.REGION, category)


def asked_orders() -> tuple[Asking, OrderFilter]:
    """The total whose orders are asked for."""
    asking = asked()
    key = request.args.get("key", "")[:_LONGEST_KEY].replace("\0", "")
    dimension, value = _dimension(asking, key)
    is_own = request.args.get("own") == "1"
    return asking, OrderFilter(asking.region, asking.period, dimension, value, is_own)


def _dimension(asking: Asking, key: str) -> tuple[Dimension, str]:
    if asking.by is By.OUTLET:
        role = request.args.get("role", "")
        return (Dimension(role) if role in OUTLET_ROLES else Dimension.OUTLET_PLACED), key
    if asking.by in (By.SUPPLIER, By.PRODUCT, By.CATEGORY) and key:
        return DIMENSIONS[asking.by], key
    if asking.by in DIMENSIONS and asking.by not in (By.SUPPLIER, By.PRODUCT, By.CATEGORY):
        return DIMENSIONS[asking.by], key
    return (Dimension.CATEGORY, asking.category) if asking.category else (Dimension.ALL, "")


def regions_above(region: RegionRow) -> list[RegionRow]:
    """The regions above, as far as this person may look up."""
    scopes = list(rows_of(roots_of(require_actor())).values())
    return [
        above
        for above in path_of(region.code)
        if above.code != region.code
        and any(is_within(above.code, scope.code, scope.level) for scope in scopes)
    ]
