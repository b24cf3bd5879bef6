"""Bank statements: lines that find their order, parts, too much, twice, too late; the books as they should be."""

import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.policies import Actor
from marketplace.backoffice.finance.receipt_views import _imported
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, IllegalTransition, InvalidInput
from orders.ledger.models import Posting
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments import commands as payments
from orders.payments import inbox, receipts
from orders.payments.models import BankReceipt, MoneyReturn, Payment, TransferProof
from orders.payments.workflow import PaymentState, ProofState, ReceiptState
from orders.refunds.commands import cancel_order
from tests.factories import builders, order_builders, sales
from tests.support.clients import Client
from tests.support.forms import client_of, post

World = dict[str, int]
DUE = 2 * 2999


@pytest.fixture(autouse=True)
def _the_books_verify(app: Flask, freeze: Callable[[str], object]) -> Iterator[None]:
    yield
    assert verify() == []


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-10 09:00")
    return builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)


@pytest.fixture
def clerk(kiwi: World) -> Actor:
    return builders.finance()


@pytest.fixture
def order(kiwi: World) -> int:
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 2}, method=PaymentMethod.TRANSFER)
    return order_id


def payment_of(order_id: int) -> Payment:
    return db.session.scalars(
        select(Payment).where(Payment.order_id == order_id).execution_options(populate_existing=True)
    ).one()


def state_of(order_id: int) -> OrderState:
    return db.session.get_one(Order, order_id, populate_existing=True).state


def line(order_id: int, sum_fen: int, serial: str = "1", /, **changes: Any) -> dict[str, Any]:
    values = {
        "holder": receipts._holder_of(order_id),
        "serial": serial,
        "day": "2026-09-10",
        "fen": f"{sum_fen / 100:.2f}",
        "payer": "示例小学",
        "memo": f"货款 {payment_of(order_id).reference}",
    }
    return values | changes


def statement(*lines: dict[str, Any], memo_heading: str = "附言") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.label.replace("附言", memo_heading) for column in receipts.COLUMNS])
        for number, each in enumerate(lines, start=1):
            sheet.write_row(number, 0, [each[column.key] for column in receipts.COLUMNS])
    return buffer.getvalue()


def bring(clerk: Actor, *lines: dict[str, Any]) -> tuple[int, int]:
    done = receipts.import_statement(clerk, statement(*lines))
    assert done.sheet.errors == []
    return done.new, done.placed


def states() -> list[ReceiptState]:
    db.session.expire_all()
    return list(db.session.scalars(select(BankReceipt.state).order_by(BankReceipt.id)))


def going_back() -> list[int]:
    return list(db.session.scalars(select(MoneyReturn.amount_fen).order_by(MoneyReturn.id)))


def stray() -> int:
    total = select(func.coalesce(func.sum(Posting.fen), 0)).where(Posting.account == "stray:bank_transfer")
    return -int(db.session.scalar(total) or 0)


def test_a_line_that_quotes_its_order_pays_it(clerk: Actor, order: int) -> None:
    assert bring(clerk, line(order, DUE)) == (1, 1)
    assert (state_of(order), payment_of(order).state) == (OrderState.RELEASED, PaymentState.PAID)
    assert bring(clerk, line(order, DUE)) == (0, 0)
    assert (states(), going_back()) == ([ReceiptState.USED], [])


def test_an_open_proof_is_accepted_with_it(clerk: Actor, order: int) -> None:
    buyer, number = sales.buyer_of(order)
    from marketplace.kernel import clock

    proof_id = payments.submit_proof(buyer, number, "示例小学", clock.today(), DUE, sales.voucher())
    bring(clerk, line(order, DUE))
    assert db.session.get_one(TransferProof, proof_id, populate_existing=True).state is ProofState.ACCEPTED


def test_parts_wait_for_each_other(clerk: Actor, order: int, freeze: Callable[[str], object]) -> None:
    bring(clerk, line(order, 3000))
    assert (states(), state_of(order)) == ([ReceiptState.KEPT], OrderState.PLACED)
    freeze("2026-09-12 09:00")
    inbox.expire_overdue()
    assert state_of(order) is OrderState.PLACED
    bring(clerk, line(order, 2998, "2"))
    assert (states(), state_of(order)) == ([ReceiptState.USED] * 2, OrderState.RELEASED)
    assert (payment_of(order).captured_fen, going_back()) == (DUE, [])


def test_what_is_too_much_goes_back(clerk: Actor, order: int) -> None:
    bring(clerk, line(order, 3000), line(order, 3000, "2"))
    assert (state_of(order), going_back(), stray()) == (OrderState.RELEASED, [2], 2)


def test_a_second_transfer_goes_back_whole(clerk: Actor, order: int) -> None:
    bring(clerk, line(order, DUE), line(order, DUE, "2"))
    assert (states(), going_back()) == ([ReceiptState.USED, ReceiptState.RETURNED], [DUE])


def test_money_for_a_cancelled_order_goes_back(clerk: Actor, order: int) -> None:
    bring(clerk, line(order, 1000))
    cancel_order(*sales.buyer_of(order), "")
    assert (states(), going_back(), stray()) == ([ReceiptState.RETURNED], [1000], 1000)
    bring(clerk, line(order, 700, "2"))
    assert (going_back(), stray()) == ([1000, 700], 1700)


def test_parts_of_an_order_nobody_completed_go_back_with_its_time(
    clerk: Actor, order: int, freeze: Callable[[str], object]
) -> None:
    bring(clerk, line(order, 1000))
    freeze("2026-10-10 09:00")
    assert inbox.expire_overdue() == 1
    assert (states(), going_back()) == ([ReceiptState.RETURNED], [1000])


def test_a_line_after_an_accepted_proof_is_its_evidence(clerk: Actor, order: int) -> None:
    from marketplace.kernel import clock

    buyer, number = sales.buyer_of(order)
    proof_id = payments.submit_proof(buyer, number, "示例小学", clock.today(), DUE, sales.voucher())
    payments.check_proof(clerk, proof_id, accept=True, note="")
    bring(clerk, line(order, DUE + 5))
    assert (states(), going_back()) == ([ReceiptState.USED], [5])
    bring(clerk, line(order, DUE, "2"))
    assert going_back() == [5, DUE]


@pytest.mark.parametrize(
    "changes", [{"memo": ""}, {"memo": "XF000"}, {"holder": "别家合作社（示例）"}, {"memo": "XFZZZZZZZZZZ"}]
)
def test_what_names_no_order_waits_for_finance(clerk: Actor, order: int, changes: dict[str, str]) -> None:
    builders.supplier(name="别家合作社（示例）")
    assert bring(clerk, line(order, DUE, **changes)) == (1, 0)
    assert (states(), state_of(order)) == ([ReceiptState.OPEN], OrderState.PLACED)
    (row,) = receipts.receipt_rows(clerk, ReceiptState.OPEN, 1).items
    number = db.session.get_one(Order, order).number
    if "holder" in changes:
        assert receipts.candidates([row])[row.id] == []
        with pytest.raises(Conflict, match="other_account"):
            receipts.place_receipt(clerk, row.id, number)
        return
    assert [each.order_number for each in receipts.candidates([row])[row.id]] == [number]
    with pytest.raises(InvalidInput):
        receipts.place_receipt(clerk, row.id, "123")
    receipts.place_receipt(clerk, row.id, number)
    assert (states(), state_of(order)) == ([ReceiptState.USED], OrderState.RELEASED)
    with pytest.raises(IllegalTransition):
        receipts.place_receipt(clerk, row.id, number)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"fen": "-1"}, "金额"),
        ({"fen": "abc"}, "金额"),
        ({"day": "2026-09-11"}, "到账日期"),
        ({"payer": ""}, "付款户名"),
    ],
)
def test_a_table_with_a_wrong_cell_changes_nothing(
    clerk: Actor, order: int, changes: dict[str, str], column: str
) -> None:
    done = receipts.import_statement(clerk, statement(line(order, DUE), line(order, 5, "2", **changes)))
    assert ([error.column for error in done.sheet.errors], states()) == ([column], [])


def test_only_finance_brings_statements(kiwi: World, order: int) -> None:
    with pytest.raises(Forbidden):
        receipts.import_statement(builders.admin(), statement(line(order, DUE)))


def refused(clerk: Actor, *lines: dict[str, Any]) -> list[tuple[int, str]]:
    done = receipts.import_statement(clerk, statement(*lines))
    assert (done.new, done.placed) == (0, 0)
    return [(error.row, error.column) for error in done.sheet.errors]


def test_a_column_that_slipped_is_named_and_nothing_kept(clerk: Actor, order: int) -> None:
    """Payer and payee changed places; the day where the serial number belongs: every line but one would have vanished
    as known, and what was kept of the others could never be placed or taken away."""
    swapped = line(order, DUE, payer=receipts._holder_of(order), holder="示例小学")
    assert refused(clerk, swapped) == [(2, "收款户名")]
    same = [line(order, DUE, "2026-09-10"), line(order, 100, "2026-09-10")]
    assert refused(clerk, *same) == [(3, "流水号")]
    assert states() == []
    assert bring(clerk, line(order, DUE), line(order, DUE)) == (1, 1), "the same line twice is one"


def test_one_answer_names_all_that_is_wrong_with_a_table(clerk: Actor, order: int) -> None:
    """A cell that can't be read hides nothing that is wrong with the other cells, lines or numbers."""
    lines = [
        line(order, DUE, day="昨天"),
        line(order, 100, "1", payer=""),
        line(order, DUE, "2", holder="别的公司", fen="abc"),
        line(order, DUE, "3", day="2099-01-01", fen="-5"),
        line(order, DUE, "1"),
    ]
    found = refused(clerk, *lines)
    assert found == [
        (2, "到账日期"),
        (3, "付款户名"),
        (3, "流水号"),
        (4, "金额"),
        (4, "收款户名"),
        (5, "金额"),
        (5, "到账日期"),
    ]
    done = receipts.import_statement(
        clerk, statement(line(order, 0, fen="-5"), line(order, 0, "2", fen="五"))
    )
    assert [("大于 0" in error.text, "写成" in error.text) for error in done.sheet.errors] == [
        (True, False),
        (False, True),
    ]


def test_banks_print_brackets_as_they_like(clerk: Actor, order: int) -> None:
    holder = receipts._holder_of(order)
    assert "（" in holder
    printed = holder.replace("（", " (").replace("）", ")")
    assert bring(clerk, line(order, DUE, holder=printed)) == (1, 1)
    assert bring(clerk, line(order, DUE)) == (0, 0), "the same line as another bank prints it"
    [kept] = db.session.scalars(select(BankReceipt)).all()
    assert kept.holder == holder


def test_a_statement_without_what_payers_wrote_is_refused(clerk: Actor, order: int) -> None:
    """Kept without it, no line would find its order, and handed in again it would be known and stay so."""
    with pytest.raises(InvalidInput) as refused:
        receipts.import_statement(clerk, statement(line(order, DUE), memo_heading="摘要"))
    assert (refused.value.field, refused.value.params) == ("file", {"missing": "附言"})
    assert states() == []


def test_a_number_that_was_imported_with_another_sum_is_named(clerk: Actor, order: int) -> None:
    bring(clerk, line(order, 1000))
    assert refused(clerk, line(order, DUE)) == [(2, "流水号")]
    assert refused(clerk, line(order, 1000, day="2026-09-09")) == [(2, "流水号")]
    assert bring(clerk, line(order, 1000)) == (0, 0)


def test_a_statement_imported_twice_at_once_is_kept_once(app: Flask, clerk: Actor, order: int) -> None:
    content = statement(*(line(order, 100 + serial, str(serial)) for serial in range(20)))
    db.session.rollback()
    barrier, kept, broken = threading.Barrier(4), list[int](), list[Exception]()

    def work() -> None:
        with app.app_context():
            barrier.wait(20)
            try:
                kept.append(receipts.import_statement(clerk, content).new)
            except Exception as error:  # noqa: BLE001 - told below
                broken.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (broken, sorted(kept)) == ([], [0, 0, 0, 20])


@pytest.fixture
def desk(app: Flask, clerk: Actor) -> Client:
    return client_of(app, clerk)


def open_line(clerk: Actor, order: int, fen: int, serial: str) -> int:
    bring(clerk, line(order, fen, serial, memo=""))
    return receipts.receipt_rows(clerk, ReceiptState.OPEN, 1).items[0].id


def test_finance_reads_what_a_claimed_line_did(desk: Client, clerk: Actor, order: int) -> None:
    """Too little, too much, not wanted: "claimed" alone would say the same of all three."""
    number = db.session.get_one(Order, order).number
    for serial, fen, said in (
        ("1", 3000, "认到订单了，还差 ¥29.98，到齐再放行。"),
        ("2", 3000, "认到订单了，钱够了；多付的 ¥0.02 记为待退。"),
        ("3", 700, "这一单不缺这笔钱（付清过或已取消），¥7.00 记为待退。"),
    ):
        receipt_id = open_line(clerk, order, fen, serial)
        post(desk, f"/finance/receipts/{receipt_id}/place", "/finance/receipts", order_number=number)
        assert said in desk.get("/finance/receipts").text
    lines = desk.get("/finance/receipts?state=all").text
    assert "其中 ¥0.02 待退" in lines
    assert ">¥7.00 待退" in lines


def test_a_wrong_order_number_is_told_at_its_line_and_stays(desk: Client, clerk: Actor, order: int) -> None:
    receipt_id = open_line(clerk, order, DUE, "1")
    path = f"/finance/receipts/{receipt_id}/place?state=open"
    refused = post(desk, path, "/finance/receipts", order_number="20269999")
    assert refused.status_code == 422
    assert 'value="20269999" aria-invalid="true"' in refused.text
    assert 'id="place-error">没有这个按转账付款的订单' in refused.text
    number = db.session.get_one(Order, order).number
    assert post(desk, path, "/finance/receipts", order_number=number).status_code == 303
    late = post(desk, path, "/finance/receipts?state=all", order_number=number)
    assert late.status_code == 303, "the line has no field any more"


def test_an_import_says_what_of_it_goes_back(clerk: Actor, order: int) -> None:
    done = receipts.import_statement(clerk, statement(line(order, DUE + 5), line(order, DUE, "2", memo="")))
    assert (done.new, done.placed, done.returning_fen) == (2, 1, 5)
    assert _imported(done) == "导入 2 条，1 条按附言认到了订单，1 条等您认领，多付的 ¥0.05 记为待退。"


def test_a_transfer_to_send_back_is_one_thing_to_do(desk: Client, clerk: Actor, order: int) -> None:
    """It doesn't go back by itself, so it isn't told a second time among what does."""
    bring(clerk, line(order, DUE + 5))
    home = desk.get("/finance").text
    assert "要转账退回的款" in home
    assert "来路不明的钱还没退清" not in home
    assert "对公转账的由供应商转回" in desk.get("/finance/stray").text
