"""The inbox of provider notices: verified, stored first, applied once, in whatever order they come.

What never came is asked for: ``reconcile`` puts the provider's answer through the same inbox.
"""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import and_, bindparam, func, or_, select, update

from marketplace.kernel import clock
from marketplace.kernel.db import db, insert_unless_there
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.transaction import transactional
from orders.payments.capture import book_stray, capture, payment_of
from orders.payments.commands import overdue_order_ids, release_unpaid
from orders.payments.disputes import apply_dispute
from orders.payments.models import Payment, PaymentSession, ProviderEvent
from orders.payments.parameters import RECONCILE_AFTER_SECONDS
from orders.payments.providers.interface import ChargeState, ProviderUnavailable
from orders.payments.providers.registry import get_provider
from orders.payments.rules import CURRENCY, Notice, NoticeKind, read_dispute, read_event, read_notice
from orders.payments.workflow import PAYMENT, SESSION, PaymentState, SessionState

log = structlog.get_logger()

MAX_BODY = 256 * 1024
#: how long after its end a session is still asked about
ASKED_FOR = timedelta(days=3)

_KNOWN_EVENT = select(ProviderEvent.id).where(
    ProviderEvent.provider == bindparam("provider"), ProviderEvent.external_id == bindparam("external_id")
)
_LOCKED_EVENT = (
    select(ProviderEvent)
    .where(ProviderEvent.id == bindparam("event_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_SESSION = (
    select(PaymentSession)
    .where(PaymentSession.provider == bindparam("provider"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_SESSION_BY_ID = _SESSION.where(PaymentSession.external_id == bindparam("external_id"))
_SESSION_BY_KEY = _SESSION.where(
    PaymentSession.token == bindparam("key"), PaymentSession.external_id.is_(None)
)


def receive(provider_name: str, raw: bytes, signature: str) -> None:
    """Keep a verified notice, then do what it asks for. What can't be done now is kept: the sweep applies it, and the
    provider need not send it again. Raises as ``store_event`` does."""
    event_id = store_event(provider_name, raw, signature)
    try:
        apply_event(event_id)
    except Exception:
        log.exception("payments.notice_not_applied", event_id=event_id)


def store_event(provider_name: str, raw: bytes, signature: str) -> int:
    """Keep a verified notice; returns its id, the same for the same notice.

    Raises NotFound for an unknown provider, InvalidInput ``payments.forged`` when the signature, its age or the body
    is wrong: nothing is kept then.
    """
    provider = get_provider(provider_name)
    if len(raw) > MAX_BODY or not provider.is_signed(raw, signature):
        raise InvalidInput("payments.forged")
    event = read_event(raw)
    if event is None:
        raise InvalidInput("payments.forged")
    return _keep_event(provider_name, event.external_id, event.type, event.payload)


@transactional
def _keep_event(provider: str, external_id: str, kind: str, payload: dict[str, Any]) -> int:
    event = {
        "provider": provider,
        "external_id": external_id,
        "type": kind,
        "payload": payload,
        "received_at": clock.now(),
    }
    kept = insert_unless_there(ProviderEvent, event, "provider", "external_id")
    return kept if kept is not None else db.session.execute(_KNOWN_EVENT, event).scalar_one()


@transactional
def apply_event(event_id: int) -> str:
    """Do what a stored notice asks for, at most once; returns what it did. A dispute of a payment that is not known yet
    stays waiting, as long as the payment is asked about."""
    event = db.session.scalars(_LOCKED_EVENT, {"event_id": event_id}).one()
    if event.applied_at is not None:
        return event.outcome or ""
    notice, dispute = read_notice(event.type, event.payload), read_dispute(event.type, event.payload)
    if dispute is not None:
        event.outcome = apply_dispute(event.provider, dispute)
        if event.outcome == "unknown_session" and event.received_at > clock.now() - ASKED_FOR:
            return event.outcome  # it overtook its payment: ``apply_waiting`` comes back to it
    else:
        event.outcome = "ignored" if notice is None else _apply_notice(event.provider, notice)
    event.applied_at = clock.now()
    return event.outcome


def _apply_notice(provider: str, notice: Notice) -> str:
    session = _session_of(provider, notice)
    if session is None:
        return "unknown_session"
    match notice.kind:
        case NoticeKind.PAID:
            return _apply_paid(session, notice)
        case NoticeKind.FAILED:
            return _apply_failed(session, "fail", "银行没有通过这笔付款")
        case NoticeKind.EXPIRED:
            return _apply_failed(session, "expire", "付款页面过期了")


def _session_of(provider: str, notice: Notice) -> PaymentSession | None:
    session = db.session.scalar(
        _SESSION_BY_ID, {"provider": provider, "external_id": notice.session_external_id}
    )
    if session is None and notice.session_key is not None:
        session = db.session.scalar(_SESSION_BY_KEY, {"provider": provider, "key": notice.session_key})
    return session


def _apply_paid(session: PaymentSession, notice: Notice) -> str:
    charge = notice.charge_id or notice.session_external_id
    if session.charge_id == charge:
        return "duplicate"
    if notice.fen <= 0 or notice.currency != CURRENCY:
        return "unreadable_amount"
    if notice.fen != session.amount_fen:
        book_stray(charge, session.provider, charge, notice.fen, None, "amount_differs")
        return "amount_differs"
    if session.state is SessionState.SUCCEEDED:
        book_stray(charge, session.provider, charge, notice.fen, None, "paid_twice")
        return "paid_twice"
    session.state = SESSION.next(session.state, "succeed")
    session.charge_id = charge
    kept = 0
    for split in sorted(session.splits, key=lambda each: each["order_id"]):
        order_id = split["order_id"]
        if capture(order_id, None, session_id=session.id):
            kept += 1
        else:
            reason = "paid_twice" if payment_of(order_id).state is PaymentState.PAID else "order_gone"
            book_stray(f"{charge}:{order_id}", session.provider, charge, split["fen"], order_id, reason)
    return f"captured {kept} of {len(session.splits)}"


def _apply_failed(session: PaymentSession, action: str, words: str) -> str:
    if not SESSION.allows(session.state, action):
        return "too_late"
    session.state = SESSION.next(session.state, action)
    for payment in db.session.scalars(
        select(Payment)
        .where(Payment.session_id == session.id, Payment.state == PaymentState.PENDING)
        .order_by(Payment.order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        payment.state = PAYMENT.next(payment.state, "fail")
        payment.failure = words
    return action


def apply_waiting(limit: int = 200) -> int:
    """Job: apply notices that were stored and whose application was interrupted. Returns how many."""
    waiting = db.session.scalars(
        select(ProviderEvent.id)
        .where(
            ProviderEvent.applied_at.is_(None),
            ProviderEvent.received_at < clock.now() - timedelta(seconds=5),
        )
        .order_by(ProviderEvent.id)
        .limit(limit)
    ).all()
    for event_id in waiting:
        apply_event(event_id)
    return len(waiting)


def reconcile(session_id: int) -> str:
    """Ask the provider what became of a session and put the answer through the inbox. Raises ProviderUnavailable."""
    session = db.session.get(PaymentSession, session_id)
    if session is None or session.external_id is None:
        return "unknown_session"
    provider, external_id, token = session.provider, session.external_id, session.token
    db.session.rollback()
    found = get_provider(provider).find_charge(external_id)
    if found.state is ChargeState.OPEN:
        return "open"
    is_paid = found.state is ChargeState.PAID
    kind = "checkout.session.completed" if is_paid else "checkout.session.async_payment_failed"
    body = {
        "id": external_id,
        "client_reference_id": token,
        "amount_total": found.fen,
        "currency": CURRENCY,
        "payment_status": "paid" if is_paid else "unpaid",
        "payment_intent": found.charge_id,
    }
    event_id = f"reconcile:{found.charge_id or external_id}"
    payload: dict[str, Any] = {"id": event_id, "type": kind, "data": {"object": body}}
    return apply_event(_keep_event(provider, event_id, kind, payload))


def reconcile_sessions(limit: int = 200) -> int:
    """Job: ask about sessions that have been silent for a while; once their time is up less often, for three more
    days, because a bank may take money late. Returns how many had an answer."""
    moment = clock.now()
    pause = timedelta(seconds=RECONCILE_AFTER_SECONDS.get())
    last_asked = func.coalesce(PaymentSession.asked_at, PaymentSession.created_at)
    sessions = db.session.scalars(
        select(PaymentSession.id)
        .where(
            PaymentSession.state != SessionState.SUCCEEDED,
            PaymentSession.external_id.is_not(None),
            PaymentSession.expires_at > moment - ASKED_FOR,
            or_(
                and_(PaymentSession.expires_at > moment, last_asked < moment - pause),
                last_asked < moment - pause * 60,
            ),
        )
        .order_by(PaymentSession.expires_at)
        .limit(limit)
    ).all()
    return sum(_try_to_reconcile(session_id) for session_id in sessions)


@transactional
def _remember_asking(session_id: int) -> None:
    db.session.execute(
        update(PaymentSession).where(PaymentSession.id == session_id).values(asked_at=clock.now())
    )


def _try_to_reconcile(session_id: int) -> bool:
    _remember_asking(session_id)
    try:
        return reconcile(session_id) != "open"
    except ProviderUnavailable:
        log.warning("payments.provider_unavailable", session_id=session_id)
        return False


def close_session(session_id: int) -> None:
    """An order of it is gone: the provider is told to take no more, and what it takes all the same goes back. What is
    left of its orders is paid by a new one."""
    provider, external_id = _expire_session(session_id)
    if external_id is not None:
        try:
            get_provider(provider).close_session(external_id)
        except ProviderUnavailable:
            log.warning("payments.provider_unavailable", session_id=session_id)


@transactional
def _expire_session(session_id: int) -> tuple[str, str | None]:
    session = db.session.get_one(PaymentSession, session_id)
    if session.state is not SessionState.OPEN:
        return session.provider, None
    session.state = SESSION.next(session.state, "expire")
    return session.provider, session.external_id


def expire_overdue() -> int:
    """Job: cancel unpaid orders whose reservation has run out, after asking the provider once more whether the money
    is there. Money that comes later all the same goes back by itself. Returns how many were cancelled."""
    cancelled = 0
    for order_id in overdue_order_ids():
        session_id = db.session.scalar(
            select(PaymentSession.id)
            .join(Payment, Payment.session_id == PaymentSession.id)
            .where(Payment.order_id == order_id, PaymentSession.state == SessionState.OPEN)
        )
        if session_id is not None and not _try_to_reconcile(session_id):
            close_session(session_id)
        cancelled += release_unpaid(order_id, None, "超过付款时间，自动取消")
    return cancelled
