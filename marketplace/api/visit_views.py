"""Visits (采摘, 农家乐, 民宿): the dates of a listing."""

from typing import Any

from catalog.visits.calendars import may_be_booked
from catalog.visits.queries import DayRow, days_of, find_offer
from catalog.visits.rules import Month, OfferFacts, begins_at, free_until, parse_month
from marketplace.api import links, queries
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound


def dates(ask: Ask, product_id: int) -> Answer:
    """The open days of a month, from today on. A listing of goods has none, not even an empty list."""
    if not queries.get_product(product_id).is_visit:
        raise NotFound
    month = parse_month(ask.query.get("month", "")) or Month.of(clock.today())
    offer = find_offer(product_id)
    days = [row for row in days_of(product_id) if row.is_open] if offer is not None else []
    there_is_more = any(row.on >= month.next.first for row in days)
    return Answer(
        {
            "items": [_date(row, offer) for row in days if offer is not None and Month.of(row.on) == month],
            "next": links.again(month=month.next.code) if there_is_more else None,
        }
    )


def _date(row: DayRow, offer: OfferFacts) -> dict[str, Any]:
    return {
        "sku_id": row.sku_id,
        "on": row.on,
        "price_fen": row.price_fen,
        "income_fen": row.income_fen,
        "left": row.left,
        "can_be_booked": may_be_booked(row, offer, clock.now()),
        "begins_at": begins_at(row.on, offer.begins_hour),
        "free_until": free_until(row.on, offer.begins_hour, offer.free_hours),
    }
