"""What corrections and disputes post: an order's money moved, no line's and no household's."""

from collections.abc import Sequence

from orders.ledger.rules import (
    AccountKind,
    NewPosting,
    Parties,
    balanced,
    due_posting,
    funds_posting,
)

#: what a correction may move money between; household income and what buyers paid are never corrected by hand
MOVABLE = (
    AccountKind.SUPPLIER_DUE,
    AccountKind.FREIGHT_DUE,
    AccountKind.PLATFORM_FEE,
    AccountKind.OUTLET_FEE,
)


def settlement_postings(
    balances: Sequence[tuple[str, AccountKind, int]], supplier_id: int
) -> list[NewPosting]:
    """What a period left on each account ``(account, kind, fen)`` goes off it: everybody has what was its own."""
    return balanced(
        NewPosting(account, kind, -fen, supplier_id=supplier_id) for account, kind, fen in balances
    )


def correction_postings(
    order_id: int, supplier_id: int, source: AccountKind, target: AccountKind, fen: int, parties: Parties
) -> list[NewPosting]:
    """``fen`` of an order that stood on one account belongs on another: what a debit takes off, a credit adds."""

    def account(kind: AccountKind) -> str:
        if kind is AccountKind.OUTLET_FEE:
            return f"{kind}:{parties.outlet_id}"
        return kind.value if kind is AccountKind.PLATFORM_FEE else f"{kind}:{supplier_id}"

    return balanced(
        NewPosting(account(kind), kind, amount, order_id, supplier_id=supplier_id)
        for kind, amount in ((source, fen), (target, -fen))
    )


def dispute_postings(provider: str, fen: int, order_id: int, supplier_id: int) -> list[NewPosting]:
    """The bank took ``fen`` back while it looks into what a card holder says."""
    claim = _claim(provider, fen, order_id, supplier_id)
    return balanced([funds_posting(provider, -fen, order_id, supplier_id), claim])


def dispute_end_postings(
    provider: str, fen: int, order_id: int, supplier_id: int, *, won: bool
) -> list[NewPosting]:
    """Won: the bank gave the money back. Lost: it is the supplier's loss, and its debt to households stays."""
    back = (
        funds_posting(provider, fen, order_id, supplier_id)
        if won
        else due_posting(AccountKind.DISPUTE_LOSS, fen, order_id, supplier_id)
    )
    return balanced([_claim(provider, -fen, order_id, supplier_id), back])


def _claim(provider: str, fen: int, order_id: int, supplier_id: int) -> NewPosting:
    name = f"{AccountKind.DISPUTED}:{provider}"
    return NewPosting(name, AccountKind.DISPUTED, fen, order_id, supplier_id=supplier_id)
