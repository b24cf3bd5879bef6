"""Corrections: one person proposes to move an order's money from one account to another, a second one posts it.

What households were promised and what buyers paid can't be touched this way; what is moved has to be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.kernel.transaction import transactional
from orders.ledger.adjustment_rules import MOVABLE
from orders.ledger.commands import post_correction
from orders.ledger.models import Correction, Posting
from orders.ledger.rules import AccountKind
from orders.ledger.workflow import CORRECTION, CorrectionState
from orders.ordering.concerned import refuse_concerned
from orders.ordering.models import Order

MAX_REASON = 200


def movable(order_id: int) -> dict[AccountKind, int]:
    """How much of an order's money could be moved off each account, in fen; of the supplier's goods money only what
    households are not owed."""
    sums: Mapping[str, int] = {
        kind: int(fen)
        for kind, fen in db.session.execute(
            select(Posting.account_kind, func.sum(Posting.fen))
            .where(Posting.order_id == order_id)
            .group_by(Posting.account_kind)
        )
    }
    found = {kind: -sums.get(kind, 0) for kind in MOVABLE}
    found[AccountKind.SUPPLIER_DUE] -= sums.get(AccountKind.HOUSEHOLD_COST, 0)
    return {kind: max(0, fen) for kind, fen in found.items()}


def _require_finance(actor: Actor) -> None:
    if not actor.has_role(Role.FINANCE):
        raise NotFound


@transactional
def propose_correction(
    actor: Actor, order_number: str, source: AccountKind, target: AccountKind, fen: int, reason: str
) -> int:
    """Finance asks for ``fen`` to be moved; gives the correction's id.

    Raises NotFound for anybody else or an unknown order, InvalidInput at ``source``, ``target``, ``fen`` or ``reason``.
    """
    _require_finance(actor)
    order = db.session.scalars(select(Order).where(Order.number == order_number).with_for_update()).first()
    if order is None:
        raise InvalidInput("corrections.order", field="order_number")
    _check_move(order, source, target, fen)
    text = reason.strip()
    if not 4 <= len(text) <= MAX_REASON:
        raise InvalidInput("corrections.reason", field="reason")
    correction = Correction(
        order_id=order.id,
        state=CORRECTION.initial,
        source=source,
        target=target,
        fen=fen,
        reason=text,
        proposed_by=actor.user_id,
        proposed_at=clock.now(),
        decision_note="",
    )
    db.session.add(correction)
    db.session.flush()
    audit.record(actor.user_id, "correction.propose", "correction", correction.id, {"fen": fen}, text)
    return correction.id


def _check_move(order: Order, source: AccountKind, target: AccountKind, fen: int) -> None:
    if source not in MOVABLE or target not in MOVABLE or source is target:
        raise InvalidInput("corrections.accounts", field="target")
    if target is AccountKind.OUTLET_FEE and order.commission_outlet_id is None:
        raise InvalidInput("corrections.no_outlet", field="target")
    there = movable(order.id)[source]
    if not 1 <= fen <= there:
        raise InvalidInput("corrections.too_much", field="fen", there_fen=there)


@transactional
def decide_correction(actor: Actor, correction_id: int, *, post: bool, note: str = "") -> None:
    """A second person of finance posts it, or refuses with a note.

    Raises NotFound, Forbidden ``corrections.own`` for the proposer and ``orders.own_money`` for who bought or sells,
    InvalidInput at ``note``, Conflict ``corrections.changed`` where the money has gone meanwhile,
    IllegalTransition when it is decided.
    """
    _require_finance(actor)
    correction = _locked(correction_id)
    if correction.proposed_by == actor.user_id:
        raise Forbidden("corrections.own")
    order = db.session.scalars(select(Order).where(Order.id == correction.order_id).with_for_update()).one()
    refuse_concerned(actor, order)
    if not post and not note.strip():
        raise InvalidInput("corrections.note", field="note")
    _decide(correction, "post" if post else "refuse", actor, note)
    if post:
        try:
            _check_move(order, correction.source, correction.target, correction.fen)
        except InvalidInput as error:
            raise Conflict("corrections.changed") from error
        post_correction(correction.id, actor.user_id)


@transactional
def withdraw_correction(actor: Actor, correction_id: int) -> None:
    """By who proposed it. Raises NotFound for anybody else, IllegalTransition when it is decided."""
    correction = _locked(correction_id)
    if correction.proposed_by != actor.user_id:
        raise NotFound
    _decide(correction, "withdraw", actor, "")


def _locked(correction_id: int) -> Correction:
    found = db.session.get(Correction, correction_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def _decide(correction: Correction, action: str, actor: Actor, note: str) -> None:
    correction.state = CORRECTION.next(correction.state, action)
    correction.decided_by, correction.decided_at = actor.user_id, clock.now()
    correction.decision_note = note.strip()[:MAX_REASON]
    db.session.flush()
    audit.record(
        actor.user_id,
        f"correction.{action}",
        "correction",
        correction.id,
        reason=correction.decision_note or None,
    )


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction as the desk lists it."""

    id: int
    order_number: str
    state: CorrectionState
    source: AccountKind
    target: AccountKind
    fen: int
    reason: str
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    decision_note: str


_ROW = (
    Correction.id,
    Order.number,
    *(getattr(Correction, name) for name in CorrectionRow.__slots__[2:]),
)


def correction_rows(
    state: CorrectionState | None, page: int, looked: LookedFor = ANYTHING
) -> Page[CorrectionRow]:
    """Newest first."""
    criteria = looked.mentioned(Order.number, Correction.reason) + looked.happened(Correction.proposed_at)
    if state is not None:
        criteria.append(Correction.state == state)
    counted = select(func.count()).select_from(Correction).join(Order, Order.id == Correction.order_id)
    total = db.session.scalar(counted.where(*criteria)) or 0
    rows = db.session.execute(
        select(*_ROW)
        .join(Order, Order.id == Correction.order_id)
        .where(*criteria)
        .order_by(Correction.id.desc())
        .offset(offset_of(page))
        .limit(PAGE_SIZE)
    )
    return Page([CorrectionRow(*row) for row in rows], page, total)


def corrections_of(order_id: int) -> list[CorrectionRow]:
    """Of one order, newest first."""
    rows = db.session.execute(
        select(*_ROW)
        .join(Order, Order.id == Correction.order_id)
        .where(Correction.order_id == order_id)
        .order_by(Correction.id.desc())
    )
    return [CorrectionRow(*row) for row in rows]


def waiting_corrections() -> int:
    """How many wait for a second person."""
    waiting = Correction.state == CorrectionState.PROPOSED
    return db.session.scalar(select(func.count()).select_from(Correction).where(waiting)) or 0
