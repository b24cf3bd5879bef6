"""When each thing happens to an order, and which state it must therefore be in at a given moment."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from marketplace.kernel.clock import BUSINESS_ZONE

HISTORY_DAYS = 182
PAYDAYS = (5, 20)  # suppliers pay their households twice a month
_PAYDAY_HOUR = time(15, 0)
_SANDBOX_WINDOW = timedelta(minutes=30)
_TRANSFER_WINDOW = timedelta(days=7)
_UNPAID_DAYS = 3
_LATE_PAYDAYS = timedelta(days=16)
_TRIES = 5000


class Payment(StrEnum):
    SANDBOX = "sandbox"
    TRANSFER = "transfer"


class Target(StrEnum):
    """How far an order has come by the plan's ``now``.

    CANCELLED was paid and called off before the first parcel; EXPIRED was never paid in time. The refunded ones lose a
    part of one line: REFUNDED_BEFORE_PAYOUT within the after-sales window, REFUNDED_AFTER_PAYOUT as goodwill after the
    households had their money. BOUNCED was paid out, came back and is due again.
    """

    UNPAID = "unpaid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PAID = "paid"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"
    REFUNDED_BEFORE_PAYOUT = "refunded_before_payout"
    REFUNDED_AFTER_PAYOUT = "refunded_after_payout"
    DISBURSED = "disbursed"
    ACKNOWLEDGED = "acknowledged"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Aware UTC times; None for what never happens or hasn't happened by ``now``. Always in the order of the fields,
    except that a refund lies wherever it belongs, and that a unit may pay later. What comes in two batches has a first
    one; ``arrived_at`` is when goods to be fetched lay at their outlet.
    """

    placed_at: datetime
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    first_shipped_at: datetime | None = None
    first_accepted_at: datetime | None = None
    shipped_at: datetime | None = None
    arrived_at: datetime | None = None
    received_at: datetime | None = None
    completed_at: datetime | None = None
    disbursed_at: datetime | None = None
    bounced_at: datetime | None = None
    acknowledged_at: datetime | None = None
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Course:
    """All that would happen to an order left alone."""

    placed: datetime
    paid: datetime
    shipped: datetime
    received: datetime
    completed: datetime
    payday: datetime

    @property
    def acknowledged(self) -> datetime:
        return self.payday + timedelta(hours=28)

    @property
    def bounced(self) -> datetime:
        return self.payday + timedelta(hours=20)

    @property
    def refunded_after(self) -> datetime:
        return self.payday + timedelta(hours=44)

    @property
    def refunded_within(self) -> datetime:
        return self.received + (self.completed - self.received) / 2


_FITS: Mapping[Target, Callable[[_Course, datetime], bool]] = {
    Target.CANCELLED: lambda course, now: course.paid + timedelta(hours=2) <= now,
    Target.PAID: lambda course, now: course.paid <= now < course.shipped,
    Target.PARTIALLY_SHIPPED: lambda course, now: course.shipped <= now < course.received,
    Target.SHIPPED: lambda course, now: course.shipped <= now < course.received,
    Target.RECEIVED: lambda course, now: course.received <= now < course.completed,
    Target.COMPLETED: lambda course, now: course.completed <= now < course.payday + _LATE_PAYDAYS,
    Target.REFUNDED_BEFORE_PAYOUT: lambda course, now: course.refunded_within <= now < course.payday,
    Target.REFUNDED_AFTER_PAYOUT: lambda course, now: course.refunded_after <= now,
    Target.DISBURSED: lambda course, now: course.payday <= now,
    Target.ACKNOWLEDGED: lambda course, now: course.acknowledged <= now,
    Target.BOUNCED: lambda course, now: course.bounced <= now,
}
#: how many days back an order of this target may have been placed
_OLDEST = {
    Target.CANCELLED: 90,
    Target.PAID: 4,
    Target.PARTIALLY_SHIPPED: 8,
    Target.SHIPPED: 8,
    Target.RECEIVED: 14,
    Target.COMPLETED: 50,
    Target.REFUNDED_BEFORE_PAYOUT: 35,
    Target.BOUNCED: 70,
}


def next_payday(moment: datetime) -> datetime:
    """The first payday after ``moment``: 15:00 Shanghai time on one of ``PAYDAYS``."""
    local = moment.astimezone(BUSINESS_ZONE)
    for days in range(40):
        day = local.date() + timedelta(days=days)
        payday = datetime.combine(day, _PAYDAY_HOUR, tzinfo=BUSINESS_ZONE)
        if day.day in PAYDAYS and payday > local:
            return payday.astimezone(UTC)
    raise ValueError("no payday within forty days")


def at_hours(rng: random.Random, day: datetime, first_hour: int, last_hour: int) -> datetime:
    local = day.astimezone(BUSINESS_ZONE)
    clock = time(rng.randint(first_hour, last_hour), rng.randint(0, 59), rng.randint(0, 59))
    return datetime.combine(local.date(), clock, tzinfo=BUSINESS_ZONE).astimezone(UTC)


def _course(rng: random.Random, placed: datetime, payment: Payment, window_hours: int) -> _Course:
    if payment is Payment.SANDBOX:
        paid = placed + timedelta(seconds=rng.randint(40, 900))
    else:
        paid = at_hours(rng, placed + timedelta(days=rng.randint(1, 2)), 9, 17)
    shipped = at_hours(rng, paid + timedelta(days=rng.randint(1, 2)), 9, 17)
    received = at_hours(rng, shipped + timedelta(days=rng.randint(1, 3)), 10, 20)
    completed = received + timedelta(hours=window_hours)
    return _Course(placed, paid, shipped, received, completed, next_payday(completed))


def placed_times(rng: random.Random, now: datetime, target: Target, payment: Payment) -> datetime:
    """A moment at which an order bound for ``target`` may have been placed; not every such moment works out."""
    if target is Target.UNPAID and payment is Payment.SANDBOX:
        return now - timedelta(minutes=rng.randint(2, 20))
    if target is Target.UNPAID:
        return at_hours(rng, now - timedelta(days=rng.randint(1, _UNPAID_DAYS)), 8, 22)
    oldest = _OLDEST.get(target, HISTORY_DAYS)
    return at_hours(rng, now - timedelta(days=rng.randint(0, oldest)), 8, 22)


def moments_for(
    rng: random.Random, now: datetime, target: Target, payment: Payment, window_hours: int
) -> Moments:
    """Times for an order that stands at ``target`` at ``now``. Raises ValueError where none can be found."""
    for _ in range(_TRIES):
        placed = placed_times(rng, now, target, payment)
        if placed > now:
            continue
        if target is Target.UNPAID:
            return Moments(placed_at=placed)
        if target is Target.EXPIRED:
            expired = placed + (_SANDBOX_WINDOW if payment is Payment.SANDBOX else _TRANSFER_WINDOW)
            if expired <= now:
                return Moments(placed_at=placed, cancelled_at=expired)
            continue
        course = _course(rng, placed, payment, window_hours)
        if _FITS[target](course, now):
            return _cut(course, target, now)
    raise ValueError(f"no time fits {target.value}")


def _cut(course: _Course, target: Target, now: datetime) -> Moments:
    """The part of a course that has happened, for a target that fits."""

    def past(moment: datetime, *beyond: Target) -> datetime | None:
        return moment if moment <= now and target not in beyond else None

    if target is Target.CANCELLED:
        called_off = course.paid + timedelta(hours=1)
        return Moments(
            placed_at=course.placed, paid_at=course.paid, cancelled_at=called_off, refunded_at=called_off
        )
    paid_out = target in {
        Target.DISBURSED, Target.ACKNOWLEDGED, Target.BOUNCED, Target.REFUNDED_AFTER_PAYOUT,
    }  # fmt: skip
    refunded = {
        Target.REFUNDED_BEFORE_PAYOUT: course.refunded_within,
        Target.REFUNDED_AFTER_PAYOUT: course.refunded_after,
    }
    return Moments(
        placed_at=course.placed,
        paid_at=course.paid,
        shipped_at=past(course.shipped),
        received_at=past(course.received),
        completed_at=past(course.completed),
        disbursed_at=course.payday if paid_out else None,
        bounced_at=course.bounced if target is Target.BOUNCED else None,
        acknowledged_at=course.acknowledged if target is Target.ACKNOWLEDGED else None,
        refunded_at=refunded.get(target),
    )
