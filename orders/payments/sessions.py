"""Sessions with the online provider: written down first, then opened there, then kept with the address they got.

What is written and not opened, for the provider was down or the process ended, is opened under the same key by the next
who wants to pay. The provider is called outside any transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from marketplace.kernel import clock
from marketplace.kernel.db import db, insert_returning
from marketplace.kernel.errors import Conflict
from marketplace.kernel.numbering import new_token
from marketplace.kernel.transaction import transactional
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.commands import Due
from orders.payments.models import Payment, PaymentSession
from orders.payments.providers.interface import SessionRequest
from orders.payments.providers.registry import get_provider, online_provider_name
from orders.payments.workflow import PAYMENT, PaymentState, SessionState

STARTABLE = (PaymentState.UNPAID, PaymentState.FAILED, PaymentState.PENDING)


@dataclass(frozen=True)
class Session:
    """One that is written down. ``url`` is None until the provider has opened it."""

    id: int
    token: str
    provider: str
    fen: int
    splits: list[dict[str, Any]]
    url: str | None = None


def write_session(checkout_id: int, provider: str, dues: Sequence[Due], until: datetime) -> Session:
    """Add a session that pays all of ``dues`` to the running transaction."""
    token, splits, fen = new_token(), _splits(dues), sum(due.fen for due in dues)
    row = {
        "token": token,
        "checkout_id": checkout_id,
        "provider": provider,
        "state": SessionState.OPEN,
        "amount_fen": fen,
        "splits": splits,
        "created_at": clock.now(),
        "expires_at": until,
    }
    ((session_id,),) = insert_returning(PaymentSession, [row], PaymentSession.id)
    return Session(session_id, token, provider, fen, splits)


def session_of_new_orders(checkout_id: int, dues: Sequence[Due], until: datetime) -> Session:
    """For buyers who pay online as they place: nobody else can have begun to pay what nobody has seen yet."""
    return write_session(checkout_id, online_provider_name(), dues, until)


def start_session(checkout_id: int, return_url: str) -> str:
    """The address where the buyer pays all unpaid online orders of a checkout; an open session is used again.

    Raises Conflict ``payments.nothing_to_pay`` and ProviderUnavailable.
    """
    return open_at_provider(_begin(checkout_id), return_url)


def open_at_provider(session: Session, return_url: str) -> str:
    """Where it is paid; its token is the idempotency key. Raises ProviderUnavailable."""
    if session.url is not None:
        return session.url
    request = SessionRequest(session.token, session.fen, session.splits, return_url)
    opened = get_provider(session.provider).open_session(request)
    _keep(session.id, opened.external_id, opened.url)
    return opened.url


_LOCKED_CHECKOUT = select(Checkout.id).where(Checkout.id == bindparam("checkout_id")).with_for_update()
_TO_PAY = (
    select(Payment, Order.supplier_id, Order.reserved_until)
    .join(Order, Order.id == Payment.order_id)
    .where(
        Order.checkout_id == bindparam("checkout_id"),
        Order.state == OrderState.PLACED,
        Order.payment_method == PaymentMethod.ONLINE,
        Order.reserved_until > bindparam("moment"),
        Payment.state.in_(STARTABLE),
    )
    .order_by(Order.id)
    .with_for_update()
)
_OPEN_SESSION = (
    select(PaymentSession)
    .where(PaymentSession.checkout_id == bindparam("checkout_id"), PaymentSession.state == SessionState.OPEN)
    .order_by(PaymentSession.id.desc())
    .limit(1)
)


@transactional
def _begin(checkout_id: int) -> Session:
    db.session.execute(_LOCKED_CHECKOUT, {"checkout_id": checkout_id})
    rows = db.session.execute(_TO_PAY, {"checkout_id": checkout_id, "moment": clock.now()}).all()
    if not rows:
        raise Conflict("payments.nothing_to_pay")
    dues = [Due(payment.order_id, supplier_id, payment.amount_fen) for payment, supplier_id, _ in rows]
    session = _open_session_for(checkout_id, dues) or write_session(
        checkout_id, rows[0][0].provider, dues, min(reserved_until for _, _, reserved_until in rows)
    )
    for payment, _, _ in rows:
        if payment.state is not PaymentState.PENDING:
            payment.state = PAYMENT.next(payment.state, "start")
        payment.session_id = session.id
        payment.failure = None
    return session


def _open_session_for(checkout_id: int, dues: Sequence[Due]) -> Session | None:
    found = db.session.scalar(_OPEN_SESSION, {"checkout_id": checkout_id})
    if found is None or found.splits != _splits(dues):
        return None
    return Session(found.id, found.token, found.provider, found.amount_fen, found.splits, found.url)


def _splits(dues: Sequence[Due]) -> list[dict[str, Any]]:
    return [{"supplier_id": due.supplier_id, "order_id": due.order_id, "fen": due.fen} for due in dues]


_OPENED = (
    update(PaymentSession)
    .where(PaymentSession.id == bindparam("key"), PaymentSession.external_id.is_(None))
    .values(external_id=bindparam("external"), url=bindparam("address"))
    .execution_options(synchronize_session=False)
)


@transactional
def _keep(session_id: int, external_id: str, url: str) -> None:
    db.session.execute(_OPENED, {"key": session_id, "external": external_id, "address": url})
