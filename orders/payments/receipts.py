"""Bank statements of the sellers' accounts: each line finds its order by the reference it quotes, or waits.

Parts are kept until the whole sum is there; what is too much, comes twice or too late is booked as stray and waits to
be sent back. Nothing is posted for a part: the ledger knows an order's money when the order has it whole, or when it
has to go.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.looked_for import ANYTHING, LookedFor
from marketplace.kernel.money import format_yuan, parse_yuan
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.kernel.spreadsheets import BadCell, Column, Sheet, at_most, read_day, read_sheet
from marketplace.kernel.transaction import transactional
from marketplace.parties.models import Supplier
from orders.ordering import commands as ordering
from orders.ordering.concerned import refuse_concerned
from orders.ordering.events import OrderCancelled
from orders.ordering.models import Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.capture import book_stray, capture, locked_order, payment_of
from orders.payments.events import OrderPaid
from orders.payments.models import BankReceipt, MoneyReturn, Payment, TransferProof
from orders.payments.parameters import PROOF_CHECK_DAYS
from orders.payments.providers.bank_transfer import NAME
from orders.payments.queries import account_of
from orders.payments.rules import REFERENCE_ALPHABET
from orders.payments.statements import refuse_slips
from orders.payments.workflow import PROOF, RECEIPT, MoneyReturnState, PaymentState, ProofState, ReceiptState

_REFERENCE = re.compile(rf"XF[{REFERENCE_ALPHABET}]{{10}}")


def _read_amount(text: str) -> int:
    try:
        fen = -parse_yuan(text[1:]) if text[0] in "-−" else parse_yuan(text)
    except InvalidInput as error:
        raise BadCell(f"“{text[:20]}”不是金额，请写成 123.45") from error
    if fen <= 0:
        raise BadCell("只导入收到的钱，金额要大于 0")
    return fen


COLUMNS = (
    Column("holder", "收款户名", at_most(80), example="示例专业合作社"),
    Column("serial", "流水号", at_most(60), example="20261125000123"),
    Column("day", "到账日期", read_day, example="2026-11-25"),
    Column("fen", "金额", _read_amount, example="123.45"),
    Column("payer", "付款户名", at_most(80), example="示例小学"),
    Column("memo", "附言", at_most(200), required=False, must_stand=True, example="XF23456789AB"),
)


def _require_finance(actor: Actor) -> None:
    if not actor.has_role(Role.FINANCE):
        raise Forbidden


@dataclass(frozen=True, slots=True)
class Placed:
    """What a line did for its order, in fen: what the order still wants, and what of the line goes back."""

    missing_fen: int = 0
    returning_fen: int = 0
    #: the order was paid already, or is gone: all of the line goes back
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lines were new, how many of these found their order by themselves, and what of them goes back."""

    sheet: Sheet
    new: int = 0
    placed: int = 0
    returning_fen: int = 0


def import_statement(actor: Actor, data: bytes) -> Imported:
    """A table of lines, whole or not at all (``refuse_slips``); a line that is known changes nothing.

    Raises Forbidden, InvalidInput at ``file``.
    """
    _require_finance(actor)
    sheet = read_sheet(data, COLUMNS)
    refuse_slips(sheet)
    if sheet.errors:
        return Imported(sheet)
    new = _keep_lines(actor, sheet)
    placed = []
    for receipt_id, memo, holder in new:
        order_id = _order_quoted(memo, holder)
        done = _try_to_place(actor, receipt_id, order_id) if order_id is not None else None
        placed += [done] if done is not None else []
    return Imported(sheet, len(new), len(placed), sum(each.returning_fen for each in placed))


def _try_to_place(actor: Actor, receipt_id: int, order_id: int) -> Placed | None:
    """One line that does not fit leaves the others alone, and waits for finance."""
    try:
        return _place(actor, receipt_id, order_id)
    except DomainError:
        return None


@transactional
def _keep_lines(actor: Actor, sheet: Sheet) -> list[tuple[int, str, str]]:
    # of two who hand in the same statement at once the second finds the lines that the first has kept
    holders = {row.values["holder"] for row in sheet.rows}
    theirs = select(Supplier.id).where(
        or_(Supplier.bank_account_name.in_(holders), Supplier.name.in_(holders))
    )
    db.session.execute(theirs.order_by(Supplier.id).with_for_update()).all()
    kept = []
    for row in sheet.rows:
        values = row.values
        known = select(BankReceipt.id).where(
            BankReceipt.holder == values["holder"], BankReceipt.serial == values["serial"]
        )
        if db.session.scalar(known) is not None:
            continue
        receipt = BankReceipt(
            holder=values["holder"],
            serial=values["serial"],
            received_on=values["day"],
            amount_fen=values["fen"],
            payer=values["payer"],
            memo=values["memo"] or "",
            state=ReceiptState.OPEN,
            imported_at=clock.now(),
            imported_by=actor.user_id,
        )
        db.session.add(receipt)
        db.session.flush()
        kept.append((receipt.id, receipt.memo, receipt.holder))
    audit.record(actor.user_id, "receipt.import", "ledger", "statement", {"lines": len(kept)})
    return kept


def _order_quoted(memo: str, holder: str) -> int | None:
    """The order a line names by its reference, when the money came to the account it should."""
    found = _REFERENCE.search("".join(memo.upper().split()))
    if found is None:
        return None
    order_id = db.session.scalar(select(Payment.order_id).where(Payment.reference == found[0]))
    return order_id if order_id is not None and _holder_of(order_id) == holder else None


def _holder_of(order_id: int) -> str:
    order = db.session.get_one(Order, order_id)
    supplier = db.session.get_one(Supplier, order.supplier_id)
    sponsor = db.session.get(Supplier, supplier.sponsor_id) if supplier.sponsor_id else None
    return account_of(supplier, sponsor).holder


@transactional
def place_receipt(actor: Actor, receipt_id: int, order_number: str) -> Placed:
    """Finance knows whose a line is. Raises Forbidden (also for the order's buyer and its seller's people), NotFound,
    InvalidInput at ``order_number`` for an order that is not there or not paid by transfer, there too Conflict
    ``receipts.other_account``, IllegalTransition when it is placed."""
    _require_finance(actor)
    receipt = db.session.get(BankReceipt, receipt_id)
    if receipt is None:
        raise NotFound
    order = db.session.scalar(select(Order).where(Order.number == order_number.strip()))
    if order is None or order.payment_method is not PaymentMethod.TRANSFER:
        raise InvalidInput("receipts.no_order", field="order_number")
    if _holder_of(order.id) != receipt.holder:
        raise Conflict("receipts.other_account", field="order_number")
    return _place(actor, receipt_id, order.id)


@transactional
def _place(actor: Actor, receipt_id: int, order_id: int) -> Placed:
    """Give a line to an order, and the order its money when it is whole."""
    order, actor_id = locked_order(order_id), actor.user_id
    refuse_concerned(actor, order)
    receipt = db.session.scalars(
        select(BankReceipt)
        .where(BankReceipt.id == receipt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    payment = payment_of(order_id)
    if payment.state is PaymentState.PAID:
        placed = _beside_paid(receipt, payment, actor_id)
    elif order.state is OrderState.CANCELLED:
        _send_back(receipt, order_id, "order_gone", actor_id)
        placed = Placed(returning_fen=receipt.amount_fen, is_unwanted=True)
    else:
        _step(receipt, order_id, "keep", actor_id)
        placed = _take_or_wait(order, payment, receipt, actor_id)
    db.session.flush()
    return placed


def _step(receipt: BankReceipt, order_id: int, action: str, actor_id: int | None) -> None:
    state = RECEIPT.next(receipt.state, action)
    receipt.order_id, receipt.state = order_id, state
    db.session.flush()
    audit.record(actor_id, f"receipt.{action}", "order", order_id, {"fen": receipt.amount_fen})


def _beside_paid(receipt: BankReceipt, payment: Payment, actor_id: int | None) -> Placed:
    """A proof was accepted before the statement came: the line is its evidence. What goes beyond the sum goes back."""
    room = max(0, payment.captured_fen - _sum_of(payment.order_id, ReceiptState.USED))
    excess = receipt.amount_fen - min(room, receipt.amount_fen)
    if excess == receipt.amount_fen:
        _send_back(receipt, payment.order_id, "paid_twice", actor_id)
        return Placed(returning_fen=excess, is_unwanted=True)
    _step(receipt, payment.order_id, "use", actor_id)
    if excess:
        book_stray(_return_key(receipt.id), NAME, None, excess, payment.order_id, "amount_differs")
    return Placed(returning_fen=excess)


def _take_or_wait(order: Order, payment: Payment, receipt: BankReceipt, actor_id: int | None) -> Placed:
    there = _sum_of(order.id, ReceiptState.KEPT)
    if there < payment.amount_fen:
        kept = clock.now() + timedelta(days=PROOF_CHECK_DAYS.get())
        order.reserved_until = max(order.reserved_until, kept)
        missing = payment.amount_fen - there
        came = f"到账 {format_yuan(receipt.amount_fen)}，还差 {format_yuan(missing)}"
        ordering.add_event(order.id, "part_received", actor_id, came)
        return Placed(missing_fen=missing)
    for proof in db.session.scalars(
        select(TransferProof).where(
            TransferProof.payment_id == payment.id, TransferProof.state == ProofState.SUBMITTED
        )
    ):
        proof.state = PROOF.next(proof.state, "accept")
        proof.checked_by, proof.checked_at, proof.note = actor_id, clock.now(), "银行流水对上"
    db.session.flush()
    if not capture(order.id, actor_id, "银行流水对上"):
        raise Conflict("receipts.not_now")
    excess = there - payment.amount_fen
    if excess:
        book_stray(_return_key(receipt.id), NAME, None, excess, order.id, "amount_differs")
    return Placed(returning_fen=excess)


def _return_key(receipt_id: int) -> str:
    """What of a line goes back is booked once, and found again, by this."""
    return f"receipt:{receipt_id}"


def _sum_of(order_id: int, state: ReceiptState) -> int:
    total = select(func.coalesce(func.sum(BankReceipt.amount_fen), 0)).where(
        BankReceipt.order_id == order_id, BankReceipt.state == state
    )
    return int(db.session.scalar(total) or 0)


def _send_back(receipt: BankReceipt, order_id: int, reason: str, actor_id: int | None) -> None:
    _step(receipt, order_id, "return", actor_id)
    book_stray(_return_key(receipt.id), NAME, None, receipt.amount_fen, order_id, reason)


def use_kept(event: OrderPaid) -> None:
    """Subscriber: the parts became the order's money."""
    if event.method is not PaymentMethod.TRANSFER:
        return
    for receipt in _kept_of(event.order_id):
        _step(receipt, event.order_id, "use", None)


def return_kept(event: OrderCancelled) -> None:
    """Subscriber: parts of an order that is gone go back."""
    for receipt in _kept_of(event.order_id):
        _send_back(receipt, event.order_id, "order_gone", None)


def _kept_of(order_id: int) -> list[BankReceipt]:
    return list(
        db.session.scalars(
            select(BankReceipt).where(
                BankReceipt.order_id == order_id, BankReceipt.state == ReceiptState.KEPT
            )
        )
    )


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    id: int
    holder: str
    serial: str
    received_on: date
    amount_fen: int
    payer: str
    memo: str
    state: ReceiptState
    order_number: str | None


def _looked_for(looked: LookedFor) -> list[ColumnElement[bool]]:
    words = looked.mentioned(
        BankReceipt.serial, BankReceipt.payer, BankReceipt.memo, BankReceipt.holder, Order.number
    )
    return words + looked.dated(BankReceipt.received_on)


def receipt_rows(
    actor: Actor, state: ReceiptState | None, page: int, looked: LookedFor = ANYTHING
) -> Page[ReceiptRow]:
    """Those nobody placed longest first, others newest first."""
    _require_finance(actor)
    statement = select(
        BankReceipt.id,
        BankReceipt.holder,
        BankReceipt.serial,
        BankReceipt.received_on,
        BankReceipt.amount_fen,
        BankReceipt.payer,
        BankReceipt.memo,
        BankReceipt.state,
        Order.number,
    ).outerjoin(Order, Order.id == BankReceipt.order_id)
    statement = statement.where(*_looked_for(looked))
    if state is not None:
        statement = statement.where(BankReceipt.state == state)
    order = BankReceipt.id if state is ReceiptState.OPEN else BankReceipt.id.desc()
    rows = db.session.execute(statement.order_by(order).offset(offset_of(page)).limit(PAGE_SIZE))
    counts = count_receipts(actor, looked)
    total = sum(counts.values()) if state is None else counts.get(state, 0)
    return Page([ReceiptRow(*row) for row in rows], page, total)


def count_receipts(actor: Actor, looked: LookedFor = ANYTHING) -> dict[ReceiptState, int]:
    _require_finance(actor)
    counted = select(BankReceipt.state, func.count()).group_by(BankReceipt.state)
    if looked:
        counted = counted.outerjoin(Order, Order.id == BankReceipt.order_id).where(*_looked_for(looked))
    return dict(db.session.execute(counted).all())


def returning(rows: list[ReceiptRow]) -> dict[int, int]:
    """What of these lines is still to go back, in fen by line. One query."""
    keys = {_return_key(row.id): row.id for row in rows if row.order_number}
    waiting = select(MoneyReturn.idempotency_key, MoneyReturn.amount_fen).where(
        MoneyReturn.idempotency_key.in_(keys), MoneyReturn.state != MoneyReturnState.DONE
    )
    return {keys[key]: fen for key, fen in db.session.execute(waiting)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order a line may be for: unpaid, of that account, of that sum or of a payer who said so."""

    order_number: str
    due_fen: int
    payer: str


def candidates(rows: list[ReceiptRow], limit: int = 3) -> dict[int, list[Candidate]]:
    """For lines nobody placed: orders that wait for just that sum. One query."""
    sums = {row.amount_fen for row in rows if row.state is ReceiptState.OPEN}
    if not sums:
        return {}
    found = db.session.execute(
        select(
            Order.number, Payment.amount_fen, Supplier.bank_account_name, Supplier.name, TransferProof.payer
        )
        .join(Payment, Payment.order_id == Order.id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .outerjoin(
            TransferProof,
            (TransferProof.payment_id == Payment.id) & (TransferProof.state == ProofState.SUBMITTED),
        )
        .where(
            Order.payment_method == PaymentMethod.TRANSFER,
            Payment.state.in_((PaymentState.UNPAID, PaymentState.PENDING)),
            Payment.amount_fen.in_(sums),
        )
        .order_by(Order.id)
        .limit(200)
    ).all()
    by_line: dict[int, list[Candidate]] = {}
    for row in rows:
        fitting = [
            Candidate(number, fen, payer or "")
            for number, fen, account_name, name, payer in found
            if row.state is ReceiptState.OPEN and fen == row.amount_fen and row.holder in (account_name, name)
        ]
        fitting.sort(key=lambda each: each.payer != row.payer)
        by_line[row.id] = fitting[:limit]
    return by_line
