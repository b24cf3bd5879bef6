"""Reading payments: whose order it is, the payment page."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, column, select, table
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db, read
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import Supplier
from orders.ordering.models import Checkout, Order
from orders.ordering.queries import CHECKOUT_COLUMNS, CheckoutFacts
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.models import Payment, PaymentSession, TransferProof
from orders.payments.rules import Buyer
from orders.payments.workflow import PaymentState, ProofState, SessionState

#: Purchase orders lie above this room on the ladder; whose an order is must not turn the ladder round.
_PURCHASES = table("purchase_orders", column("id"), column("unit_id"), column("checkout_id"))


def is_buyers(buyer: Buyer, checkout: Checkout | CheckoutFacts, unit_id: int | None) -> bool:
    """A unit's purchase belongs to the unit, never to the person who drew it up; a member's checkout is the member's; a
    guest's is whoever's who holds its secret."""
    if unit_id is not None:
        return unit_id in buyer.unit_ids
    if checkout.user_id is not None:
        return checkout.user_id == buyer.user_id
    return buyer.checkout_token is not None and buyer.checkout_token == checkout.token


def unit_of_purchase(purchase_order_id: int) -> int | None:
    """The unit that bought."""
    unit_id: int | None = db.session.scalar(
        select(_PURCHASES.c.unit_id).where(_PURCHASES.c.id == purchase_order_id)
    )
    return unit_id


_CHECKOUT = (
    select(*CHECKOUT_COLUMNS, _PURCHASES.c.unit_id)
    .outerjoin(_PURCHASES, _PURCHASES.c.checkout_id == Checkout.id)
    .where(Checkout.token == bindparam("token"))
)


def require_buyers_checkout(buyer: Buyer, token: str) -> CheckoutFacts:
    """Raises NotFound for one that is somebody else's or does not exist; a unit pays order by order, at its desk."""
    row = read(_CHECKOUT, {"token": token}).first()
    if row is None or row.unit_id is not None:
        raise NotFound
    checkout = CheckoutFacts(*row[:-1])
    if not is_buyers(buyer, checkout, None):
        raise NotFound
    return checkout


def require_buyers_order(buyer: Buyer, number: str) -> Order:
    """Raises NotFound for one that is somebody else's or does not exist."""
    row = db.session.execute(
        select(Order, Checkout, _PURCHASES.c.unit_id)
        .join(Checkout, Checkout.id == Order.checkout_id)
        .outerjoin(_PURCHASES, _PURCHASES.c.id == Order.purchase_order_id)
        .where(Order.number == number)
    ).first()
    if row is None or not is_buyers(buyer, row[1], row[2]):
        raise NotFound
    order: Order = row[0]
    return order


def is_open_to(buyer: Buyer, number: str) -> bool:
    """Whether an order is theirs."""
    try:
        require_buyers_order(buyer, number)
    except NotFound:
        return False
    return True


@dataclass(frozen=True)
class BankAccount:
    """Where a transfer goes: the legal seller's own account (the sponsor's for a pilot household without licence)."""

    holder: str
    bank: str
    number: str


@dataclass(frozen=True)
class ProofFacts:
    id: int
    state: ProofState
    payer: str
    paid_on: date
    amount_fen: int
    submitted_at: datetime
    note: str


@dataclass(frozen=True)
class PayOrder:
    payment_id: int
    order_id: int
    number: str
    supplier_name: str
    total_fen: int
    state: OrderState
    reserved_until: datetime
    payment_state: PaymentState
    failure: str | None
    reference: str
    visit_on: date | None
    account: BankAccount | None
    proofs: list[ProofFacts]


@dataclass(frozen=True)
class PayPage:
    """``session``: the state of the newest session, None before the first; ``url`` where it is paid, None until the
    provider has opened it."""

    checkout_token: str
    is_member: bool
    method: PaymentMethod
    orders: list[PayOrder]
    session: SessionState | None
    url: str | None

    def _in(self, *states: PaymentState) -> list[PayOrder]:
        return [order for order in self.orders if order.payment_state in states]

    @property
    def due_fen(self) -> int:
        return sum(
            order.total_fen
            for order in self._in(PaymentState.UNPAID, PaymentState.PENDING, PaymentState.FAILED)
        )

    @property
    def situation(self) -> str:
        """paid, cancelled (when paid), expired, failed, waiting or choose: the worst thing the buyer has to know
        about comes first."""
        if self._in(PaymentState.FAILED):
            return "failed"
        if self._in(PaymentState.PENDING) and self.url is not None:
            return "waiting"
        if self._in(PaymentState.UNPAID, PaymentState.PENDING):
            return "choose"
        paid = self._in(PaymentState.PAID)
        if paid and all(order.state is OrderState.CANCELLED for order in paid):
            return "cancelled"
        return "paid" if paid else "expired"

    @property
    def is_visit(self) -> bool:
        """A visit is booked by itself."""
        return any(order.visit_on for order in self.orders)

    @property
    def lapsed(self) -> list[PayOrder]:
        return self._in(PaymentState.EXPIRED)

    @property
    def reserved_until(self) -> datetime | None:
        open_orders = self._in(PaymentState.UNPAID, PaymentState.PENDING, PaymentState.FAILED)
        return min((order.reserved_until for order in open_orders), default=None)


_SPONSOR = aliased(Supplier)
_LAST_SESSION = (
    select(PaymentSession.id)
    .where(PaymentSession.checkout_id == bindparam("checkout_id"))
    .order_by(PaymentSession.id.desc())
    .limit(1)
    .scalar_subquery()
)
_TO_PAY = (
    select(
        PaymentSession.state.label("session"),
        PaymentSession.url,
        Payment.id.label("payment_id"),
        Order.id.label("order_id"),
        Order.number,
        Supplier.name.label("supplier_name"),
        Order.total_fen,
        Order.state,
        Order.reserved_until,
        Payment.state.label("payment_state"),
        Payment.failure,
        Payment.reference,
        Order.visit_on,
    )
    .join(Payment, Payment.order_id == Order.id)
    .join(Supplier, Supplier.id == Order.supplier_id)
    .outerjoin(PaymentSession, PaymentSession.id == _LAST_SESSION)
    .where(Order.checkout_id == bindparam("checkout_id"))
    .order_by(Order.id)
)
_SELLERS = (
    select(Order.id, Supplier, _SPONSOR)
    .join(Supplier, Supplier.id == Order.supplier_id)
    .outerjoin(_SPONSOR, _SPONSOR.id == Supplier.sponsor_id)
    .where(Order.checkout_id == bindparam("checkout_id"))
)


def pay_page(checkout: CheckoutFacts) -> PayPage:
    """Everything the payment page of a checkout shows. One query, three for a transfer."""
    of_checkout = {"checkout_id": checkout.id}
    rows = read(_TO_PAY, of_checkout).all()
    is_transfer = checkout.payment_method is PaymentMethod.TRANSFER
    proofs = proofs_of([row.payment_id for row in rows]) if is_transfer else {}
    sellers = db.session.execute(_SELLERS, of_checkout).all() if is_transfer else []
    accounts = {order_id: account_of(supplier, sponsor) for order_id, supplier, sponsor in sellers}
    facts = [row._asdict() for row in rows]
    sessions = [(each.pop("session"), each.pop("url")) for each in facts]  # of all orders the same
    orders = [
        PayOrder(**each, account=accounts.get(each["order_id"]), proofs=proofs.get(each["payment_id"], []))
        for each in facts
    ]
    return PayPage(
        checkout.token,
        checkout.user_id is not None,
        checkout.payment_method,
        orders,
        *sessions[0],
    )


def account_of(supplier: Supplier, sponsor: Supplier | None) -> BankAccount:
    seller = sponsor if supplier.uscc is None and sponsor is not None else supplier
    return BankAccount(
        seller.bank_account_name or seller.name, seller.bank_name or "", seller.bank_account or ""
    )


def proofs_of(payment_ids: list[int]) -> dict[int, list[ProofFacts]]:
    found: dict[int, list[ProofFacts]] = defaultdict(list)
    for proof in db.session.scalars(
        select(TransferProof)
        .where(TransferProof.payment_id.in_(payment_ids))
        .order_by(TransferProof.id.desc())
    ):
        found[proof.payment_id].append(
            ProofFacts(
                proof.id,
                proof.state,
                proof.payer,
                proof.paid_on,
                proof.amount_fen,
                proof.submitted_at,
                proof.note,
            )
        )
    return found


@dataclass(frozen=True)
class PaymentFacts:
    """Of one order; amounts in fen."""

    state: PaymentState
    provider: str
    amount_fen: int
    captured_fen: int
    refunded_fen: int
    reference: str
    failure: str | None
    paid_at: datetime | None


def payment_of(order_id: int) -> PaymentFacts:
    """Raises NotFound."""
    payment = db.session.scalar(select(Payment).where(Payment.order_id == order_id))
    if payment is None:
        raise NotFound
    return PaymentFacts(
        payment.state,
        payment.provider,
        payment.amount_fen,
        payment.captured_fen,
        payment.refunded_fen,
        payment.reference,
        payment.failure,
        payment.paid_at,
    )
