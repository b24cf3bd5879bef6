"""Stripe Checkout: card, Alipay and WeChat Pay, in yuan, on a page of Stripe's. The one place that knows its library.

Every call has a time limit and an idempotency key. Stripe keeps those keys for a day only, so a refund is also looked
for by the key in its metadata before it is asked for: the same key sends money back once, however late it comes again.
"""

from typing import TYPE_CHECKING, Any

import stripe
import structlog

from orders.payments.providers.interface import (
    ChargeState,
    FoundCharge,
    OpenedSession,
    ProviderUnavailable,
    ReturnResult,
    ReturnState,
    SessionRequest,
)
from orders.payments.rules import CURRENCY, SIGNATURE_TOLERANCE

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

log = structlog.get_logger()

NAME = "stripe"
TIMEOUT_SECONDS = 10
#: what a value of Stripe's metadata may hold
_METADATA_LENGTH = 500
_REFUSED = frozenset({"failed", "canceled"})
_GONE = frozenset({"requires_payment_method", "canceled"})


class StripeCheckout:
    name = NAME
    signature_header = "Stripe-Signature"
    pay_origin = "https://checkout.stripe.com"

    def __init__(
        self, api_key: str, webhook_secret: str, title: str, http_client: stripe.HTTPClient | None = None
    ) -> None:
        """``title`` is what the buyer sees the charge is for."""
        self._secret = webhook_secret
        self._title = title
        self._client = stripe.StripeClient(
            api_key,
            http_client=http_client or stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
            max_network_retries=0,  # who calls tries again, with the same key
        )

    def open_session(self, request: SessionRequest) -> OpenedSession:
        params = _session_params(request, self._title)
        try:
            session = self._client.v1.checkout.sessions.create(params, {"idempotency_key": request.key})
        except stripe.StripeError as error:
            raise _unavailable(error, "open_session") from error
        return OpenedSession(session.id, str(session.url))

    def close_session(self, external_id: str) -> None:
        try:
            self._client.v1.checkout.sessions.expire(external_id)
        except stripe.InvalidRequestError:
            return  # paid or expired meanwhile: the notice or the next asking tells which
        except stripe.StripeError as error:
            raise _unavailable(error, "close_session") from error

    def find_charge(self, external_id: str) -> FoundCharge:
        try:
            session = self._client.v1.checkout.sessions.retrieve(external_id, {"expand": ["payment_intent"]})
        except stripe.StripeError as error:
            raise _unavailable(error, "find_charge") from error
        intent = session.payment_intent
        charge_id = intent if isinstance(intent, str) or intent is None else intent.id
        status = "" if isinstance(intent, str) or intent is None else intent.status
        if session.payment_status == "paid":
            return FoundCharge(ChargeState.PAID, charge_id, session.amount_total or 0)
        if session.status == "expired" or (session.status == "complete" and status in _GONE):
            return FoundCharge(ChargeState.FAILED, charge_id, 0)
        return FoundCharge(ChargeState.OPEN, charge_id, 0)

    def return_money(self, key: str, charge_id: str | None, fen: int) -> ReturnResult:
        if charge_id is None:
            return ReturnResult(ReturnState.FAILED, failure="没有对应的支付记录")
        try:
            refund = self._find_refund(key, charge_id) or self._client.v1.refunds.create(
                {"payment_intent": charge_id, "amount": fen, "metadata": {"key": key}},
                {"idempotency_key": key},
            )
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            return ReturnResult(ReturnState.FAILED, failure=(error.user_message or str(error))[:200])
        except stripe.StripeError as error:
            raise _unavailable(error, "return_money") from error
        if refund.status in _REFUSED:
            why = getattr(refund, "failure_reason", None) or refund.status  # a field Stripe leaves out
            return ReturnResult(ReturnState.FAILED, refund.id, f"支付机构没有退成：{why}")
        if refund.status != "succeeded":
            return ReturnResult(ReturnState.SENT, refund.id)
        return ReturnResult(ReturnState.DONE, refund.id)

    def _find_refund(self, key: str, charge_id: str) -> stripe.Refund | None:
        made = self._client.v1.refunds.list({"payment_intent": charge_id, "limit": 100})
        return next((each for each in made.auto_paging_iter() if _key_of(each) == key), None)

    def is_signed(self, raw: bytes, header: str) -> bool:
        try:
            stripe.WebhookSignature.verify_header(raw, header, self._secret, tolerance=SIGNATURE_TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError):
            return False
        return True


def _session_params(request: SessionRequest, title: str) -> "SessionCreateParams":
    metadata = splits_as_metadata(request.splits)
    return {
        "mode": "payment",
        "client_reference_id": request.key,
        "allowed_payment_method_types": ["card", "alipay", "wechat_pay"],
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": request.fen,
                    "product_data": {"name": title},
                },
            }
        ],
        "locale": "zh",
        "success_url": request.return_url,
        "cancel_url": request.return_url,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "transfer_group": request.key},
    }


def splits_as_metadata(splits: list[dict[str, Any]]) -> dict[str, str]:
    """How the charge is to be divided, for the institution: ``order:supplier:fen`` joined by blanks, in as many values
    of Stripe's metadata as it takes."""
    values: list[str] = []
    for split in splits:
        word = f"{split['order_id']}:{split['supplier_id']}:{split['fen']}"
        if values and len(values[-1]) + 1 + len(word) <= _METADATA_LENGTH:
            values[-1] += f" {word}"
        else:
            values.append(word)
    return {f"splits_{index}": value for index, value in enumerate(values, start=1)}


def _key_of(refund: stripe.Refund) -> str | None:
    return refund.metadata["key"] if refund.metadata is not None and "key" in refund.metadata else None


def _unavailable(error: stripe.StripeError, act: str) -> ProviderUnavailable:
    """For the buyer it is all one; what is ours to mend (a key, a parameter) shows in the log."""
    log.warning(
        "payments.stripe_failed", act=act, kind=type(error).__name__, code=error.code, said=str(error)[:200]
    )
    return ProviderUnavailable(str(error)[:200])
