"""Partner units and their purchase orders, taken through the real commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from sqlalchemy import select

from catalog.products.rules import Tier
from catalog.products.tiers import save_tiers
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import PartnerUnit
from marketplace.parties.rules import UnitKind
from marketplace.parties.workflow import UnitState
from orders.bulk import commands as bulk
from orders.bulk.commands import PurchaseFacts
from orders.bulk.rules import PaymentTerm
from orders.fulfilment import commands as fulfilment
from orders.fulfilment.acceptance import accept_delivery
from orders.fulfilment.models import Delivery
from orders.ordering.models import Order
from orders.payments import commands as payments
from orders.payments.models import Payment, TransferProof
from orders.payments.rules import Buyer
from tests.factories import builders, sales
from tests.factories.builders import added
from tests.factories.order_builders import HOME

_numbers = count(1)


_PARCELS = count(100)


@dataclass(frozen=True)
class Unit:
    """A unit and one person in each of its roles."""

    id: int
    manager: Actor
    buyer: Actor
    approver: Actor
    finance: Actor


@transactional
def unit(name: str | None = None, *, state: UnitState = UnitState.ADMITTED) -> Unit:
    number = next(_numbers)
    unit_id = added(
        PartnerUnit(
            kind=UnitKind.SCHOOL,
            state=state,
            name=name or f"试验{number}中学（示例）",
            uscc=f"12610100MB{number:08d}",
            region_code=builders.OTHER_COUNTY,
            contact_name="测试",
            contact_mobile="19900001234",
            registered_at=clock.now(),
        )
    )
    return Unit(
        unit_id,
        member(unit_id, Role.UNIT_MANAGER),
        member(unit_id, Role.UNIT_BUYER),
        member(unit_id, Role.UNIT_APPROVER),
        member(unit_id, Role.UNIT_FINANCE),
    )


def member(unit_id: int, *roles: Role) -> Actor:
    return builders.user(None, *((role, ScopeKind.UNIT, unit_id) for role in roles))


@transactional
def suspend(unit_id: int) -> None:
    row = db.session.get_one(PartnerUnit, unit_id)
    row.state, row.reason = UnitState.SUSPENDED, "负责人联系不上"


def tiers(supplier_id: int, sku_id: int, *steps: tuple[int, int]) -> None:
    """(min units, price in fen) of each tier."""
    save_tiers(builders.owner_of(supplier_id), sku_id, [Tier(*step) for step in steps])


def facts(
    unit_id: int, *, term: PaymentTerm = PaymentTerm.BEFORE, deliver_on: date | None = None
) -> PurchaseFacts:
    return PurchaseFacts(
        budget_unit_id=unit_id,
        deliver_on=deliver_on or clock.today() + timedelta(days=14),
        payment_term=term,
        deliver_to=HOME,
    )


def drawn_up(
    buyer: Unit,
    units: Mapping[int, int],
    *,
    term: PaymentTerm = PaymentTerm.BEFORE,
    deliver_on: date | None = None,
) -> int:
    """A draft with these units by SKU."""
    purchase_id = bulk.start_purchase(
        buyer.buyer, buyer.id, facts(buyer.id, term=term, deliver_on=deliver_on)
    )
    for sku_id, wanted in units.items():
        bulk.add_line(buyer.buyer, purchase_id, sku_id, wanted)
    return purchase_id


def submitted(
    buyer: Unit,
    units: Mapping[int, int],
    *,
    term: PaymentTerm = PaymentTerm.BEFORE,
    deliver_on: date | None = None,
) -> int:
    purchase_id = drawn_up(buyer, units, term=term, deliver_on=deliver_on)
    bulk.submit_purchase(buyer.buyer, purchase_id, agrees_fresh=True)
    return purchase_id


def placed(buyer: Unit, units: Mapping[int, int], *, term: PaymentTerm = PaymentTerm.BEFORE) -> list[int]:
    """Approved by the other person: one order per supplier."""
    approval = bulk.approve_purchase(buyer.approver, submitted(buyer, units, term=term))
    assert approval.changes == []
    return approval.order_ids


def transfer(buyer: Unit, order_id: int, *, accept: bool = True) -> None:
    """The unit's finance shows a proof, the platform's finance accepts it."""
    order = db.session.get_one(Order, order_id)
    payments.submit_proof(
        Buyer(buyer.finance.user_id, unit_ids=frozenset({buyer.id})),
        order.number,
        "示例单位",
        clock.today(),
        order.total_fen,
        sales.voucher(),
    )
    if accept:
        accept_proof(order_id)


def accept_proof(order_id: int) -> None:
    proof_id = db.session.scalars(
        select(TransferProof.id)
        .join(Payment, Payment.id == TransferProof.payment_id)
        .where(Payment.order_id == order_id)
        .order_by(TransferProof.id.desc())
        .limit(1)
    ).one()
    payments.check_proof(builders.finance(), proof_id, accept=True, note="")


def ship(order_id: int, units: Mapping[int, int] | None = None) -> int:
    """One batch; everything unless units by line are named. Returns the delivery."""
    seller = builders.owner_of(db.session.get_one(Order, order_id).supplier_id)
    return fulfilment.ship(
        seller, order_id, "示例物流", f"SL{next(_PARCELS)}", units or sales.lines_of(order_id)
    )


def accept_all(buyer: Unit, order_id: int) -> None:
    for delivery_id in db.session.scalars(
        select(Delivery.id).where(Delivery.order_id == order_id, Delivery.accepted_at.is_(None))
    ).all():
        accept_delivery(buyer.buyer, delivery_id)
