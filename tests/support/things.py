"""What routes with an argument lead to: the objects of the access test, each with the facts access depends on."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import aliased

from catalog.products.models import Listing, Sku
from catalog.products.queries import visible_clause
from catalog.products.workflow import ListingState
from catalog.stock.models import StockRow
from certification.applications.models import Application, ApplicationEvidence, HouseholdConfirmation
from certification.certificates.models import Certificate
from certification.linkage.models import LinkageAgreement, LinkageTerm, SupplyLot
from certification.linkage.rules import LinkageMode
from certification.linkage.workflow import AgreementState
from certification.notices.models import PublicNotice
from certification.products.models import Category, DeclaredProduct
from marketplace.accounts.models import Address, RoleAssignment, User
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.media import Media, MediaKind
from marketplace.kernel.parameters import Parameter
from marketplace.outlets.models import Outlet
from marketplace.parties.models import (
    Household,
    Supplier,
    SupplierHousehold,
    SupplierOutlet,
    SupplierPaper,
)
from marketplace.parties.queries import admitted_clause
from orders.bulk.models import PurchaseOrder
from orders.cart.models import Cart, CartLine
from orders.ordering.models import Checkout, Order, OrderLine
from orders.payments.models import MoneyReturn, PaymentSession, TransferProof
from orders.settlement.models import Disbursement
from tests.support.access_rules import Enumerate, Thing


def rows(*columns: Any) -> Any:
    return db.session.execute(select(*columns)).all()


def users() -> Iterator[Thing]:
    return (Thing({"user_id": user_id}) for (user_id,) in rows(User.id))


def assignments() -> Iterator[Thing]:
    for user_id, assignment_id in rows(RoleAssignment.user_id, RoleAssignment.id):
        yield Thing({"user_id": user_id, "assignment_id": assignment_id})
        yield Thing({"user_id": user_id + 1, "assignment_id": assignment_id}, ours=False)


@cache
def suppliers(argument: str = "supplier_id", **more: str) -> Enumerate:
    return lambda: (
        Thing({argument: row.id, **more}, supplier=row.id, region=row.village_code, sponsor=row.sponsor_id)
        for row in db.session.scalars(select(Supplier))
    )


@cache
def papers(*, with_supplier: bool) -> Enumerate:
    """A supplier's papers; with the supplier in the address also under another one, where they are nobody's."""

    def found() -> Iterator[Thing]:
        query = select(SupplierPaper, Supplier).join(Supplier, Supplier.id == SupplierPaper.supplier_id)
        for paper, supplier in db.session.execute(query):
            args = {"paper_id": paper.id, **({"supplier_id": supplier.id} if with_supplier else {})}
            yield Thing(args, supplier=supplier.id, region=supplier.village_code)
            if with_supplier:
                yield Thing({**args, "supplier_id": supplier.id + 1}, ours=False)

    return found


def addresses() -> Iterator[Thing]:
    return (Thing({"address_id": row.id}, buyer=row.user_id) for row in db.session.scalars(select(Address)))


@cache
def orders(*, secret: bool = False, visits: bool = False) -> Enumerate:
    """By number, with the checkout's secret in front where the route wants it."""

    def found() -> Iterator[Thing]:
        query = (
            select(
                Order.number,
                Order.user_id,
                Order.supplier_id,
                Checkout.token,
                Supplier.village_code,
                PurchaseOrder.unit_id,
            )
            .join(Checkout, Checkout.id == Order.checkout_id)
            .join(Supplier, Supplier.id == Order.supplier_id)
            .outerjoin(PurchaseOrder, PurchaseOrder.id == Order.purchase_order_id)
            .where(Order.visit_on.is_not(None) if visits else true())
            .order_by(Order.id.desc())
        )
        before: str | None = None
        for number, user_id, supplier_id, token, region, unit_id in db.session.execute(query):
            args = {"checkout_token": token, "number": number} if secret else {"number": number}
            if unit_id is not None:  # the unit's, whoever drew it up; its checkout opens by no secret
                bought = frozenset({unit_id})
                yield Thing(args, supplier=supplier_id, region=region, units=bought, ours=not secret)
                continue
            yield Thing(args, supplier=supplier_id, buyer=user_id, region=region)
            if secret and before not in {None, token} and user_id is None:
                yield Thing({"checkout_token": before, "number": number}, buyer=-1, ours=False)
            before = token

    return found


def carted_skus() -> Iterator[Thing]:
    """What lies in members' carts."""
    query = select(CartLine.sku_id, Cart.user_id).join(Cart, Cart.id == CartLine.cart_id)
    for sku_id, user_id in db.session.execute(query.where(Cart.user_id.is_not(None))):
        yield Thing({"sku_id": sku_id}, buyer=user_id)


def checkouts() -> Iterator[Thing]:
    bought = set(db.session.scalars(select(PurchaseOrder.checkout_id)))
    return (
        Thing({"checkout_token": row.token}, buyer=row.user_id, ours=row.id not in bought)
        for row in db.session.scalars(select(Checkout))
    )


def sessions() -> Iterator[Thing]:
    return (Thing({"session_token": token}) for (token,) in rows(PaymentSession.token))


def households_of_suppliers() -> Iterator[Thing]:
    """Households, each with all suppliers that know it."""
    known: dict[int, set[int]] = {}
    for household_id, supplier_id in rows(SupplierHousehold.household_id, SupplierHousehold.supplier_id):
        known.setdefault(household_id, set()).add(supplier_id)
    for household_id, region in rows(Household.id, Household.village_code):
        suppliers_of_it = frozenset(known.get(household_id, ()))
        yield Thing({"household_id": household_id}, suppliers=suppliers_of_it, region=region)


@cache
def applications(*, part: str = "") -> Enumerate:
    """``part`` adds the second argument: evidence (by id or by file) or household."""

    def found() -> Iterator[Thing]:
        evidence = {row.application_id: row for row in db.session.scalars(select(ApplicationEvidence))}
        asked: dict[int, list[HouseholdConfirmation]] = {}
        for row in db.session.scalars(select(HouseholdConfirmation)):
            asked.setdefault(row.application_id, []).append(row)
        last: Any = None
        for application in db.session.scalars(select(Application)):
            confirmations = asked.get(application.id, [])
            facts: dict[str, Any] = {
                "supplier": application.supplier_id,
                "sponsor": application.sponsor_id,
                "region": application.region_code,
                "submitted": application.submitted_at is not None,
                "villages": frozenset(row.village_code for row in confirmations),
            }
            args: dict[str, Any] = {"application_id": application.id}
            if not part:
                yield Thing(args, **facts)
            elif part == "household_id":
                for row in confirmations:
                    place = {"region": row.village_code, "villages": frozenset()}
                    yield Thing({**args, "household_id": row.household_id}, **{**facts, **place})
            elif application.id in evidence:
                own = evidence[application.id]
                value = {"evidence_id": own.id, "media_id": own.media_id}
                yield Thing({**args, part: value[part]}, **facts)
                if last is not None and last.media_id != own.media_id:
                    other = {"evidence_id": last.id, "media_id": last.media_id}
                    yield Thing({**args, part: other[part]}, **{**facts, "ours": False})
                last = own

    return found


def of_supplier(argument: str, model: Any, *joins: tuple[Any, Any], where: Any = None) -> Enumerate:
    """Rows of ``model`` that belong to a supplier, directly or over ``joins``."""

    def found() -> Iterator[Thing]:
        owner = joins[-1][0] if joins else model
        query = select(model.id, owner.supplier_id, Supplier.village_code).select_from(model)
        for target, condition in joins:
            query = query.join(target, condition)
        query = query.join(Supplier, Supplier.id == owner.supplier_id)
        if where is not None:
            query = query.where(where)
        for identity, supplier_id, region in db.session.execute(query):
            yield Thing({argument: identity}, supplier=supplier_id, region=region)

    return found


products = of_supplier("product_id", DeclaredProduct)
agreements = of_supplier("agreement_id", LinkageAgreement)
documents = of_supplier("agreement_id", LinkageAgreement, where=LinkageAgreement.document_id.is_not(None))
listings = of_supplier("listing_id", Listing)
skus = of_supplier("sku_id", Sku, (Listing, Listing.id == Sku.listing_id))
lots_with_voucher = of_supplier(
    "lot_id",
    SupplyLot,
    (LinkageAgreement, LinkageAgreement.id == SupplyLot.agreement_id),
    where=SupplyLot.voucher_id.is_not(None),
)


def parts_of_listing(argument: str, model: Any) -> Enumerate:
    def found() -> Iterator[Thing]:
        other = aliased(Listing)
        query = (
            select(model.id, Listing.id, Listing.supplier_id, Supplier.village_code, other.id)
            .join(Listing, Listing.id == model.listing_id)
            .join(Supplier, Supplier.id == Listing.supplier_id)
            .join(other, other.id != Listing.id)
            .where(other.id < 3)
        )
        for identity, listing_id, supplier_id, region, foreign in db.session.execute(query):
            yield Thing({"listing_id": listing_id, argument: identity}, supplier=supplier_id, region=region)
            yield Thing({"listing_id": foreign, argument: identity}, ours=False)

    return found


def stock_rows() -> Iterator[Thing]:
    query = (
        select(StockRow.id, Listing.supplier_id, Supplier.village_code)
        .join(Sku, Sku.id == StockRow.sku_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .join(Supplier, Supplier.id == Listing.supplier_id)
    )
    for identity, supplier_id, region in db.session.execute(query):
        yield Thing({"stock_row_id": identity}, supplier=supplier_id, region=region)


def orders_of_outlets(column: Any) -> Enumerate:
    """By number, of the outlet that a column of the order names."""
    return lambda: (
        Thing({"number": number}, outlets=frozenset({outlet_id}))
        for number, outlet_id in db.session.execute(
            select(Order.number, column).where(column.is_not(None)).order_by(Order.id.desc())
        )
    )


def collected_lots() -> Iterator[Thing]:
    query = select(SupplyLot.id, SupplyLot.outlet_id).where(SupplyLot.outlet_id.is_not(None))
    for lot_id, outlet_id in db.session.execute(query):
        yield Thing({"lot_id": lot_id}, outlets=frozenset({outlet_id or 0}))


def skus_to_collect() -> Iterator[Thing]:
    """Packings filled from lots, with the outlets their supplier lets collect."""
    letting: dict[int, set[int]] = {}
    granted = select(SupplierOutlet.supplier_id, SupplierOutlet.outlet_id)
    for supplier_id, outlet_id in db.session.execute(granted.where(SupplierOutlet.withdrawn_at.is_(None))):
        letting.setdefault(supplier_id, set()).add(outlet_id)
    query = (
        select(Sku.id, LinkageAgreement.supplier_id)
        .join(Listing, Listing.id == Sku.listing_id)
        .join(LinkageAgreement, LinkageAgreement.product_id == Listing.product_id)
        .join(LinkageTerm, LinkageTerm.agreement_id == LinkageAgreement.id)
        .where(
            LinkageAgreement.state == AgreementState.ACTIVE,
            LinkageAgreement.starts_on <= clock.today(),
            LinkageAgreement.ends_on >= clock.today(),
            LinkageTerm.mode == LinkageMode.PURCHASE,
        )
    )
    for sku_id, supplier_id in db.session.execute(query.distinct()):
        yield Thing({"sku_id": sku_id}, outlets=frozenset(letting.get(supplier_id, ())))


def outlet_codes() -> Iterator[Thing]:
    return (Thing({"code": code}) for (code,) in rows(Outlet.code))


def outlets_of_suppliers() -> Iterator[Thing]:
    """Outlets by who lets them collect: each is one thing, whoever else lets it too."""
    letting: dict[int, set[int]] = {}
    query = select(SupplierOutlet.outlet_id, SupplierOutlet.supplier_id)
    for outlet_id, supplier_id in db.session.execute(query.where(SupplierOutlet.withdrawn_at.is_(None))):
        letting.setdefault(outlet_id, set()).add(supplier_id)
    for outlet_id, suppliers_of in letting.items():
        yield Thing({"outlet_id": outlet_id}, suppliers=frozenset(suppliers_of))


def disbursements() -> Iterator[Thing]:
    for row in db.session.scalars(select(Disbursement)):
        yield Thing(
            {"disbursement_id": row.id},
            supplier=row.supplier_id,
            region=row.village_code,
            households=frozenset({row.household_id}),
        )


def reported_orders() -> Iterator[Thing]:
    """Orders with the villages their goods come from; ``region`` one of them, to measure how far it is."""
    origins: dict[str, set[str]] = {}
    query = select(Order.number, OrderLine.origin_code).join(OrderLine, OrderLine.order_id == Order.id)
    for number, origin in db.session.execute(query.where(Order.paid_at.is_not(None))):
        origins.setdefault(number, set()).add(origin)
    for number, villages in origins.items():
        yield Thing({"number": number}, region=min(villages), villages=frozenset(villages))


def certificates() -> Iterator[Thing]:
    for row in db.session.scalars(select(Certificate)):
        sponsor = db.session.scalar(select(Supplier.sponsor_id).where(Supplier.id == row.supplier_id))
        yield Thing(
            {"certificate_id": row.id}, supplier=row.supplier_id, region=row.region_code, sponsor=sponsor
        )


def pictures() -> Iterator[Thing]:
    for token, kind in rows(Media.token, Media.kind):
        yield Thing({"token": token, "width": 640}, ours=kind is MediaKind.PICTURE)


def certificate_numbers() -> Iterator[Thing]:
    return (Thing({"number": number}) for (number,) in rows(Certificate.number))


def listings_on_sale() -> Iterator[Thing]:
    for listing_id, state in rows(Listing.id, Listing.state):
        if state is ListingState.ON_SALE:
            yield Thing({"listing_id": listing_id})


def listings_shown() -> Iterator[Thing]:
    """What may be sold today."""
    for listing_id in db.session.scalars(select(Listing.id).where(visible_clause())):
        yield Thing({"listing_id": listing_id})


def skus_shown() -> Iterator[Thing]:
    query = select(Sku.id).join(Listing, Listing.id == Sku.listing_id)
    for sku_id in db.session.scalars(query.where(visible_clause(), Sku.is_active)):
        yield Thing({"sku_id": sku_id})


def products_on_sale() -> Iterator[Thing]:
    """The same, under the name the API gives them."""
    return (Thing({"product_id": thing.args["listing_id"]}) for thing in listings_on_sale())


def categories() -> Iterator[Thing]:
    return (Thing({"code": code}) for (code,) in rows(Category.code))


def villages() -> Iterator[Thing]:
    """Villages whose goods are on sale."""
    query = select(DeclaredProduct.origin_code).join(Listing, Listing.product_id == DeclaredProduct.id)
    for code in db.session.scalars(query.where(Listing.state == ListingState.ON_SALE).distinct()):
        yield Thing({"code": code})


def admitted_suppliers() -> Iterator[Thing]:
    """Sellers anybody may look at."""
    query = select(Supplier.id).where(admitted_clause(Supplier.id))
    return (Thing({"supplier_id": supplier_id}) for supplier_id in db.session.scalars(query))


def providers() -> Iterator[Thing]:
    yield Thing({"provider": "sandbox"})


def proofs() -> Iterator[Thing]:
    return (Thing({"proof_id": identity}) for (identity,) in rows(TransferProof.id))


def returns() -> Iterator[Thing]:
    return (Thing({"return_id": identity}) for (identity,) in rows(MoneyReturn.id))


def notices() -> Iterator[Thing]:
    return (Thing({"notice_id": identity}) for (identity,) in rows(PublicNotice.id))


def parameters() -> Iterator[Thing]:
    return (Thing({"key": key}) for key in Parameter.declared)
