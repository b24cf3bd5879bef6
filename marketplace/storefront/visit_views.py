"""What the page of a visit says beside that of goods: its calendar, and the day that was chosen."""

from typing import Any

from flask import request

from catalog.visits.calendars import calendar_of, find_day, may_be_booked
from catalog.visits.queries import DayRow, days_of, find_offer
from catalog.visits.rules import free_until
from marketplace.kernel import clock


def calendar_context(listing_id: int) -> dict[str, Any]:
    """Two statements. ``shown`` is the chosen day, else the first that can be booked, whose money is shown."""
    offer, days = find_offer(listing_id), days_of(listing_id)
    if offer is None:
        return dict.fromkeys(("offer", "view", "chosen_day", "shown_day", "free_until", "is_free"))
    now = clock.now()
    asked = find_day(days, request.args.get("on", ""))
    chosen = asked if asked is not None and may_be_booked(asked, offer, now) else None
    open_days = (row for row in days if may_be_booked(row, offer, now))
    least: DayRow | None = min(open_days, key=lambda row: row.price_fen, default=None)
    view = calendar_of(days, offer, request.args.get("month", ""), chosen.on if chosen else None)
    until = free_until(chosen.on, offer.begins_hour, offer.free_hours) if chosen else None
    return {
        "offer": offer,
        "view": view,
        "chosen_day": chosen,
        "shown_day": chosen or least or next(iter(days), None),
        "free_until": until,
        "is_free": until is not None and until > now,
    }
