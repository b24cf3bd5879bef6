"""Pure rules of bookings."""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput
from orders.ordering.workflow import OrderState

_CODE = re.compile(r"(?a:\d{8})")
#: what the buyer's QR code says is an address; a scanner may type all of it
_IN_ADDRESS = re.compile(r"(?a:[?&]code=(\d{8})\Z)")


def clean_code(text: str) -> str:
    """The eight digits of a code as typed or scanned; raises InvalidInput ``visits.code_form`` for what can be none."""
    short = re.sub(r"[\s-]", "", text)
    found = _IN_ADDRESS.search(short)
    code = found.group(1) if found else short
    if not _CODE.fullmatch(code):
        raise InvalidInput("visits.code_form", field="code")
    return code


def is_movable(state: OrderState, free_until: datetime | None, moment: datetime) -> bool:
    """Whether a paid visit may still be moved or given back free of charge."""
    return state is OrderState.RELEASED and free_until is not None and moment < free_until


class VisitState(StrEnum):
    """Where a booking stands, read from its order and from whether its code was taken."""

    UNPAID = "unpaid"
    EXPECTED = "expected"
    MADE = "made"
    #: nobody came: the place was kept, as agreed
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


def visit_state(order: OrderState, redeemed_at: datetime | None) -> VisitState:
    if order is OrderState.PLACED:
        return VisitState.UNPAID
    if order is OrderState.CANCELLED:
        return VisitState.CANCELLED
    if order is OrderState.RELEASED:
        return VisitState.EXPECTED
    return VisitState.LAPSED if redeemed_at is None else VisitState.MADE


def moved_until(free_until: datetime, before: date, after: date) -> datetime:
    """The hours that were agreed go along to another day, whatever the listing says since."""
    return free_until + timedelta(days=(after - before).days)


def last_lapsed_day(today: date, lapse_days: int) -> date:
    """Visits up to this day that were not redeemed count as made."""
    return today - timedelta(days=lapse_days + 1)
