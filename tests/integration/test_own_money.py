"""Who bought an order, or belongs to who sells it, decides nothing about its money, whatever else the person may do."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage

from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import Supplier
from orders.ledger import corrections
from orders.ledger.rules import AccountKind
from orders.ordering.models import Checkout, Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments import commands, finance, receipts, returns
from orders.payments.models import BankReceipt, MoneyReturn
from orders.payments.rules import Buyer
from orders.payments.workflow import MoneyReturnState, ReceiptState
from orders.settlement import bill_queries, bills
from orders.settlement.workflow import BillState
from tests.factories import builders, order_builders, sales
from tests.integration.test_receipts import DUE, line, statement
from tests.support.forms import client_of

World = dict[str, int]
PDF = b"%PDF-1.7\nreceipt\n%%EOF\n"
FINANCE = (Role.FINANCE, ScopeKind.PLATFORM, "")


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    """Its supplier has a sponsor, which vouches for it."""
    freeze("2026-09-10 09:00")
    made = builders.saleable(units=20, price_fen=2990, lot_total_fen=30_002)
    made["sponsor"] = builders.supplier()
    with transaction():
        db.session.execute(
            update(Supplier).where(Supplier.id == made["supplier"]).values(sponsor_id=made["sponsor"])
        )
    return made


@pytest.fixture(params=["buyer", "seller", "sponsor"])
def clerk(request: pytest.FixtureRequest, kiwi: World) -> Actor:
    """Of finance, and concerned."""
    if request.param == "buyer":
        return builders.user(None, FINANCE)
    supplier_id = kiwi["supplier" if request.param == "seller" else "sponsor"]
    return builders.user(None, FINANCE, (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, supplier_id))


@pytest.fixture
def order(kiwi: World, clerk: Actor) -> int:
    bought_by = clerk.user_id if not clerk.supplier_ids else builders.user().user_id
    [order_id] = order_builders.placed_orders(
        {kiwi["sku"]: 2}, user_id=bought_by, method=PaymentMethod.TRANSFER
    )
    return order_id


def proof_of(order_id: int) -> int:
    order = db.session.get_one(Order, order_id)
    return commands.submit_proof(
        Buyer(order.user_id, db.session.get_one(Checkout, order.checkout_id).token),
        order.number,
        document=FileStorage(io.BytesIO(PDF), filename="回单.pdf"),
        payer="示例机关",
        paid_on=clock.today(),
        amount_fen=order.total_fen,
    )


def state_of(order_id: int) -> OrderState:
    return db.session.get_one(Order, order_id, populate_existing=True).state


def refused(error: pytest.ExceptionInfo[Forbidden]) -> bool:
    return error.value.code == "orders.own_money"


def test_a_proof_is_somebody_else_s_to_accept(app: Flask, clerk: Actor, order: int) -> None:
    proof_id, other = proof_of(order), builders.finance()
    assert [finance.proof_to_check(each, proof_id).is_concerned for each in (clerk, other)] == [True, False]
    page = client_of(app, clerk).get(f"/finance/proofs/{proof_id}").text
    assert ("请由别的财务来核对" in page, "记下核对结果" in page) == (True, False)
    for accept in (True, False):
        with pytest.raises(Forbidden) as error:
            commands.check_proof(clerk, proof_id, accept=accept, note="对得上")
        assert refused(error)
    assert state_of(order) is OrderState.PLACED
    commands.check_proof(other, proof_id, accept=True, note="")
    assert state_of(order) is OrderState.RELEASED


def test_a_line_of_a_statement_waits_for_somebody_else(clerk: Actor, order: int) -> None:
    done = receipts.import_statement(clerk, statement(line(order, DUE)))
    assert (done.new, done.placed) == (1, 0)
    [receipt] = db.session.scalars(select(BankReceipt)).all()
    number = db.session.get_one(Order, order).number
    with pytest.raises(Forbidden) as error:
        receipts.place_receipt(clerk, receipt.id, number)
    assert refused(error)
    assert (receipt.state, state_of(order)) == (ReceiptState.OPEN, OrderState.PLACED)
    receipts.place_receipt(builders.finance(), receipt.id, number)
    assert state_of(order) is OrderState.RELEASED


def test_a_return_is_somebody_else_s_to_confirm(clerk: Actor, order: int) -> None:
    proof_id = proof_of(order)
    commands.release_unpaid(order, None, "test")
    commands.check_proof(builders.finance(), proof_id, accept=True, note="")
    [row] = db.session.scalars(select(MoneyReturn)).all()
    with pytest.raises(Forbidden) as error:
        returns.confirm_return(clerk, row.id, "回单 1")
    assert refused(error)
    returns.confirm_return(builders.finance(), row.id, "回单 1")
    assert db.session.get_one(MoneyReturn, row.id).state is MoneyReturnState.DONE


def test_a_correction_is_somebody_else_s_to_post(clerk: Actor, order: int) -> None:
    commands.check_proof(builders.finance(), proof_of(order), accept=True, note="")
    number = db.session.get_one(Order, order).number
    asked = corrections.propose_correction(
        builders.finance(), number, AccountKind.PLATFORM_FEE, AccountKind.SUPPLIER_DUE, 1, "免一分钱"
    )
    with pytest.raises(Forbidden) as error:
        corrections.decide_correction(clerk, asked, post=True)
    assert refused(error)


def test_a_bill_is_somebody_else_s_to_settle(
    kiwi: World, clerk: Actor, freeze: Callable[[str], object]
) -> None:
    sales.paid_orders({kiwi["sku"]: 1})
    freeze("2026-10-02 08:00")
    bills.issue_due()
    [bill] = bill_queries.bills(kiwi["supplier"], None, 1).items
    owner, other = builders.owner_of(kiwi["supplier"]), builders.finance()
    bills.object_to_bill(owner, bill.id, "运费少了一单")
    if clerk.supplier_ids:
        with pytest.raises(Forbidden) as error:
            bills.answer_objection(clerk, bill.id, "运费少了一单", "对，是少了")
        assert refused(error)
    bills.answer_objection(other, bill.id, "运费少了一单", "核对过，那一单包邮")
    bills.check_bill(owner, bill.id)
    if clerk.supplier_ids:
        with pytest.raises(Forbidden) as error:
            bills.settle_bill(clerk, bill.id, clock.today(), "HD-1")
        assert refused(error)
    bills.settle_bill(other, bill.id, clock.today(), "HD-1")
    assert bill_queries.get_bill(bill.id).state is BillState.SETTLED
