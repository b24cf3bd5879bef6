"""Orders on their way, taken through the real commands: paid, shipped, received, completed, refunded, paid out."""

from collections.abc import Mapping
from io import BytesIO

from sqlalchemy import select, update

from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.media import Upload
from marketplace.kernel.transaction import transaction
from orders.fulfilment import commands as fulfilment
from orders.ordering.models import Checkout, Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.payments import commands as payments
from orders.payments import inbox
from orders.payments.models import Payment, TransferProof
from orders.payments.providers import sandbox
from orders.payments.rules import Buyer, SandboxChoice
from orders.payments.sessions import start_session
from orders.refunds import commands as refunds
from orders.refunds.rules import RefundKind
from orders.settlement.commands import record_disbursement
from tests.factories import builders, order_builders

PDF = b"%PDF-1.4\n%made up\n%%EOF\n"


def voucher(content: bytes = PDF, filename: str = "huidan.pdf") -> Upload:
    return Upload(stream=BytesIO(content), filename=filename)


def pay_online(checkout_id: int) -> None:
    """The sandbox takes the money of a checkout, and the shop asks it."""
    url = start_session(checkout_id, "http://localhost/pay")
    sandbox.settle(url.rpartition("/")[2], SandboxChoice.PAY_SILENT)
    session_id = db.session.scalars(
        select(Payment.session_id)
        .join(Order, Order.id == Payment.order_id)
        .where(Order.checkout_id == checkout_id)
        .limit(1)
    ).one()
    assert session_id is not None
    inbox.reconcile(session_id)


def paid_orders(units: Mapping[int, int]) -> list[int]:
    """Orders of one checkout, one per supplier, paid online."""
    order_ids = order_builders.placed_orders(units)
    pay_online(db.session.get_one(Order, order_ids[0]).checkout_id)
    return order_ids


def paid_by_transfer(units: Mapping[int, int], finance: Actor) -> list[int]:
    """Orders paid by bank transfer, their proofs accepted."""
    order_ids = order_builders.placed_orders(units, method=PaymentMethod.TRANSFER)
    for order_id in order_ids:
        buyer, number = buyer_of(order_id)
        fen = db.session.get_one(Order, order_id).total_fen
        payments.submit_proof(
            buyer, number, payer="示例公司", paid_on=clock.today(), amount_fen=fen, document=voucher()
        )
        proof_id = db.session.scalars(
            select(TransferProof.id)
            .join(Payment, Payment.id == TransferProof.payment_id)
            .where(Payment.order_id == order_id)
        ).one()
        payments.check_proof(finance, proof_id, accept=True, note="")
    return order_ids


def buyer_of(order_id: int) -> tuple[Buyer, str]:
    """Who bought it, member or guest, and its number."""
    order = db.session.get_one(Order, order_id)
    return Buyer(order.user_id, db.session.get_one(Checkout, order.checkout_id).token), order.number


def lines_of(order_id: int) -> dict[int, int]:
    """{line: units still with the order}"""
    rows = db.session.execute(
        select(OrderLine.id, OrderLine.units - OrderLine.refunded_units).where(OrderLine.order_id == order_id)
    )
    return {line_id: units for line_id, units in rows if units}


def deliver(order_id: int) -> None:
    """Shipped in one parcel and received."""
    seller = builders.owner_of(db.session.get_one(Order, order_id).supplier_id)
    fulfilment.ship(seller, order_id, "顺丰速运", "SF100", lines_of(order_id))
    fulfilment.receive(*buyer_of(order_id))


def complete(order_id: int) -> None:
    """The after-sales window is over: income is confirmed."""
    with transaction() as session:
        session.execute(update(Order).where(Order.id == order_id).values(complete_at=clock.now()))
    assert fulfilment.complete_due() >= 1


def sold_and_completed(units: Mapping[int, int]) -> list[int]:
    order_ids = paid_orders(units)
    for order_id in order_ids:
        deliver(order_id)
        complete(order_id)
    return order_ids


def refund(order_id: int, units: int, *, restock: bool = False) -> int:
    """Units of the order's first line refunded with the supplier's consent. Returns the refund."""
    line_id = min(lines_of(order_id))
    refund_id = refunds.request_refund(
        *buyer_of(order_id), RefundKind.REFUND_ONLY, {line_id: units}, "坏了几个"
    )
    seller = builders.owner_of(db.session.get_one(Order, order_id).supplier_id)
    refunds.decide_refund(seller, refund_id, approve=True, restock={line_id: restock}, note="")
    return refund_id


def pay_household(supplier_id: int, household_id: int, number: str = "HD-1") -> int:
    """The supplier pays all that is due. Returns the disbursement."""
    return record_disbursement(
        builders.owner_of(supplier_id), supplier_id, household_id, clock.today(), number, voucher()
    )
