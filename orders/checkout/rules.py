"""Pure rules of placing: what a buyer confirmed, and until when the goods are kept."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from marketplace.kernel.clock import local_date, local_day_start
from marketplace.kernel.working_days import add_working_days
from orders.ordering.rules import PaymentMethod

#: (sku id, units, unit price in fen, certificate id)
ConfirmedLine = tuple[int, int, int, int]
#: (supplier id, freight in fen)
ConfirmedFreight = tuple[int, int]
#: (sku id, the supplier's discount in fen, subsidy in fen)
ConfirmedDiscount = tuple[int, int, int]
#: (sku id, the last day it is promised to be shipped, ISO)
ConfirmedPromise = tuple[int, str]


def digest_of(
    lines: Sequence[ConfirmedLine],
    freights: Sequence[ConfirmedFreight],
    discounts: Sequence[ConfirmedDiscount] = (),
    promises: Sequence[ConfirmedPromise] = (),
) -> str:
    """A short name of everything that was shown: if price, certificate, quantity, freight, a coupon's worth or the day
    a pre-sold line is promised for changed since, it differs.

    Freight that was not known yet counts as 0, which is also what was shown as the total.
    """
    everything = [sorted(lines), sorted(freights), sorted(discounts), sorted(promises)]
    shown = json.dumps(everything, separators=(",", ":"))
    return hashlib.sha256(shown.encode()).hexdigest()[:32]


def reserved_until(now: datetime, method: PaymentMethod, minutes_online: int, days_transfer: int) -> datetime:
    """When an unpaid order gives its stock back: minutes later, or at the end of the last working day."""
    if method is PaymentMethod.ONLINE:
        return now + timedelta(minutes=minutes_online)
    last = add_working_days(local_date(now), days_transfer)
    return local_day_start(last + timedelta(days=1))
