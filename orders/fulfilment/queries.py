"""Reading deliveries and what suppliers ask for freight."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from marketplace.kernel.db import read
from orders.fulfilment.models import FreightRule
from orders.fulfilment.rules import FreightTerms

_RULES = select(
    FreightRule.supplier_id,
    FreightRule.province_code,
    FreightRule.basis,
    FreightRule.first_size,
    FreightRule.first_fen,
    FreightRule.next_size,
    FreightRule.next_fen,
    FreightRule.free_over_fen,
    FreightRule.is_excluded,
).where(FreightRule.supplier_id.in_(bindparam("suppliers", expanding=True)))


def freight_rules(supplier_ids: Collection[int]) -> dict[int, list[FreightTerms]]:
    """Freight terms by supplier; an empty list for one that has none. One query."""
    found: dict[int, list[FreightTerms]] = {supplier_id: [] for supplier_id in supplier_ids}
    if found:
        for row in read(_RULES, {"suppliers": sorted(found)}):
            found[row.supplier_id].append(FreightTerms(*row[1:]))
    return found
