"""Objects of money for the access walk: refunds, invoices, coupons, corrections, bills."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import select

from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from orders.coupons.models import Coupon
from orders.fulfilment.models import Delivery
from orders.invoices.models import InvoicePaper, InvoiceRequest
from orders.ledger.models import Correction
from orders.ordering.models import Order
from orders.payments.models import BankReceipt
from orders.refunds.models import Refund
from orders.settlement.models import SettlementBill
from tests.support import access_rules as rules
from tests.support.access_rules import Access, Thing
from tests.support.things import orders


def refunds(**more: object) -> Callable[[], Iterator[Thing]]:
    """For the seller and the platform, by their own number; ``more`` fills the rest of the address."""

    def found() -> Iterator[Thing]:
        query = select(Refund, Order.supplier_id).join(Order, Order.id == Refund.order_id)
        for refund, supplier_id in db.session.execute(query):
            yield Thing({"refund_id": refund.id, **more}, supplier=supplier_id)

    return found


def cases(**more: object) -> Callable[[], Iterator[Thing]]:
    def found() -> Iterator[Thing]:
        for refund in db.session.scalars(select(Refund)):
            yield Thing({"refund_id": refund.id, **more}, ours=refund.appealed_at is not None)

    return found


def claims(*, secret: bool = False, **more: object) -> Callable[[], Iterator[Thing]]:
    """For the buyer: the order's address, the refund's number behind it."""

    def found() -> Iterator[Thing]:
        by_number = dict(
            db.session.execute(
                select(Order.number, Refund.id).join(Refund, Refund.order_id == Order.id)
            ).all()
        )
        for thing in orders(secret=secret)():
            number = thing.args["number"]
            if number in by_number:
                args = {**thing.args, "refund_id": by_number[number], **more}
                yield replace(thing, args=args)

    return found


def requests(*, papers: bool = False) -> Callable[[], Iterator[Thing]]:
    """A supplier's invoice requests, or the papers of each."""

    def found() -> Iterator[Thing]:
        query = select(InvoiceRequest.id, Order.supplier_id).join(Order, Order.id == InvoiceRequest.order_id)
        for request_id, supplier_id in db.session.execute(query).all():
            of_it = select(InvoicePaper.id).where(InvoicePaper.request_id == request_id)
            for paper_id in db.session.scalars(of_it) if papers else [None]:
                args = {"request_id": request_id} | ({"paper_id": paper_id} if papers else {})
                yield Thing(args, supplier=supplier_id)

    return found


def papers(*, secret: bool = False) -> Callable[[], Iterator[Thing]]:
    """The buyer's papers, by the order's address."""

    def found() -> Iterator[Thing]:
        query = select(Order.number, InvoicePaper.id).join(
            InvoiceRequest, InvoiceRequest.order_id == Order.id
        )
        by_number = dict(
            db.session.execute(query.join(InvoicePaper, InvoicePaper.request_id == InvoiceRequest.id)).all()
        )
        for thing in orders(secret=secret)():
            if thing.args["number"] in by_number:
                yield replace(thing, args={**thing.args, "paper_id": by_number[thing.args["number"]]})

    return found


def products() -> Iterator[Thing]:
    for product_id, supplier_id in db.session.execute(
        select(DeclaredProduct.id, DeclaredProduct.supplier_id)
    ):
        yield Thing({"product_id": product_id}, supplier=supplier_id)


def parcels() -> Iterator[Thing]:
    query = select(Delivery.id, Order.number, Order.supplier_id).join(Order, Order.id == Delivery.order_id)
    for delivery_id, number, supplier_id in db.session.execute(query):
        yield Thing({"number": number, "delivery_id": delivery_id}, supplier=supplier_id)


def receipts() -> Iterator[Thing]:
    return (Thing({"receipt_id": each}) for each in db.session.scalars(select(BankReceipt.id)))


def bills() -> Iterator[Thing]:
    for row in db.session.scalars(select(SettlementBill)):
        yield Thing({"bill_id": row.id}, supplier=row.supplier_id)


def corrections() -> Iterator[Thing]:
    """Whose proposal it is may take it back."""
    for row in db.session.scalars(select(Correction)):
        yield Thing({"correction_id": row.id}, buyer=row.proposed_by)


def coupons(*, shared: bool) -> Callable[[], Iterator[Thing]]:
    """An admin's desk knows the shared ones only, a supplier's its own."""

    def enumerate_coupons() -> Iterator[Thing]:
        for row in db.session.scalars(select(Coupon)):
            yield Thing(
                {"coupon_id": row.id}, supplier=row.supplier_id, ours=(row.supplier_id is None) is shared
            )

    return enumerate_coupons


OBJECTS: dict[str, Access] = {
    "finance.receipt_place": Access(receipts, rules.anyone),
    "supplier.refund": Access(refunds(), rules.seller),
    "supplier.refund_photo": Access(refunds(position=1), rules.seller),
    "backoffice.arbitration": Access(cases(), rules.anyone),
    "backoffice.arbitration_photo": Access(cases(position=1), rules.anyone),
    "invoices.show": Access(orders(), rules.reader_of_order),
    "fulfilment.address": Access(orders(), rules.buyer_or_unit, rules.reader_of_order),
    "fulfilment.address_guest": Access(orders(secret=True), rules.holder_of_secret),
    "supplier.slip": Access(orders(), rules.seller),
    "supplier.seen": Access(parcels, rules.seller),
    "invoices.show_guest": Access(orders(secret=True), rules.holder_of_secret),
    "invoices.paper": Access(papers(), rules.reader_of_order),
    "invoices.paper_guest": Access(papers(secret=True), rules.holder_of_secret),
    "supplier.invoice": Access(requests(), rules.seller),
    "supplier.invoice_paper": Access(requests(papers=True), rules.seller),
    "supplier.invoice_paper_remove": Access(requests(papers=True), rules.seller),
    "supplier.tax_rate": Access(products, rules.seller),
    "refunds.show": Access(claims(), rules.reader_of_order),
    "refunds.photo": Access(claims(position=1), rules.reader_of_order),
    "refunds.act": Access(claims(action="withdraw"), rules.buyer_or_unit, rules.reader_of_order),
    "refunds.show_guest": Access(claims(secret=True), rules.holder_of_secret),
    "refunds.photo_guest": Access(claims(secret=True, position=1), rules.holder_of_secret),
    "refunds.act_guest": Access(claims(secret=True, action="withdraw"), rules.holder_of_secret),
    "supplier.bill": Access(bills, rules.seller),
    "supplier.coupon_stop": Access(coupons(shared=False), rules.supplier_owner, rules.seller),
    "backoffice.coupon_stop": Access(coupons(shared=True), rules.anyone),
    "finance.correction_decide": Access(corrections, rules.anyone),
    "finance.correction_withdraw": Access(corrections, rules.buyer, rules.anyone),
    **dict.fromkeys(
        ("supplier.bill_check", "supplier.bill_object", "supplier.bill_withdraw"),
        Access(bills, rules.supplier_owner, rules.seller),
    ),
    **dict.fromkeys(
        ("finance.bill", "finance.bill_settle", "finance.bill_answer", "finance.bill_period"),
        Access(bills, rules.anyone),
    ),
}
