"""The demo loads on days other than today, on both databases, and leaves every desk something to do."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from certification.linkage.models import SupplyLot
from marketplace.accounts.queries import load_actor
from marketplace.demo.acting import actor_of
from marketplace.demo.load import load_all
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import NumberSeries
from marketplace.parties.models import PartnerUnit
from marketplace.parties.workflow import UnitState
from marketplace.reporting.reconciliation import verify_totals
from orders.bulk.models import PurchaseOrder
from orders.bulk.workflow import PurchaseState
from orders.fulfilment.models import Delivery, Pickup
from orders.ledger.verification import verify
from orders.ordering.models import Order, OrderLine
from orders.payments.models import TransferProof
from orders.payments.workflow import ProofState

#: five minutes into a new year; a spring night when little is in season, with a copy beside the content
WHEN = {"sqlite": ("2027-01-01 00:05", 1), "postgresql": ("2027-04-05 03:10", 2)}
MOST_SILENT = 3


@pytest.fixture
def loaded(
    app: Flask, database_engine: str, freeze: Callable[[str], time_machine.Traveller]
) -> dict[str, int]:
    moment, scale = WHEN[database_engine]
    freeze(moment)
    return load_all(lambda _name, _done, _total: None, scale)


def _count(*criteria: object) -> int:
    return db.session.scalar(select(func.count()).where(*criteria)) or 0  # type: ignore[arg-type]


def test_on_another_day(app: Flask, loaded: dict[str, int], database_engine: str) -> None:
    scale = WHEN[database_engine][1]
    assert loaded["认定产品"] == 71 * scale + 3, "visits are not copied"
    assert _count(Order.id > 0) >= 600 * scale
    assert verify() == []
    assert verify_totals().findings == []
    _desks()
    _counters()
    if scale > 1:
        titles = set(db.session.scalars(select(OrderLine.title)))
        assert len(titles) > 71


def _desks() -> None:
    unit = actor_of("unit").unit_ids[0]
    states = dict(
        db.session.execute(
            select(PurchaseOrder.state, func.count())
            .where(PurchaseOrder.unit_id == unit)
            .group_by(PurchaseOrder.state)
        ).all()
    )
    assert states[PurchaseState.SUBMITTED] == 2
    assert states[PurchaseState.DRAFT] == states[PurchaseState.RETURNED] == 1
    of_unit = select(Order.id).where(Order.unit_id == unit)
    assert _count(Delivery.order_id.in_(of_unit), Delivery.accepted_at.is_(None)), "a batch to accept"
    assert _count(Order.unit_id == unit, Order.paid_at.is_(None), Order.pays_later.is_(False)), "a transfer"
    assert _count(Order.unit_id == unit, Order.paid_at.is_(None), Order.pay_due_on < clock.today()), "overdue"
    assert _count(TransferProof.state == ProofState.SUBMITTED) >= 2
    assert _count(PartnerUnit.state == UnitState.SUBMITTED) == 1
    outlet = actor_of("outlet").outlet_ids[0]
    assert _count(Pickup.outlet_id == outlet, Pickup.handed_over_at.is_(None)) >= MOST_SILENT
    assert _count(SupplyLot.outlet_id == outlet) >= 1
    assert _count(SupplyLot.outlet_id.is_not(None)) >= 20
    assert load_actor(actor_of("unit-approver").user_id)


def _counters() -> None:
    """What people add next does not meet a number of the demo."""
    series = {row.name: row.last for row in db.session.scalars(select(NumberSeries))}
    lots = db.session.scalars(select(SupplyLot.number)).all()
    assert max(int(number[7:]) for number in lots) == max(
        last for name, last in series.items() if name.startswith("lots.")
    )
    assert series["household:610124103228"] >= 12
    assert series["outlet:610124"] >= 10
