"""What follows today's orders: claims at different points, invoices, lines of a bank statement, a parcel on its way."""

import io
from datetime import timedelta

import xlsxwriter
from sqlalchemy import exists, select

from certification.products.queries import products_of
from marketplace.demo.acting import actor_of, owner_of_supplier, picture_of, upload_of
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from orders.fulfilment.models import Delivery
from orders.fulfilment.tracking import note_seen
from orders.invoices.commands import ask_for_invoice, issue, set_tax_rate
from orders.invoices.rules import InvoiceKind, TaxTerms, Title
from orders.ordering.models import Order, OrderLine
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment
from orders.payments.receipts import COLUMNS, import_statement
from orders.payments.rules import Buyer
from orders.refunds.arbitration import appeal
from orders.refunds.commands import decide_refund, request_refund
from orders.refunds.models import RefundLine
from orders.refunds.returning import accept_return, send_back
from orders.refunds.rules import RefundCause, RefundKind

ADDRESS = "王示例 13800000000 陕西省西安市周至县马召镇富饶村合作社仓库"


def load_after_sales() -> None:
    """Needs received orders of the first cooperative's of which nobody has asked anything back."""
    coop = actor_of("coop")
    people = [actor_of(login).user_id for login in ("buyer", "buyer2")]
    rows = db.session.execute(
        select(Order.number, Order.user_id, OrderLine.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.supplier_id == coop.supplier_ids[0],
            Order.user_id.in_(people),
            Order.state.in_((OrderState.RECEIVED, OrderState.SHIPPED)),
            Order.payment_method == PaymentMethod.ONLINE,  # a transfer goes back by finance, not by itself
            ~exists().where(RefundLine.line_id == OrderLine.id),
        )
        .order_by(Order.id, OrderLine.id)
        .limit(3)
    ).all()
    claims = (
        (RefundKind.RETURN_AND_REFUND, RefundCause.WRONG, "订的是翠香，收到的是徐香，整箱没动"),
        (RefundKind.RETURN_AND_REFUND, RefundCause.NOT_AS_DESCRIBED, "个头比写的小一圈"),
        (RefundKind.REFUND_ONLY, RefundCause.DAMAGED, "外箱压瘪了，里面坏了四个"),
    )
    for index, ((number, user_id, line_id), (kind, cause, said)) in enumerate(
        zip(rows, claims, strict=False)
    ):
        buyer = Buyer(user_id)
        photos = [picture_of("kiwi"), picture_of("kiwi-box")]
        refund_id = request_refund(buyer, number, kind, {line_id: 1}, said, photos, cause)
        if kind is RefundKind.RETURN_AND_REFUND:
            accept_return(coop, refund_id, ADDRESS)
            if index == 1:
                send_back(buyer, number, refund_id, "中国邮政", "DEMO-TH-0001")
        else:
            refused = "发货时装箱有录像，外箱完好，请找快递公司"
            decide_refund(coop, refund_id, approve=False, restock={}, note=refused)
            appeal(buyer, number, refund_id, "签收时就说了外箱瘪，快递员也拍了照，不该让我去找快递。")


def load_invoices(paper: bytes) -> None:
    """The first cooperative's: some issued, some waiting; its products have their rates."""
    coop = actor_of("coop")
    supplier_id = coop.supplier_ids[0]
    exempt = TaxTerms(0, "增值税法第二十四条，农业生产者销售的自产农产品")
    for product in products_of(supplier_id):
        set_tax_rate(coop, supplier_id, product.id, exempt)
    rows = db.session.execute(
        select(Order.number, Order.user_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            Order.supplier_id == supplier_id,
            Order.user_id.is_not(None),
            Order.unit_id.is_(None),
            Order.state != OrderState.CANCELLED,
            Payment.captured_fen > Payment.refunded_fen,
        )
        .order_by(Order.id.desc())
        .limit(6)
    ).all()
    for index, (number, user_id) in enumerate(rows):
        request_id = ask_for_invoice(Buyer(user_id), number, Title(InvoiceKind.PERSON, "王示例", None))
        if index % 3:
            issue(coop, request_id, f"2661{index:016d}", clock.today(), upload_of(paper))


def load_statement() -> None:
    """Three lines of the first cooperative's bank: one finds its order, one is a part, one says nothing."""
    coop = actor_of("coop")
    waiting = db.session.execute(
        select(Payment.reference, Payment.amount_fen, Supplier.bank_account_name, Supplier.name)
        .join(Order, Order.id == Payment.order_id)
        .join(Supplier, Supplier.id == Order.supplier_id)
        .where(
            Order.payment_method == PaymentMethod.TRANSFER,
            Order.state == OrderState.PLACED,
            Supplier.sponsor_id.is_(None),
        )
        .order_by(Payment.id.desc())
        .limit(2)
    ).all()
    lines = [
        (account or name, f"26112700{index}", fen if index else fen // 2, f"货款 {reference}")
        for index, (reference, fen, account, name) in enumerate(waiting)
    ]
    supplier = db.session.get_one(Supplier, coop.supplier_ids[0])
    lines.append((supplier.bank_account_name or supplier.name, "261127009", 12_345, "买水果"))
    heads = [column.label for column in COLUMNS]
    rows = [[*line[:2], f"{clock.today()}", f"{line[2] / 100:.2f}", "示例买家", line[3]] for line in lines]
    import_statement(actor_of("finance"), _workbook(heads, rows))


def _workbook(heads: list[str], rows: list[list[str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((heads, *rows)):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def load_sightings() -> None:
    """Every parcel of today that is on its way was seen twice."""
    on_its_way = db.session.execute(
        select(Delivery.id, Order.supplier_id)
        .join(Order, Order.id == Delivery.order_id)
        .where(Order.state == OrderState.SHIPPED, Delivery.shipped_at > clock.now() - timedelta(hours=6))
    ).all()
    for delivery_id, supplier_id in on_its_way:
        seller = owner_of_supplier(supplier_id)
        for text in ("快递员已揽收", "离开周至营业点，下一站西安转运中心"):
            note_seen(seller, delivery_id, clock.now(), text)
