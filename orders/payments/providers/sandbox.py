"""The provider of demo and test: a bank on a page. It keeps its own books, signs its notices like Stripe and posts them
where Stripe's arrive. Settings refuse it in production."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from marketplace.kernel import clock
from marketplace.kernel.db import db, insert_unless_there
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.transaction import transactional
from orders.payments.models import SandboxCharge
from orders.payments.providers.interface import (
    ChargeState,
    FoundCharge,
    OpenedSession,
    ReturnResult,
    ReturnState,
    SessionRequest,
)
from orders.payments.rules import CURRENCY, SandboxChoice, SandboxDispute, SandboxState, sign, signature_holds

NAME = "sandbox"
_STATES = {
    SandboxState.OPEN: ChargeState.OPEN,
    SandboxState.PAID: ChargeState.PAID,
    SandboxState.REFUSED: ChargeState.FAILED,
}


@dataclass(frozen=True)
class Settled:
    """What happened at the sandbox: the notices to send (``late``: later; none when silence was chosen), and where the
    buyer goes on."""

    notices: tuple[str, ...]
    late: bool
    return_url: str


_CHARGE = select(SandboxCharge).where(SandboxCharge.idempotency_key == bindparam("key"))
_LOCKED_CHARGE = _CHARGE.with_for_update()


class Sandbox:
    name = NAME
    signature_header = "Stripe-Signature"
    pay_origin = ""

    def __init__(self, secret: str, page_url: Callable[[str], str]) -> None:
        """``page_url`` gives the address of the sandbox's page for a session's key."""
        self._secret = secret
        self._page_url = page_url

    @transactional
    def open_session(self, request: SessionRequest) -> OpenedSession:
        external_id = f"cs_sandbox_{secrets.token_hex(12)}"
        charge = {
            "external_id": external_id,
            "idempotency_key": request.key,
            "amount_fen": request.fen,
            "state": SandboxState.OPEN,
            "return_url": request.return_url,
            "returns": {},
            "events": 0,
            "created_at": clock.now(),
        }
        if insert_unless_there(SandboxCharge, charge, "idempotency_key") is None:
            external_id = get_charge(request.key).external_id
        return OpenedSession(external_id, self._page_url(request.key))

    def close_session(self, external_id: str) -> None:
        """Left open: here one can see what becomes of money that comes too late."""

    def find_charge(self, external_id: str) -> FoundCharge:
        charge = db.session.scalar(select(SandboxCharge).where(SandboxCharge.external_id == external_id))
        if charge is None:
            return FoundCharge(ChargeState.OPEN, None, 0)
        return FoundCharge(_STATES[charge.state], charge.charge_id, charge.amount_fen)

    @transactional
    def return_money(self, key: str, charge_id: str | None, fen: int) -> ReturnResult:
        charge = db.session.scalar(
            select(SandboxCharge).where(SandboxCharge.charge_id == charge_id).with_for_update()
        )
        if charge is None or charge.state is not SandboxState.PAID:
            return ReturnResult(ReturnState.FAILED, failure="沙箱里没有这笔款")
        if key not in charge.returns:
            if sum(each["fen"] for each in charge.returns.values()) + fen > charge.amount_fen:
                return ReturnResult(ReturnState.FAILED, failure="退的比收的多")
            charge.returns = {**charge.returns, key: {"id": f"re_sandbox_{secrets.token_hex(8)}", "fen": fen}}
        return ReturnResult(ReturnState.DONE, charge.returns[key]["id"])

    def is_signed(self, raw: bytes, header: str) -> bool:
        return signature_holds(self._secret, raw, header, int(clock.now().timestamp()))

    def signature(self, raw: bytes) -> str:
        """The header for a notice sent now."""
        return sign(self._secret, raw, int(clock.now().timestamp()))


def get_charge(key: str) -> SandboxCharge:
    """The sandbox's own record of a session; raises NotFound."""
    charge = db.session.scalar(_CHARGE, {"key": key})
    if charge is None:
        raise NotFound
    return charge


@transactional
def settle(key: str, choice: SandboxChoice) -> Settled:
    """Let the sandbox's bank do what was chosen. Raises NotFound, and Conflict when the money is already taken."""
    charge = db.session.scalar(_LOCKED_CHARGE, {"key": key})
    if charge is None:
        raise NotFound
    if charge.state is SandboxState.PAID:
        raise Conflict("payments.sandbox_settled")
    charge.events += 1
    if choice is SandboxChoice.REFUSE:
        charge.state = SandboxState.REFUSED
        notice = _notice(charge, "checkout.session.async_payment_failed", "unpaid")
        return Settled((notice,), False, charge.return_url)
    charge.state = SandboxState.PAID
    charge.charge_id = f"pi_sandbox_{secrets.token_hex(12)}"
    notice = _notice(charge, "checkout.session.completed", "paid")
    times = {SandboxChoice.PAY_SILENT: 0, SandboxChoice.PAY_TWICE: 2}.get(choice, 1)
    return Settled((notice,) * times, choice is SandboxChoice.PAY_LATE, charge.return_url)


def _notice(charge: SandboxCharge, kind: str, payment_status: str) -> str:
    body: dict[str, Any] = {
        "id": charge.external_id,
        "object": "checkout.session",
        "client_reference_id": charge.idempotency_key,
        "amount_total": charge.amount_fen,
        "currency": CURRENCY,
        "payment_status": payment_status,
        "payment_intent": charge.charge_id,
    }
    return _event(charge, kind, body)


def _event(charge: SandboxCharge, kind: str, body: dict[str, Any]) -> str:
    event: dict[str, Any] = {
        "id": f"evt_{charge.external_id}_{charge.events}",
        "object": "event",
        "type": kind,
        "created": int(clock.now().timestamp()),
        "data": {"object": body},
    }
    return json.dumps(event, separators=(",", ":"))


@transactional
def dispute(key: str, choice: SandboxDispute) -> Settled:
    """Let a card holder complain about a paid charge, or the bank decide. Raises NotFound, and Conflict
    ``payments.sandbox_unpaid`` where there is nothing to complain about."""
    charge = db.session.scalar(
        select(SandboxCharge).where(SandboxCharge.idempotency_key == key).with_for_update()
    )
    if charge is None:
        raise NotFound
    if charge.state is not SandboxState.PAID:
        raise Conflict("payments.sandbox_unpaid")
    charge.events += 1
    kind = "created" if choice is SandboxDispute.DISPUTE else "closed"
    status = "needs_response" if choice is SandboxDispute.DISPUTE else choice.value
    returned = sum(each["fen"] for each in charge.returns.values())
    body: dict[str, Any] = {
        "id": f"dp_{charge.external_id}",
        "object": "dispute",
        "amount": charge.amount_fen - returned,
        "currency": CURRENCY,
        "payment_intent": charge.charge_id,
        "reason": "product_not_received",
        "status": status,
    }
    return Settled((_event(charge, f"charge.dispute.{kind}", body),), False, charge.return_url)
