"""对公转账: the money goes to the supplier's own account; a person checks that it came, and a person sends it back."""

from orders.payments.providers.interface import (
    ChargeState,
    FoundCharge,
    OpenedSession,
    ReturnResult,
    ReturnState,
    SessionRequest,
)

NAME = "bank_transfer"


class BankTransfer:
    """It has no machine on the other side: nothing to open, no notices, returns by hand."""

    name = NAME
    signature_header = ""
    pay_origin = ""

    def open_session(self, request: SessionRequest) -> OpenedSession:
        raise ValueError("a bank transfer has no payment page")

    def close_session(self, external_id: str) -> None:
        """There is none."""

    def find_charge(self, external_id: str) -> FoundCharge:
        return FoundCharge(ChargeState.OPEN, None, 0)

    def return_money(self, key: str, charge_id: str | None, fen: int) -> ReturnResult:
        return ReturnResult(ReturnState.BY_HAND)

    def is_signed(self, raw: bytes, header: str) -> bool:
        return False
