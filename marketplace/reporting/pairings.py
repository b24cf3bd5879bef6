"""Which arrangement each paid line of a unit counts to: written when it is paid, and anew when arrangements change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, select

from marketplace.kernel.clock import local_date
from marketplace.kernel.db import db, insert_rows
from marketplace.pairing.models import PairingArrangement
from marketplace.parties.models import PartnerUnit
from marketplace.reporting.facts import BATCH, Sale, sale_of_order
from marketplace.reporting.models import LinePairing
from marketplace.reporting.nearness import Arrangement, BoughtLine, match
from orders.ordering.models import LineIncome, Order, OrderLine

_PAID_LINES = (
    select(Order.unit_id, OrderLine.id, Sale.at, OrderLine.origin_code)
    .join(OrderLine, OrderLine.order_id == Order.id)
    .join(Sale, sale_of_order())
    .where(Order.unit_id.is_not(None))
)
_OF_ORDERS = _PAID_LINES.where(Order.id.in_(bindparam("ids", expanding=True)))
_OF_UNIT = _PAID_LINES.where(Order.unit_id == bindparam("unit_id"))


def match_orders(order_ids: Sequence[int]) -> None:
    """Write the matches of newly paid orders; one query tells that there is none of a unit."""
    for start in range(0, len(order_ids), BATCH):
        _match(_bought(_OF_ORDERS, {"ids": order_ids[start : start + BATCH]}), for_update=False)


def rematch_unit(unit_id: int) -> None:
    """Forget the unit's matches and find them anew, as its arrangements stand now.

    The unit's row is locked against payments that would still match by the old ones.
    """
    lock_units([unit_id], for_update=True)
    lines = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id).where(Order.unit_id == unit_id)
    db.session.execute(
        delete(LinePairing).where(LinePairing.line_id.in_(lines)).execution_options(synchronize_session=False)
    )
    _match(_bought(_OF_UNIT, {"unit_id": unit_id}), for_update=True)


def lock_units(unit_ids: Iterable[int], *, for_update: bool) -> None:
    """On PostgreSQL: payments share the lock, a change of arrangements has it alone."""
    db.session.execute(
        select(PartnerUnit.id)
        .where(PartnerUnit.id.in_(sorted(unit_ids)))
        .order_by(PartnerUnit.id)
        .with_for_update(read=not for_update)
    ).all()


def _bought(statement: Select[Any, Any, Any, Any], values: dict[str, Any]) -> dict[int, list[BoughtLine]]:
    """Paid lines by unit."""
    rows: Sequence[Any] = db.session.execute(statement, values).all()
    incomes: dict[int, list[tuple[int, str]]] = defaultdict(list)
    line_ids = [row.id for row in rows]
    for start in range(0, len(line_ids), BATCH):
        for line_id, household_id, village in db.session.execute(
            select(LineIncome.line_id, LineIncome.household_id, LineIncome.village_code).where(
                LineIncome.line_id.in_(line_ids[start : start + BATCH])
            )
        ):
            incomes[line_id].append((household_id, village))
    lines: dict[int, list[BoughtLine]] = defaultdict(list)
    for unit_id, line_id, at, origin in rows:
        places = frozenset({origin, *(village for _, village in incomes[line_id])})
        households = frozenset(household_id for household_id, _ in incomes[line_id])
        lines[unit_id].append(BoughtLine(line_id, local_date(at), places, households))
    return lines


def _match(bought: dict[int, list[BoughtLine]], *, for_update: bool) -> None:
    if not bought:
        return
    if not for_update:
        lock_units(bought, for_update=False)
    arrangements = _arrangements(sorted(bought))
    found = [
        {"line_id": line.line_id, "arrangement_id": matched[0], "nearness": matched[1]}
        for unit_id, lines in bought.items()
        for line in lines
        if (matched := match(line, arrangements.get(unit_id, []))) is not None
    ]
    insert_rows(LinePairing, found)


def _arrangements(unit_ids: Sequence[int]) -> dict[int, list[Arrangement]]:
    found: dict[int, list[Arrangement]] = defaultdict(list)
    rows: Iterable[Any] = db.session.execute(
        select(
            PairingArrangement.unit_id,
            PairingArrangement.id,
            PairingArrangement.village_code,
            PairingArrangement.household_id,
            PairingArrangement.starts_on,
            PairingArrangement.ends_on,
        ).where(PairingArrangement.unit_id.in_(unit_ids), PairingArrangement.withdrawn_at.is_(None))
    )
    for unit_id, *facts in rows:
        found[unit_id].append(Arrangement(*facts))
    return found


def stale_pairings() -> list[int]:
    """Lines whose written match is not what the arrangements say now: none, or there is a bug."""
    units = db.session.scalars(
        select(Order.unit_id)
        .where(Order.unit_id.is_not(None), exists().where(Sale.order_id == Order.id))
        .distinct()
    ).all()
    written = {
        row.line_id: (row.arrangement_id, row.nearness)
        for row in db.session.execute(
            select(LinePairing.line_id, LinePairing.arrangement_id, LinePairing.nearness)
        )
    }
    arrangements = _arrangements([unit for unit in units if unit is not None])
    expected = {
        line.line_id: matched
        for unit_id, lines in _bought(_PAID_LINES, {}).items()
        for line in lines
        if (matched := match(line, arrangements.get(unit_id, []))) is not None
    }
    return sorted(
        line_id
        for line_id in written.keys() | expected.keys()
        if written.get(line_id) != expected.get(line_id)
    )
