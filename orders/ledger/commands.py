"""The only writer of journal entries and postings. Each cause posts once: posting it again returns what is there.

Called inside the transaction of the cause, so that money, stock and income are true together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from marketplace.kernel import clock
from marketplace.kernel.db import db, insert_rows, insert_unless_there, read
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.events import publish
from marketplace.kernel.transaction import transactional
from orders.ledger import adjustment_rules, rules
from orders.ledger.events import EntriesPosted
from orders.ledger.models import Correction, IncomeDue, JournalEntry, Posting
from orders.ledger.queries import income_states, shares_by_id, shares_of_order
from orders.ledger.rules import (
    AccountKind,
    EntryKind,
    NewPosting,
    Parties,
    RefundedLine,
    RefundPosting,
    Share,
    SoldLine,
)
from orders.ordering.models import Order, OrderLine

__all__ = ["RefundPosting", "RefundedLine"]

Rows = Sequence[tuple[int, int]]

_SOLD_LINES = (
    select(
        OrderLine.id, OrderLine.net_fen, OrderLine.fee_fen, OrderLine.subsidy_fen, OrderLine.outlet_fee_fen
    )
    .where(OrderLine.order_id == bindparam("order_id"))
    .order_by(OrderLine.id)
)


@transactional
def post_sale(order_id: int, provider: str, by: int | None = None) -> int:
    """Post a paid order: money in, the dues, the households' accrued income. Returns the entry's id.

    Raises NotFound for an unknown order, Unbalanced (a bug) when its frozen figures do not add up to its total.
    """
    order = db.session.get(Order, order_id)
    if order is None:
        raise NotFound
    shares = shares_of_order(order_id)
    lines = [
        SoldLine(
            row.id,
            row.net_fen,
            row.fee_fen,
            tuple(share for share in shares if share.line_id == row.id),
            row.subsidy_fen,
            row.outlet_fee_fen,
        )
        for row in read(_SOLD_LINES, {"order_id": order_id})
    ]
    if sum(line.net_fen - line.subsidy_fen for line in lines) + order.freight_fen != order.total_fen:
        raise rules.Unbalanced(f"order {order_id}: lines and freight are not its total")
    parties = Parties(order.subsidy_bearer, order.commission_outlet_id)
    postings = rules.sale_postings(order_id, order.supplier_id, provider, order.freight_fen, lines, parties)
    return _post(
        EntryKind.SALE,
        f"sale:{order_id}",
        postings,
        order_id=order_id,
        by=by,
        sold=() if order.unit_id is None else (order_id,),
    )


@transactional
def confirm_income(order_id: int, by: int | None = None) -> int:
    """Confirm what is left accrued of a completed order; lots paid at receipt go on to disbursed. Returns the entry."""
    key = f"confirm:{order_id}"
    existing = _find(key)
    if existing is not None:
        return existing
    _lock_orders([order_id])
    shares = shares_of_order(order_id)
    states = income_states([share.line_income_id for share in shares])
    return _post(EntryKind.CONFIRM, key, rules.confirm_postings(shares, states), order_id=order_id, by=by)


@transactional
def post_refund(refund: RefundPosting, by: int | None = None) -> int:
    """Undo the refunded part of a sale (see ``rules.refund_postings``). Returns the entry's id.

    Raises NotFound for an unknown order and Conflict ``ledger.more_than_left`` when income would go below zero.
    """
    key = f"refund:{refund.refund_id}"
    existing = _find(key)
    if existing is not None:
        return existing
    supplier_id = db.session.scalar(select(Order.supplier_id).where(Order.id == refund.order_id))
    if supplier_id is None:
        raise NotFound
    _lock_orders([refund.order_id])
    shares = {share.line_income_id: share for share in shares_of_order(refund.order_id)}
    try:
        postings = rules.refund_postings(refund, supplier_id, shares, income_states(list(shares)))
    except rules.Unbalanced as error:
        raise Conflict("ledger.more_than_left") from error
    return _post(EntryKind.REFUND, key, postings, order_id=refund.order_id, by=by)


@transactional
def post_disbursement(disbursement_id: int, rows: Rows, by: int | None = None) -> int:
    """Confirmed → disbursed for ``(line_income_id, fen)`` rows.

    Raises Conflict ``ledger.more_than_left`` when a row is more than what is confirmed of it.
    """
    key = f"disburse:{disbursement_id}"
    existing = _find(key)
    if existing is not None:
        return existing
    resolved = _resolve(rows)
    states = income_states([share.line_income_id for share, _ in resolved])
    _require_confirmed(resolved, states)
    return _post(EntryKind.DISBURSE, key, rules.disbursement_postings(resolved), by=by)


@transactional
def post_bounce(disbursement_id: int, rows: Rows, by: int | None = None, note: str = "") -> int:
    """The reversing entry of a disbursement the bank sent back: its rows are due again."""
    key = f"bounce:{disbursement_id}"
    existing = _find(key)
    if existing is not None:
        return existing
    resolved = _resolve(rows)
    states = income_states([share.line_income_id for share, _ in resolved])
    return _post(EntryKind.BOUNCE, key, rules.bounce_postings(resolved, states), by=by, note=note)


@transactional
def post_acknowledgement(disbursement_id: int, rows: Rows, by: int | None = None) -> int:
    """Disbursed → acknowledged for the rows of one disbursement."""
    key = f"acknowledge:{disbursement_id}"
    existing = _find(key)
    if existing is not None:
        return existing
    resolved = _resolve(rows)
    states = income_states([share.line_income_id for share, _ in resolved])
    return _post(EntryKind.ACKNOWLEDGE, key, rules.acknowledgement_postings(resolved, states), by=by)


@transactional
def post_stray_money(key: str, provider: str, fen: int, order_id: int | None = None) -> int:
    """Money that came for no open order, held apart until it is sent back. ``key`` names the provider's event."""
    postings = rules.stray_postings(provider, fen, order_id)
    return _post(EntryKind.STRAY_MONEY, f"stray:{key}", postings, order_id=order_id)


@transactional
def post_stray_return(key: str, provider: str, fen: int, order_id: int | None = None) -> int:
    """Stray money has gone back to its payer."""
    postings = rules.stray_postings(provider, -fen, order_id)
    return _post(EntryKind.STRAY_RETURN, f"stray_return:{key}", postings, order_id=order_id)


@transactional
def post_dispute(dispute_id: int, order_id: int, provider: str, fen: int) -> int:
    """The bank took ``fen`` of an order back to look into a complaint. Returns the entry's id."""
    supplier_id = db.session.get_one(Order, order_id).supplier_id
    postings = adjustment_rules.dispute_postings(provider, fen, order_id, supplier_id)
    return _post(EntryKind.DISPUTE, f"dispute:{dispute_id}:{order_id}", postings, order_id=order_id)


@transactional
def post_dispute_end(dispute_id: int, order_id: int, provider: str, fen: int, *, won: bool) -> int:
    """Won: the money is back. Lost: the supplier bears it. Returns the entry's id."""
    supplier_id = db.session.get_one(Order, order_id).supplier_id
    postings = adjustment_rules.dispute_end_postings(provider, fen, order_id, supplier_id, won=won)
    return _post(EntryKind.DISPUTE_END, f"dispute_end:{dispute_id}:{order_id}", postings, order_id=order_id)


@transactional
def post_settlement(
    bill_id: int, supplier_id: int, starts_at: datetime, ends_at: datetime, by: int | None
) -> int:
    """Clear what a settled period left on a supplier's money accounts. Returns the entry's id."""
    rows = db.session.execute(
        select(Posting.account, Posting.account_kind, func.sum(Posting.fen))
        .where(
            Posting.supplier_id == supplier_id,
            Posting.order_id.is_not(None),
            Posting.household_id.is_(None),
            Posting.at >= starts_at,
            Posting.at < ends_at,
        )
        .group_by(Posting.account, Posting.account_kind)
        .order_by(Posting.account)
    )
    balances = [(account, AccountKind(kind), int(fen)) for account, kind, fen in rows]
    postings = adjustment_rules.settlement_postings(balances, supplier_id)
    return _post(EntryKind.SETTLE, f"settle:{bill_id}", postings, by=by)


@transactional
def post_correction(correction_id: int, by: int) -> int:
    """What two people agreed to move. Returns the entry's id."""
    correction = db.session.get_one(Correction, correction_id)
    order = db.session.get_one(Order, correction.order_id)
    postings = adjustment_rules.correction_postings(
        order.id,
        order.supplier_id,
        correction.source,
        correction.target,
        correction.fen,
        Parties(order.subsidy_bearer, order.commission_outlet_id),
    )
    key = f"correction:{correction_id}"
    return _post(EntryKind.CORRECTION, key, postings, order_id=order.id, by=by, note=correction.reason)


def _require_confirmed(rows: Sequence[tuple[Share, int]], states: Mapping[int, rules.Balances]) -> None:
    for share, fen in rows:
        if states.get(share.line_income_id, {}).get(rules.IncomeState.CONFIRMED, 0) < fen:
            raise Conflict("ledger.more_than_left")


def _find(unique_key: str) -> int | None:
    return db.session.scalar(select(JournalEntry.id).where(JournalEntry.unique_key == unique_key))


def _lock_orders(order_ids: Collection[int]) -> None:
    """Balances decide what is posted, so nobody else may post to these orders in between (PostgreSQL; on SQLite the
    whole transaction has the write lock). Always in order of id, so that two never wait for each other."""
    db.session.execute(
        select(Order.id).where(Order.id.in_(order_ids)).order_by(Order.id).with_for_update(of=Order)
    ).all()


def _resolve(rows: Rows) -> list[tuple[Share, int]]:
    shares = shares_by_id([line_income_id for line_income_id, _ in rows])
    _lock_orders({share.order_id for share in shares.values()})
    return [(shares[line_income_id], fen) for line_income_id, fen in rows]


def _post(
    kind: EntryKind,
    unique_key: str,
    postings: Sequence[NewPosting],
    *,
    order_id: int | None = None,
    by: int | None = None,
    note: str = "",
    sold: tuple[int, ...] = (),
) -> int:
    """Write an entry unless its cause has posted; the unique key decides, also between two transactions at once."""
    moment = clock.now()
    entry = {
        "kind": kind,
        "unique_key": unique_key,
        "order_id": order_id,
        "at": moment,
        "by": by,
        "note": note,
    }
    entry_id = insert_unless_there(JournalEntry, entry, "unique_key")
    if entry_id is None:
        found: int = db.session.execute(
            select(JournalEntry.id).where(JournalEntry.unique_key == unique_key)
        ).scalar_one()
        return found
    insert_rows(Posting, _rows_of(entry_id, moment, postings))
    if any(posting.income_state is rules.IncomeState.CONFIRMED for posting in postings):
        _keep_dues(entry_id, entry_id)
    publish(EntriesPosted((entry_id,), sold))
    return entry_id


def _keep_dues(first: int, last: int) -> None:
    """Sum up anew what is due of each share that these entries confirmed, paid or took back."""
    is_confirmed = Posting.income_state == rules.IncomeState.CONFIRMED
    moved = select(Posting.line_income_id).where(Posting.entry_id.between(first, last), is_confirmed)
    db.session.execute(delete(IncomeDue).where(IncomeDue.line_income_id.in_(moved)))
    due = (
        select(
            Posting.line_income_id,
            Posting.supplier_id,
            Posting.household_id,
            -func.sum(Posting.fen),
            func.min(Posting.at),
        )
        .where(Posting.line_income_id.in_(moved), is_confirmed)
        .group_by(Posting.line_income_id, Posting.supplier_id, Posting.household_id)
        .having(func.sum(Posting.fen) < 0)
    )
    columns = ["line_income_id", "supplier_id", "household_id", "fen", "since"]
    db.session.execute(insert(IncomeDue).from_select(columns, due))


_PARTS = tuple(part.name for part in fields(NewPosting))


def _rows_of(entry_id: int, at: datetime, postings: Sequence[NewPosting]) -> list[dict[str, Any]]:
    return [
        {name: getattr(posting, name) for name in _PARTS} | {"entry_id": entry_id, "at": at}
        for posting in postings
    ]


@dataclass(frozen=True)
class PastEntry:
    """An entry of a history that is loaded whole; its postings come from ``rules``."""

    kind: EntryKind
    unique_key: str
    at: datetime
    postings: Sequence[NewPosting]
    order_id: int | None = None
    by: int | None = None


@transactional
def post_history(entries: Sequence[PastEntry]) -> None:
    """Write the entries of a loaded history in bulk, in the order given; each must be new and balanced."""
    for entry in entries:
        rules.balanced(entry.postings)
    # past the ORM, for there may be ten thousands of them
    connection = db.session.connection()
    ids = connection.scalars(
        insert(JournalEntry).returning(JournalEntry.id, sort_by_parameter_order=True),
        [
            {
                "kind": entry.kind,
                "unique_key": entry.unique_key,
                "order_id": entry.order_id,
                "at": entry.at,
                "by": entry.by,
                "note": "",
            }
            for entry in entries
        ],
    ).all()
    rows = [
        row
        for entry_id, entry in zip(ids, entries, strict=True)
        for row in _rows_of(entry_id, entry.at, entry.postings)
    ]
    insert_rows(Posting, rows)
    if ids:
        _keep_dues(min(ids), max(ids))
    sold = [
        entry.order_id for entry in entries if entry.kind is EntryKind.SALE and entry.order_id is not None
    ]
    publish(EntriesPosted(tuple(ids), tuple(sold)))
