"""Stripe as far as the shop speaks with it, in this process: sessions, refunds, disputes, kept keys, failures, events.

It answers through the real library's transport, refuses what the real one refuses, and remembers every idempotency key with the
parameters it came with. ``fail_next`` breaks the line before or after the work was done.
"""

import itertools
import json
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import stripe

from marketplace.kernel import clock
from orders.payments.rules import sign

SECRET = "whsec_fake"
ALLOWED = {
    *("mode", "client_reference_id", "allowed_payment_method_types", "payment_method_options", "line_items"),
    *("locale", "success_url", "cancel_url", "metadata", "payment_intent_data"),
}
Failure = Literal["before", "after", "500", "429"]


class FakeStripe(stripe.HTTPClient):
    name = "fake"

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.calls: list[str] = []
        self.failures: list[Failure] = []
        #: the status new refunds begin with
        self.refund_status = "succeeded"
        self._numbers = itertools.count(1)

    def fail_next(self, *failures: Failure) -> None:
        self.failures.extend(failures)

    def forget_keys(self) -> None:
        """A day later."""
        self.keys.clear()

    # --- what the library calls -----------------------------------------------------------------------------------

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, dict[str, str]]:
        path = urlsplit(url).path.removeprefix("/v1/")
        self.calls.append(f"{method.upper()} {path}")
        failure = self.failures.pop(0) if self.failures else None
        if failure == "before":
            raise _broken()
        if failure in {"500", "429"}:
            return _error(int(failure), "api_error" if failure == "500" else "rate_limit", "try again")
        body = post_data if method == "post" else urlsplit(url).query
        answer = self._once(headers.get("Idempotency-Key"), method, path, str(body or ""))
        if failure == "after":
            raise _broken()
        return answer

    def _once(self, key: str | None, method: str, path: str, body: str) -> tuple[str, int, dict[str, str]]:
        if method != "post" or key is None:
            return self._act(method, path, dict(parse_qsl(body)))
        known = self.keys.get(key)
        if known is not None and known[0] != f"{path}?{body}":
            return _error(400, "idempotency_error", "the same key came with other parameters")
        if known is None:
            text, status, headers = self._act(method, path, dict(parse_qsl(body)))
            if status >= 500:
                return text, status, headers
            known = self.keys[key] = (f"{path}?{body}", json.dumps([text, status]))
        text, status = json.loads(known[1])
        return text, status, {}

    def _act(self, method: str, path: str, sent: dict[str, str]) -> tuple[str, int, dict[str, str]]:
        match (method, path.split("/")):
            case ("post", ["checkout", "sessions"]):
                return self._create_session(sent)
            case ("get", ["checkout", "sessions", name]) if name in self.sessions:
                session = self.sessions[name]
                return _ok({**session, "payment_intent": self.intents.get(session["payment_intent"])})
            case ("post", ["checkout", "sessions", name, "expire"]) if name in self.sessions:
                return self._expire(self.sessions[name])
            case ("post", ["refunds"]):
                return self._create_refund(sent)
            case ("get", ["refunds"]):
                made = [r for r in self.refunds.values() if r["payment_intent"] == sent.get("payment_intent")]
                return _ok({"object": "list", "data": made[::-1], "has_more": False, "url": "/v1/refunds"})
        return _error(404, "invalid_request_error", f"no such thing: {path}")

    def _create_session(self, sent: dict[str, str]) -> tuple[str, int, dict[str, str]]:
        unknown = {name.partition("[")[0] for name in sent} - ALLOWED
        if unknown:
            return _error(400, "invalid_request_error", f"Received unknown parameters: {sorted(unknown)}")
        if any(len(value) > 500 for name, value in sent.items() if "metadata" in name):
            return _error(400, "invalid_request_error", "Metadata values can have up to 500 characters")
        name = f"cs_test_{next(self._numbers)}"
        self.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "url": f"https://checkout.stripe.com/c/pay/{name}#{'x' * 600}",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(sent["line_items[0][price_data][unit_amount]"]),
            "currency": sent["line_items[0][price_data][currency]"],
            "client_reference_id": sent["client_reference_id"],
            "metadata": {k[9:-1]: v for k, v in sent.items() if k.startswith("metadata[")},
        }
        return _ok(self.sessions[name])

    def _expire(self, session: dict[str, Any]) -> tuple[str, int, dict[str, str]]:
        if session["status"] != "open":
            return _error(400, "invalid_request_error", "Only open sessions can be expired")
        session["status"] = "expired"
        return _ok(session)

    def _create_refund(self, sent: dict[str, str]) -> tuple[str, int, dict[str, str]]:
        intent = self.intents.get(sent.get("payment_intent", ""))
        if intent is None or intent["status"] != "succeeded":
            return _error(
                400, "invalid_request_error", "This PaymentIntent does not have a successful charge"
            )
        fen = int(sent["amount"])
        back = sum(r["amount"] for r in self.refunds.values() if r["payment_intent"] == intent["id"])
        if fen + back > intent["amount"]:
            return _error(400, "invalid_request_error", "Refund amount is greater than unrefunded amount")
        name = f"re_{next(self._numbers)}"
        self.refunds[name] = {
            "id": name,
            "object": "refund",
            "amount": fen,
            "payment_intent": intent["id"],
            "status": self.refund_status,
            "metadata": {"key": sent["metadata[key]"]},
        }
        return _ok(self.refunds[name])

    # --- what buyers and their banks do ---------------------------------------------------------------------------

    def pay(self, session_id: str) -> tuple[bytes, str]:
        """The buyer pays: the event Stripe sends, with its signature."""
        session = self.sessions[session_id]
        if session["status"] != "open":
            raise AssertionError(f"nobody can pay a session that is {session['status']}")
        intent = f"pi_{next(self._numbers)}"
        self.intents[intent] = {
            "id": intent,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "status": "succeeded",
        }
        session.update(status="complete", payment_status="paid", payment_intent=intent)
        return self.event("checkout.session.completed", session)

    def refuse_later(self, session_id: str) -> tuple[bytes, str]:
        """A bank that takes its time says no."""
        session = self.sessions[session_id]
        intent = f"pi_{next(self._numbers)}"
        self.intents[intent] = {
            "id": intent,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "status": "requires_payment_method",
        }
        session.update(status="complete", payment_intent=intent)
        return self.event("checkout.session.async_payment_failed", session)

    def dispute(self, session_id: str, kind: str, status: str) -> tuple[bytes, str]:
        session = self.sessions[session_id]
        body = {
            "id": f"du_{session_id}",
            "object": "dispute",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "payment_intent": session["payment_intent"],
            "reason": "fraudulent",
            "status": status,
        }
        return self.event(f"charge.dispute.{kind}", body)

    def event(self, kind: str, body: dict[str, Any]) -> tuple[bytes, str]:
        at = int(clock.now().timestamp())
        event = {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "type": kind,
            "created": at,
            "data": {"object": body},
        }
        raw = json.dumps(event).encode()
        return raw, sign(SECRET, raw, at)


def _broken() -> stripe.APIConnectionError:
    return stripe.APIConnectionError("the line broke")  # type: ignore[no-untyped-call]


def _ok(body: dict[str, Any]) -> tuple[str, int, dict[str, str]]:
    return json.dumps(body), 200, {}


def _error(status: int, kind: str, message: str) -> tuple[str, int, dict[str, str]]:
    return json.dumps({"error": {"type": kind, "message": message}}), status, {}
