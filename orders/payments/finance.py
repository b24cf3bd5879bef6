"""What finance sees: transfer proofs to check, money going back, money nobody could place."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, column, func, select, table
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.media import Media
from marketplace.parties.models import PartnerUnit, Supplier
from orders.ordering.concerned import is_concerned
from orders.ordering.models import Order
from orders.ordering.workflow import OrderState
from orders.payments.models import MoneyReturn, Payment, ProviderEvent, TransferProof
from orders.payments.providers import bank_transfer
from orders.payments.queries import BankAccount, account_of
from orders.payments.workflow import MoneyReturnState, ProofState


def _require_finance(actor: Actor) -> None:
    if not actor.has_role(Role.FINANCE):
        raise Forbidden


@dataclass(frozen=True)
class FinanceCounts:
    """What waits for finance; ``stray`` goes back by itself: what came by transfer is among ``by_hand``."""

    proofs: int
    oldest_proof_at: datetime | None
    by_hand: int
    failed: int
    stray: int


def finance_counts(actor: Actor) -> FinanceCounts:
    """One query: it is asked on every page of finance."""
    _require_finance(actor)
    submitted = TransferProof.state == ProofState.SUBMITTED
    state = MoneyReturn.state
    stray = MoneyReturn.refund_id.is_(None) & (MoneyReturn.provider != bank_transfer.NAME)
    row = db.session.execute(
        select(
            select(func.count()).select_from(TransferProof).where(submitted).scalar_subquery(),
            select(func.min(TransferProof.submitted_at)).where(submitted).scalar_subquery(),
            func.count().filter(state.in_((MoneyReturnState.WAITING, MoneyReturnState.SENT))),
            func.count().filter(state == MoneyReturnState.FAILED),
            func.count().filter(stray),
        )
        .select_from(MoneyReturn)
        .where(state != MoneyReturnState.DONE)
    ).one()
    return FinanceCounts(*tuple[Any, ...](row))


@dataclass(frozen=True)
class ProofRow:
    id: int
    order_number: str
    supplier_name: str
    payer: str
    paid_on: date
    amount_fen: int
    due_fen: int
    reference: str
    submitted_at: datetime
    state: ProofState


def _looked_for_proofs(looked: LookedFor) -> list[ColumnElement[bool]]:
    words = looked.mentioned(Order.number, Supplier.name, TransferProof.payer, Payment.reference)
    return words + looked.happened(TransferProof.submitted_at)


def proof_rows(
    actor: Actor, state: ProofState, offset: int, limit: int, looked: LookedFor = ANYTHING
) -> list[ProofRow]:
    """Those waiting longest first, decided ones newest first."""
    _require_finance(actor)
    order = TransferProof.id if state is ProofState.SUBMITTED else TransferProof.id.desc()
    rows = db.session.execute(
        select(
            TransferProof.id,
            Order.number,
            Supplier.name,
            TransferProof.payer,
            TransferProof.paid_on,
            TransferProof.amount_fen,
            Payment.amount_fen,
            Payment.reference,
            TransferProof.submitted_at,
            TransferProof.state,
        )
        .join(Payment, Payment.id == TransferProof.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .where(TransferProof.state == state, *_looked_for_proofs(looked))
        .order_by(order)
        .offset(offset)
        .limit(limit)
    )
    return [ProofRow(*tuple[Any, ...](row)) for row in rows]


def count_proofs(actor: Actor, looked: LookedFor = ANYTHING) -> dict[ProofState, int]:
    _require_finance(actor)
    counted = select(TransferProof.state, func.count()).group_by(TransferProof.state)
    if looked:
        counted = (
            counted.join(Payment, Payment.id == TransferProof.payment_id)
            .join(Order, Order.id == Payment.order_id)
            .join(Supplier, Supplier.id == Order.supplier_id)
            .where(*_looked_for_proofs(looked))
        )
    return dict(db.session.execute(counted).all())


@dataclass(frozen=True)
class ProofToCheck:
    """A proof beside what was due, and where the money should have gone."""

    row: ProofRow
    account: BankAccount
    order_state: OrderState
    note: str
    checked_at: datetime | None
    checked_by: int | None
    document: Media
    #: who a unit declared to pay for it; empty for a private buyer, or where the unit pays itself
    declared_payer: str
    unit: str
    #: whether whoever looks has a part in it: somebody else decides then
    is_concerned: bool


def proof_to_check(actor: Actor, proof_id: int) -> ProofToCheck:
    """Raises Forbidden, NotFound."""
    _require_finance(actor)
    sponsor = aliased(Supplier)
    found = db.session.execute(
        select(TransferProof, Payment, Order, Supplier, sponsor, Media)
        .join(Payment, Payment.id == TransferProof.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .outerjoin(sponsor, sponsor.id == Supplier.sponsor_id)
        .join(Media, Media.id == TransferProof.media_id)
        .where(TransferProof.id == proof_id)
    ).first()
    if found is None:
        raise NotFound
    proof, payment, order, supplier, sponsored_by, media = found
    row = ProofRow(
        proof.id,
        order.number,
        supplier.name,
        proof.payer,
        proof.paid_on,
        proof.amount_fen,
        payment.amount_fen,
        payment.reference,
        proof.submitted_at,
        proof.state,
    )
    return ProofToCheck(
        row,
        account_of(supplier, sponsored_by),
        order.state,
        proof.note,
        proof.checked_at,
        proof.checked_by,
        media,
        *_declared_payer(order.purchase_order_id),
        is_concerned(actor, order),
    )


#: Purchase orders lie above this room on the ladder.
_PURCHASES = table("purchase_orders", column("id"), column("unit_id"), column("payer"))


def _declared_payer(purchase_order_id: int | None) -> tuple[str, str]:
    """(declared payer, unit) of a unit's purchase."""
    if purchase_order_id is None:
        return "", ""
    row = db.session.execute(
        select(_PURCHASES.c.payer, PartnerUnit.name)
        .join(PartnerUnit, PartnerUnit.id == _PURCHASES.c.unit_id)
        .where(_PURCHASES.c.id == purchase_order_id)
    ).one()
    return row[0], row[1]


@dataclass(frozen=True)
class ReturnRow:
    """Money on its way back; ``refund_id`` None: it was stray."""

    id: int
    provider: str
    order_number: str | None
    refund_id: int | None
    amount_fen: int
    state: MoneyReturnState
    reason: str
    external_id: str | None
    failure: str | None
    requested_at: datetime
    done_at: datetime | None


def _looked_for_returns(looked: LookedFor, *, stray_only: bool) -> list[ColumnElement[bool]]:
    stray = [MoneyReturn.refund_id.is_(None)] if stray_only else []
    words = looked.mentioned(Order.number, MoneyReturn.external_id)
    return stray + words + looked.happened(MoneyReturn.requested_at)


def return_rows(
    actor: Actor,
    state: MoneyReturnState | None,
    *,
    stray_only: bool,
    offset: int = 0,
    limit: int | None = None,
    looked: LookedFor = ANYTHING,
) -> list[ReturnRow]:
    """Newest first, all of them where no ``limit`` is given."""
    _require_finance(actor)
    statement = select(
        MoneyReturn.id,
        MoneyReturn.provider,
        Order.number,
        MoneyReturn.refund_id,
        MoneyReturn.amount_fen,
        MoneyReturn.state,
        MoneyReturn.reason,
        MoneyReturn.external_id,
        MoneyReturn.failure,
        MoneyReturn.requested_at,
        MoneyReturn.done_at,
    ).outerjoin(Order, Order.id == MoneyReturn.order_id)
    statement = statement.where(*_looked_for_returns(looked, stray_only=stray_only))
    if state is not None:
        statement = statement.where(MoneyReturn.state == state)
    rows = db.session.execute(statement.order_by(MoneyReturn.id.desc()).offset(offset).limit(limit))
    return [ReturnRow(*row) for row in rows]


def count_returns(
    actor: Actor, *, stray_only: bool, looked: LookedFor = ANYTHING
) -> dict[MoneyReturnState, int]:
    _require_finance(actor)
    counted = select(MoneyReturn.state, func.count()).group_by(MoneyReturn.state)
    if looked.text:
        counted = counted.outerjoin(Order, Order.id == MoneyReturn.order_id)
    counted = counted.where(*_looked_for_returns(looked, stray_only=stray_only))
    return dict(db.session.execute(counted).all())


@dataclass(frozen=True)
class UnplacedNotice:
    provider: str
    type: str
    received_at: datetime
    outcome: str | None


def unplaced_notices(actor: Actor, limit: int = 20) -> list[UnplacedNotice]:
    """Notices of money that named no session of ours, newest first."""
    _require_finance(actor)
    rows = db.session.execute(
        select(ProviderEvent.provider, ProviderEvent.type, ProviderEvent.received_at, ProviderEvent.outcome)
        .where(ProviderEvent.outcome.in_(("unknown_session", "unreadable_amount")))
        .order_by(ProviderEvent.id.desc())
        .limit(limit)
    )
    return [UnplacedNotice(*row) for row in rows]
