"""Pure rules of payments: who may pay, how a notice is signed, what a notice says."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

from marketplace.kernel.money import MAX_FEN

#: How old a signed notice may be, in seconds; the value Stripe's own libraries use.
SIGNATURE_TOLERANCE = 300
#: Letters and digits a person can't confuse when copying a reference to a transfer form.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CURRENCY = "cny"


class SandboxState(StrEnum):
    """What the sandbox's bank did with a charge."""

    OPEN = "open"
    PAID = "paid"
    REFUSED = "refused"


class SandboxChoice(StrEnum):
    """What the person in front of the sandbox lets happen."""

    PAY = "pay"
    REFUSE = "refuse"
    PAY_LATE = "pay_late"
    PAY_TWICE = "pay_twice"
    PAY_SILENT = "pay_silent"


class NoticeKind(StrEnum):
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


NOTICE_KINDS = {
    "checkout.session.completed": NoticeKind.PAID,
    "checkout.session.async_payment_succeeded": NoticeKind.PAID,
    "checkout.session.async_payment_failed": NoticeKind.FAILED,
    "checkout.session.expired": NoticeKind.EXPIRED,
}


class DisputeKind(StrEnum):
    OPENED = "opened"
    WON = "won"
    LOST = "lost"


#: what became of a closed dispute, as the provider says it
DISPUTE_ENDS = {
    "won": DisputeKind.WON,
    "warning_closed": DisputeKind.WON,
    "lost": DisputeKind.LOST,
}


class SandboxDispute(StrEnum):
    """What the sandbox's bank does with a card holder's complaint about a paid charge."""

    DISPUTE = "dispute"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class Buyer:
    """Who stands before an order: a member by id, a guest by the secret of the checkout, somebody of a partner unit by
    the units in which the person may do what is asked for."""

    user_id: int | None = None
    checkout_token: str | None = None
    unit_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Notice:
    """What a provider says about a session. ``fen`` and ``currency`` as the provider counted them."""

    kind: NoticeKind
    session_external_id: str
    #: the key we gave when the session was opened, for a notice that is faster than the answer to our own call
    session_key: str | None
    charge_id: str | None
    fen: int
    currency: str


@dataclass(frozen=True)
class DisputeNotice:
    """What a provider says about a dispute of a charge."""

    kind: DisputeKind
    external_id: str
    charge_id: str
    fen: int
    currency: str
    reason: str


def sign(secret: str, raw: bytes, at: int) -> str:
    """The header of a notice sent at ``at`` (Unix seconds): ``t=…,v1=HMAC-SHA256(secret, t.raw)``."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def signature_holds(secret: str, raw: bytes, header: str, at: int) -> bool:
    """Whether one of the header's v1 signatures is ours and at most SIGNATURE_TOLERANCE seconds from ``at``."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or len(times[0]) > 12:
        return False
    sent = int(times[0])
    if abs(at - sent) > SIGNATURE_TOLERANCE:
        return False
    expected = sign(secret, raw, sent).partition(",v1=")[2]
    return any(hmac.compare_digest(expected.encode(), value.encode()) for value in given)


@dataclass(frozen=True)
class SignedEvent:
    """A verified event: its provider-wide id, type and whole content."""

    external_id: str
    type: str
    payload: dict[str, Any]


def read_event(raw: bytes) -> SignedEvent | None:
    """The event in a verified body, or None when it is not one (not JSON, no id, no type)."""
    try:
        payload = json.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    external_id, kind = payload.get("id"), payload.get("type")
    if not _is_name(external_id) or not _is_name(kind) or len(kind) > 80:
        return None
    return SignedEvent(external_id, kind, payload)


def read_notice(kind: str, payload: dict[str, Any]) -> Notice | None:
    """What an event says about a session, or None when it is of no concern to us."""
    notice_kind = NOTICE_KINDS.get(kind)
    data = payload.get("data")
    session = data.get("object") if isinstance(data, dict) else None
    if notice_kind is None or not isinstance(session, dict) or not _is_name(session.get("id")):
        return None
    if notice_kind is NoticeKind.PAID and session.get("payment_status") != "paid":
        return None  # completed, but the money is still under way: another event will follow
    fen, charge = session.get("amount_total"), session.get("payment_intent")
    key = session.get("client_reference_id")
    return Notice(
        notice_kind,
        session["id"],
        key if _is_name(key) else None,
        charge if _is_name(charge) else None,
        fen if isinstance(fen, int) and not isinstance(fen, bool) and 0 <= fen <= MAX_FEN else -1,
        str(session.get("currency", "")).lower()[:10],
    )


def read_dispute(kind: str, payload: dict[str, Any]) -> DisputeNotice | None:
    """What an event says about a dispute, or None when it is about something else."""
    data = payload.get("data")
    dispute = data.get("object") if isinstance(data, dict) else None
    if not isinstance(dispute, dict) or not _is_name(dispute.get("id")):
        return None
    charge, fen, status = dispute.get("payment_intent"), dispute.get("amount"), dispute.get("status")
    found = {
        "charge.dispute.created": DisputeKind.OPENED,
        "charge.dispute.closed": DISPUTE_ENDS.get(status) if isinstance(status, str) else None,
    }.get(kind)
    if found is None or not _is_name(charge):
        return None
    return DisputeNotice(
        found,
        dispute["id"],
        charge,
        fen if isinstance(fen, int) and not isinstance(fen, bool) and 0 <= fen <= MAX_FEN else -1,
        str(dispute.get("currency", "")).lower()[:10],
        "".join(sign for sign in str(dispute.get("reason", "")) if sign.isprintable())[:60],
    )


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= 120 and value.isprintable()
