"""Money on its way back to a payer: asked for in the transaction of its cause, sent by the worker, once."""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock, events, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional
from orders.ledger import commands as ledger
from orders.ordering.concerned import refuse_concerned
from orders.ordering.models import Order
from orders.payments.models import MoneyReturn
from orders.payments.providers.interface import ProviderUnavailable, ReturnResult, ReturnState
from orders.payments.providers.registry import get_provider
from orders.payments.workflow import MONEY_RETURN, MoneyReturnState

log = structlog.get_logger()

TOPIC = "payments.return_money"


@dataclass(frozen=True)
class MoneyReturned:
    """Event: money has gone back. ``refund_id`` None: it was stray."""

    money_return_id: int
    refund_id: int | None


@transactional
def return_money(
    *,
    key: str,
    provider: str,
    charge_id: str | None,
    fen: int,
    order_id: int | None,
    reason: str,
    refund_id: int | None = None,
) -> int:
    """Ask for ``fen`` (> 0) to be sent back; the same ``key`` asks once. Returns the id of the return."""
    known = db.session.scalar(select(MoneyReturn.id).where(MoneyReturn.idempotency_key == key))
    if known is not None:
        return known
    row = MoneyReturn(
        idempotency_key=key,
        provider=provider,
        charge_id=charge_id,
        order_id=order_id,
        refund_id=refund_id,
        amount_fen=fen,
        state=MoneyReturnState.WAITING,
        reason=reason,
        requested_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    outbox.enqueue(TOPIC, {"money_return_id": row.id})
    return row.id


def send_return(payload: dict[str, Any]) -> None:
    """Outbox handler. The provider is called outside any transaction, with the return's own key; raises
    ProviderUnavailable so that the outbox tries again."""
    row = db.session.get(MoneyReturn, payload["money_return_id"])
    if row is None or row.state is MoneyReturnState.DONE:
        return
    return_id, provider, key, charge_id, fen = (
        row.id,
        row.provider,
        row.idempotency_key,
        row.charge_id,
        row.amount_fen,
    )
    db.session.rollback()
    _record_result(return_id, get_provider(provider).return_money(key, charge_id, fen))


@transactional
def _record_result(return_id: int, result: ReturnResult) -> None:
    row = _locked(return_id)
    if result.state is ReturnState.DONE:
        _finish(row, result.external_id, None)
    elif result.state is ReturnState.SENT:
        if MONEY_RETURN.allows(row.state, "send"):
            row.state = MONEY_RETURN.next(row.state, "send")
        row.external_id = result.external_id
    elif result.state is ReturnState.FAILED and MONEY_RETURN.allows(row.state, "fail"):
        row.state = MONEY_RETURN.next(row.state, "fail")
        row.failure = result.failure[:200]
        audit.record(None, "money_return.fail", "money_return", row.id, {"failure": row.failure})


def ask_again(limit: int = 200) -> int:
    """Job: ask what became of returns the provider had under way. Returns how many are over."""
    waiting = db.session.scalars(
        select(MoneyReturn.id)
        .where(MoneyReturn.state == MoneyReturnState.SENT, MoneyReturn.external_id.is_not(None))
        .order_by(MoneyReturn.id)
        .limit(limit)
    ).all()
    return sum(_is_over(return_id) for return_id in waiting)


def _is_over(return_id: int) -> bool:
    try:
        send_return({"money_return_id": return_id})
    except ProviderUnavailable:
        log.warning("payments.provider_unavailable", money_return_id=return_id)
        return False
    state = db.session.scalar(select(MoneyReturn.state).where(MoneyReturn.id == return_id))
    return state is not MoneyReturnState.SENT


@transactional
def confirm_return(actor: Actor, return_id: int, voucher_number: str) -> None:
    """Finance says that a return by hand was made. Raises Forbidden (also for the order's buyer and its seller's
    people), NotFound, InvalidInput without a voucher number, IllegalTransition when it is done already."""
    _require_finance(actor)
    row = _locked(return_id)
    if row.order_id is not None:
        refuse_concerned(actor, db.session.get_one(Order, row.order_id))
    if not voucher_number.strip():
        raise InvalidInput("payments.voucher_missing", field="voucher_number")
    MONEY_RETURN.next(MoneyReturnState.SENT if row.state is MoneyReturnState.FAILED else row.state, "finish")
    _finish(row, voucher_number.strip()[:120], actor.user_id)


@transactional
def retry_return(actor: Actor, return_id: int) -> None:
    """Finance asks the provider again for a return that failed. Raises Forbidden, NotFound, IllegalTransition."""
    _require_finance(actor)
    row = _locked(return_id)
    row.state = MONEY_RETURN.next(row.state, "send")
    row.failure = None
    audit.record(actor.user_id, "money_return.retry", "money_return", row.id)
    outbox.enqueue(TOPIC, {"money_return_id": row.id})


def _finish(row: MoneyReturn, external_id: str | None, actor_id: int | None) -> None:
    if row.state is MoneyReturnState.DONE:
        return
    if row.state is MoneyReturnState.FAILED:
        row.state = MONEY_RETURN.next(row.state, "send")
    row.state = MONEY_RETURN.next(row.state, "finish")
    row.external_id = external_id
    row.failure = None
    row.done_at = clock.now()
    audit.record(actor_id, "money_return.finish", "money_return", row.id, {"fen": row.amount_fen})
    db.session.flush()
    if row.refund_id is None:
        ledger.post_stray_return(row.idempotency_key, row.provider, row.amount_fen, row.order_id)
    events.publish(MoneyReturned(row.id, row.refund_id))


def _locked(return_id: int) -> MoneyReturn:
    row = db.session.scalar(
        select(MoneyReturn)
        .where(MoneyReturn.id == return_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def _require_finance(actor: Actor) -> None:
    if not actor.has_role(Role.FINANCE):
        raise Forbidden
