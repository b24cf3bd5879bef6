"""Payments of orders: opening, running out of time, transfer proofs."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from catalog.stock import commands as stock
from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.db import db, insert_rows
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_document
from marketplace.kernel.transaction import transactional
from orders.ordering import commands as ordering
from orders.ordering.concerned import refuse_concerned
from orders.ordering.models import LineAllocation, LineIncome, Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.capture import book_stray, capture, locked_order, takes_of
from orders.payments.models import Payment, TransferProof
from orders.payments.parameters import PROOF_CHECK_DAYS, PROOF_RETRY_HOURS
from orders.payments.providers import bank_transfer
from orders.payments.providers.registry import online_provider_name
from orders.payments.queries import require_buyers_order
from orders.payments.rules import REFERENCE_ALPHABET, Buyer
from orders.payments.workflow import PAYMENT, PROOF, PaymentState, ProofState

#: an order of a session is gone: its provider is to take no money for it any more
CLOSE_TOPIC = "payments.close_session"


@dataclass(frozen=True)
class Due:
    """What an order being placed has to bring."""

    order_id: int
    supplier_id: int
    fen: int


def open_payments(dues: Sequence[Due], method: PaymentMethod, session_id: int | None = None) -> None:
    """Add the payments of orders being placed to the running transaction, in one statement: unpaid, or begun where
    there is a session for them."""
    provider = online_provider_name() if method is PaymentMethod.ONLINE else bank_transfer.NAME
    first = PaymentState.UNPAID
    insert_rows(
        Payment,
        [
            {
                "order_id": due.order_id,
                "provider": provider,
                "state": first if session_id is None else PAYMENT.next(first, "start"),
                "amount_fen": due.fen,
                "captured_fen": 0,
                "refunded_fen": 0,
                "reference": new_reference(),
                "session_id": session_id,
            }
            for due in dues
        ],
    )


def new_reference() -> str:
    """What a transfer must quote: ``XF`` and ten characters nobody confuses."""
    return "XF" + "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(10))


@transactional
def release_unpaid(order_id: int, actor_id: int | None, note: str) -> bool:
    """Cancel an order nobody paid, free what it held. False when it has been paid or cancelled meanwhile."""
    order = locked_order(order_id)
    payment = db.session.scalar(
        select(Payment)
        .where(Payment.order_id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order.state is not OrderState.PLACED or payment is None or payment.state is PaymentState.PAID:
        return False
    expire(payment, actor_id)
    if payment.session_id is not None:
        outbox.enqueue(CLOSE_TOPIC, {"session_id": payment.session_id})
    ordering.apply(order_id, "cancel", actor_id, note)
    stock.release(order_id, takes_of(order_id))
    unbook_lots(order_id)
    return True


def expire(payment: Payment, actor_id: int | None) -> None:
    """Nothing is paid by it any more. For those who cancel its order, which they hold locked."""
    payment.state = PAYMENT.next(payment.state, "expire")
    for proof in db.session.scalars(
        select(TransferProof).where(
            TransferProof.payment_id == payment.id, TransferProof.state == ProofState.SUBMITTED
        )
    ):
        # money may still be on its way: the proof stays for finance, who books and returns what arrives
        audit.record(actor_id, "transfer_proof.order_gone", "transfer_proof", proof.id)
    db.session.flush()


def unbook_lots(order_id: int) -> None:
    """Lots forget what a cancelled order froze of their agreed totals."""
    for row_id, fen in db.session.execute(
        select(LineAllocation.stock_row_id, LineIncome.fen)
        .join(OrderLine, OrderLine.id == LineAllocation.line_id)
        .join(
            LineIncome,
            (LineIncome.line_id == OrderLine.id) & (LineIncome.lot_id == LineAllocation.lot_id),
        )
        .where(OrderLine.order_id == order_id)
        .order_by(LineAllocation.stock_row_id)
    ).all():
        stock.book_income(row_id, -fen)


def overdue_order_ids(limit: int = 500) -> list[int]:
    """Orders whose reservation has run out."""
    return list(
        db.session.scalars(
            select(Order.id)
            .where(Order.state == OrderState.PLACED, Order.reserved_until <= clock.now())
            .order_by(Order.reserved_until)
            .limit(limit)
        )
    )


@transactional
def submit_proof(
    buyer: Buyer, order_number: str, payer: str, paid_on: date, amount_fen: int, document: Upload
) -> int:
    """A buyer shows that a transfer was made. Raises NotFound, InvalidInput, Conflict when nothing is to be paid."""
    order = require_buyers_order(buyer, order_number)
    locked_order(order.id)
    payment = db.session.scalars(
        select(Payment)
        .where(Payment.order_id == order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if order.payment_method is not PaymentMethod.TRANSFER or payment.state is not PaymentState.UNPAID:
        raise Conflict("payments.no_proof_wanted")
    if paid_on > clock.today():
        raise InvalidInput("payments.proof_in_future", field="paid_on")
    if amount_fen != payment.amount_fen:
        raise InvalidInput("payments.proof_amount", field="amount_fen", due_fen=payment.amount_fen)
    with at_field("document"):
        media = store_document(document, buyer.user_id)
    proof = TransferProof(
        payment_id=payment.id,
        media_id=media.id,
        payer=payer,
        paid_on=paid_on,
        amount_fen=amount_fen,
        state=ProofState.SUBMITTED,
        submitted_at=clock.now(),
        note="",
    )
    db.session.add(proof)
    payment.state = PAYMENT.next(payment.state, "start")
    kept = clock.now() + timedelta(days=PROOF_CHECK_DAYS.get())
    order.reserved_until = max(order.reserved_until, kept)
    db.session.flush()
    ordering.add_event(order.id, "proof_submitted", buyer.user_id)
    audit.record(buyer.user_id, "transfer_proof.submit", "transfer_proof", proof.id, {"order_id": order.id})
    return proof.id


@transactional
def check_proof(actor: Actor, proof_id: int, *, accept: bool, note: str) -> None:
    """Finance has compared a proof with the supplier's statement.

    Accepted money of an order that is gone is booked as stray and waits to be sent back. Raises Forbidden (also for the
    order's buyer and its seller's people), NotFound, InvalidInput when a refusal gives no reason, IllegalTransition
    when somebody decided before.
    """
    if not actor.has_role(Role.FINANCE):
        raise Forbidden
    if not accept and not note.strip():
        raise InvalidInput("payments.refusal_reason", field="note")
    order_id = db.session.scalar(
        select(Payment.order_id)
        .join(TransferProof, TransferProof.payment_id == Payment.id)
        .where(TransferProof.id == proof_id)
    )
    if order_id is None:
        raise NotFound
    order = locked_order(order_id)
    refuse_concerned(actor, order)
    proof = db.session.scalars(
        select(TransferProof)
        .where(TransferProof.id == proof_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    payment = db.session.get_one(Payment, proof.payment_id)
    proof.state = PROOF.next(proof.state, "accept" if accept else "refuse")
    proof.checked_by, proof.checked_at, proof.note = actor.user_id, clock.now(), note.strip()[:200]
    audit.record(
        actor.user_id, f"transfer_proof.{proof.state}", "transfer_proof", proof.id, reason=proof.note or None
    )
    db.session.flush()
    if accept:
        if not capture(payment.order_id, actor.user_id, "转账已核对"):
            book_stray(
                f"proof:{proof.id}", payment.provider, None, proof.amount_fen, payment.order_id, "order_gone"
            )
    elif payment.state is PaymentState.PENDING:
        payment.state = PAYMENT.next(payment.state, "refuse")
        payment.failure = proof.note[:80]
        ordering.add_event(order.id, "proof_refused", actor.user_id, proof.note)
        retry = clock.now() + timedelta(hours=PROOF_RETRY_HOURS.get())
        if order.state is OrderState.PLACED and order.reserved_until < retry:
            order.reserved_until = retry
