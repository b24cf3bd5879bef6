"""Orders fetched at an outlet: they arrive and get a code, and go to whoever says it.

The code is the buyer's. An outlet never reads it from a list: it is typed, and what it opens is shown only then. Wrong
codes are counted per operator, for six digits can be guessed by somebody who may try for ever.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock, crypto
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.plain_text import one_line
from marketplace.kernel.transaction import transactional
from marketplace.outlets.models import Outlet
from orders.fulfilment.commands import mark_received
from orders.fulfilment.models import Pickup
from orders.fulfilment.parameters import (
    AUTO_RECEIVE_DAYS,
    PICKUP_DAYS,
    PICKUP_TRIES,
    PICKUP_TRY_MINUTES,
)
from orders.ordering import commands as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.workflow import OrderState
from orders.payments.capture import locked_order

_CODE = re.compile(r"(?a:\d{6})")
_MAX_SHELF = 20
#: on its way or already called received by a buyer who was quick
ARRIVES_IN = (OrderState.SHIPPED, OrderState.RECEIVED)
_WRONG = "pickup.wrong_code"


@dataclass(frozen=True, slots=True)
class Found:
    """What a right code opens."""

    pickup_id: int
    order_id: int


def require_outlet(actor: Actor, outlet_id: int) -> None:
    """Raises NotFound for an outlet this person does not work."""
    if outlet_id not in actor.outlet_ids:
        raise NotFound


@transactional
def arrive(actor: Actor, outlet_id: int, number: str, shelf: str = "") -> None:
    """An order's goods lie at the outlet from now on; the buyer gets a code.

    Raises NotFound for an order that is not for this outlet, Conflict when it is not all on its way or has arrived.
    """
    require_outlet(actor, outlet_id)
    # new codes of one outlet are chosen one after the other
    db.session.execute(select(Outlet.id).where(Outlet.id == outlet_id).with_for_update())
    order_id = db.session.scalar(
        select(Order.id).where(Order.number == number, Order.pickup_outlet_id == outlet_id)
    )
    if order_id is None:
        raise NotFound
    order = locked_order(order_id)
    if order.state not in ARRIVES_IN:
        raise Conflict("pickups.not_on_its_way")
    if db.session.scalar(select(Pickup.id).where(Pickup.order_id == order_id)) is not None:
        raise Conflict("pickups.arrived_already")
    code = _new_code(outlet_id)
    db.session.add(
        Pickup(
            order_id=order_id,
            outlet_id=outlet_id,
            code=code,
            code_digest=digest_of(outlet_id, code),
            shelf=clean_shelf(shelf),
            arrived_at=clock.now(),
            arrived_by=actor.user_id,
        )
    )
    if order.auto_receive_at is not None:
        # who has time to fetch it must not be taken to have it
        waits = timedelta(days=PICKUP_DAYS.get() + AUTO_RECEIVE_DAYS.get())
        order.auto_receive_at = max(order.auto_receive_at, clock.now() + waits)
    db.session.flush()
    ordering.add_event(order_id, "arrive", actor.user_id)
    audit.record(actor.user_id, "pickup.arrive", "order", order_id, {"outlet": outlet_id})


def clean_shelf(text: str) -> str:
    return one_line(text)[:_MAX_SHELF]


def digest_of(outlet_id: int, code: str) -> str:
    return crypto.lookup_digest("pickup", f"{outlet_id}:{code}")


def _new_code(outlet_id: int) -> str:
    """Six digits nobody else at this outlet waits with."""
    while True:
        code = f"{secrets.randbelow(10**6):06d}"
        taken = select(Pickup.id).where(
            Pickup.outlet_id == outlet_id,
            Pickup.code_digest == digest_of(outlet_id, code),
            Pickup.handed_over_at.is_(None),
        )
        if db.session.scalar(taken) is None:
            return code


def clean_code(text: str) -> str:
    """The digits of a code as typed or scanned; raises InvalidInput ``pickups.code_form`` for what can be none."""
    code = re.sub(r"[\s-]", "", text)
    if not _CODE.fullmatch(code):
        raise InvalidInput("pickups.code_form", field="code")
    return code


def find_by_code(actor: Actor, outlet_id: int, text: str) -> Found:
    """What waits under a code. Raises InvalidInput ``pickups.wrong_code`` alike for every code that opens nothing, and
    Conflict ``pickups.wait`` after too many of them."""
    require_outlet(actor, outlet_id)
    code = clean_code(text)
    found = _try_code(actor.user_id, outlet_id, code)
    if found is None:
        raise InvalidInput("pickups.wrong_code", field="code")
    return found


@transactional
def _try_code(user_id: int, outlet_id: int, code: str) -> Found | None:
    """One try after the other: tries made at once must not all be counted before the first is noted."""
    db.session.execute(select(Outlet.id).where(Outlet.id == outlet_id).with_for_update())
    if _wrong_tries(user_id, outlet_id) >= PICKUP_TRIES.get():
        raise Conflict("pickups.wait", field="code", minutes=PICKUP_TRY_MINUTES.get())
    row = db.session.execute(
        select(Pickup.id, Pickup.order_id).where(
            Pickup.outlet_id == outlet_id,
            Pickup.code_digest == digest_of(outlet_id, code),
            Pickup.handed_over_at.is_(None),
        )
    ).first()
    if row is None:
        audit.record(user_id, _WRONG, "pickup_code", outlet_id)
        return None
    return Found(row[0], row[1])


def _wrong_tries(user_id: int, outlet_id: int) -> int:
    since = clock.now() - timedelta(minutes=PICKUP_TRY_MINUTES.get())
    return (
        db.session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(
                AuditEntry.subject == "pickup_code",
                AuditEntry.subject_id == str(outlet_id),
                AuditEntry.actor_id == user_id,
                AuditEntry.at > since,
            )
        )
        or 0
    )


def hand_over(actor: Actor, outlet_id: int, text: str) -> int:
    """Give what waits under a code to the person who said it: the buyer has received it. Returns the order's id.

    Raises as ``find_by_code``; Conflict when all of it was refunded or somebody else handed it over a moment ago.
    """
    found = find_by_code(actor, outlet_id, text)
    _hand_over(actor.user_id, outlet_id, found)
    return found.order_id


@transactional
def _hand_over(user_id: int, outlet_id: int, found: Found) -> None:
    order = locked_order(found.order_id)
    if sum(units_left(found.order_id).values()) == 0:
        raise Conflict("pickups.refunded")
    handed = db.session.execute(
        update(Pickup)
        .where(Pickup.id == found.pickup_id, Pickup.handed_over_at.is_(None))
        .values(handed_over_at=clock.now(), handed_over_by=user_id)
        .execution_options(synchronize_session=False)
    )
    if handed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("pickups.handed_over")
    if order.state is OrderState.SHIPPED:
        mark_received(found.order_id, user_id, "在网点凭取件码交付")
    audit.record(user_id, "pickup.hand_over", "order", found.order_id, {"outlet": outlet_id})


def units_left(order_id: int) -> Mapping[int, int]:
    """Units by line that still are the buyer's."""
    rows = db.session.execute(
        select(OrderLine.id, OrderLine.units - OrderLine.refunded_units).where(OrderLine.order_id == order_id)
    )
    return {line_id: units for line_id, units in rows}  # noqa: C416 - dict() can't type a row
