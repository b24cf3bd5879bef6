"""What the shop asks of a payment provider. Every call has an idempotency key and happens outside any transaction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class ProviderUnavailable(Exception):
    """The provider did not answer in time or could not help now; the same call may be made again."""


@dataclass(frozen=True)
class SessionRequest:
    """``fen`` to charge; ``splits`` tells the licensed institution how to divide it: [{"supplier_id", "order_id",
    "fen"}]."""

    key: str
    fen: int
    splits: list[dict[str, Any]]
    return_url: str


@dataclass(frozen=True)
class OpenedSession:
    external_id: str
    url: str


class ChargeState(StrEnum):
    """What the provider knows of a session's money."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True)
class FoundCharge:
    state: ChargeState
    charge_id: str | None
    fen: int


class ReturnState(StrEnum):
    DONE = "done"
    #: Under way: asked again later.
    SENT = "sent"
    #: A person has to do it and say so (bank transfers).
    BY_HAND = "by_hand"
    FAILED = "failed"


@dataclass(frozen=True)
class ReturnResult:
    state: ReturnState
    external_id: str | None = None
    failure: str = ""


class PaymentProvider(Protocol):
    """A provider. Methods raise ProviderUnavailable when asking again later may help."""

    name: str
    #: header that carries the signature of its notices; "" when it sends none
    signature_header: str
    #: the other site where buyers pay, as an origin; "" where it is ours
    pay_origin: str

    def open_session(self, request: SessionRequest) -> OpenedSession:
        """Open a page where the buyer pays; the same key gives the same session."""
        ...

    def close_session(self, external_id: str) -> None:
        """Take no more money for a session whose orders are gone; what was paid meanwhile comes by notice."""
        ...

    def find_charge(self, external_id: str) -> FoundCharge:
        """What became of a session, asked when no notice came."""
        ...

    def return_money(self, key: str, charge_id: str | None, fen: int) -> ReturnResult:
        """Send ``fen`` of a charge back; the same key sends once."""
        ...

    def is_signed(self, raw: bytes, header: str) -> bool:
        """Whether a notice is the provider's own, unaltered and recent."""
        ...
