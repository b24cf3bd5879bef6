"""Steps of buyers and banks: placing, paying online and by transfer, notices that come twice, late and crossed."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.numbering import new_token
from orders.cart.queries import CartOwner
from orders.checkout.commands import Wish, place, place_to_pay, quote_for
from orders.ordering.models import Order
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments import commands as payments
from orders.payments import inbox
from orders.payments.models import Dispute, DisputePart, PaymentSession, SandboxCharge
from orders.payments.providers import sandbox
from orders.payments.providers.registry import get_provider
from orders.payments.rules import SandboxChoice, SandboxDispute
from orders.payments.sessions import open_at_provider, start_session
from orders.refunds.commands import cancel_by_supplier, cancel_order
from tests.factories import order_builders, outlets, sales
from tests.support.money_reckoning import PLACED, RELEASED, OrderBook
from tests.support.money_steps import UNITS, WHICH, WILD, MoneySteps, Notice, OpenShop, Session

Cart = tuple[CartOwner, Wish, dict[int, int]]


class Buying(MoneySteps):
    """Rules that bring money in, or should."""

    def __init__(self, open_shop: OpenShop) -> None:
        super().__init__(open_shop)
        self.carts: list[Cart] = []
        #: (proof, order)
        self.proofs: list[tuple[int, OrderBook]] = []

    @rule(
        units=st.dictionaries(st.integers(0, 3), UNITS, min_size=1, max_size=3),
        method=st.sampled_from(PaymentMethod),
        fetched=st.booleans(),
        coupons=st.sets(st.integers(0, 1)),
        buys=st.booleans(),
    )
    def fill_cart(
        self, units: dict[int, int], method: PaymentMethod, *, fetched: bool, coupons: set[int], buys: bool
    ) -> None:
        """A page to confirm; sometimes confirmed at once, sometimes when others have bought meanwhile."""
        skus = sorted(self.books.packings)
        wanted = {skus[place_]: count for place_, count in units.items()}
        chosen = tuple(sorted(sorted(self.world.coupons)[each] for each in coupons))
        made = self.attempt("fill_cart", lambda: self._cart(wanted, method, fetched=fetched, coupons=chosen))
        if made is not None:
            self.carts.append(made.value)
            if buys:
                self.confirm(0)

    def _cart(
        self, units: dict[int, int], method: PaymentMethod, *, fetched: bool, coupons: tuple[int, ...]
    ) -> Cart:
        owner = order_builders.cart_with(units)
        deliver_to = outlets.destination(self.world.outlet) if fetched else order_builders.HOME
        wish = Wish(new_token(), "", deliver_to, method, {}, agrees_fresh=True, coupons=coupons)
        return owner, replace(wish, digest=quote_for(owner, wish).digest), units

    @precondition(lambda self: self.carts)
    @rule(which=WHICH, pays_at_once=st.booleans(), reaches_bank=st.booleans())
    def confirm(self, which: int, *, pays_at_once: bool = False, reaches_bank: bool = False) -> None:
        """The click; on an old page it is an old click, and must not buy twice. Where it leads on to the bank, it does
        not always arrive there."""
        owner, wish, units = self.one_of(self.carts, which)
        off = sum(self.world.coupons[each][2] for each in wish.coupons)
        if not pays_at_once:
            if (placed := self.attempt("place", lambda: place(owner, wish))) is not None:
                self.books.place(placed.value, units, off)
            return
        to_pay = self.attempt("place", lambda: place_to_pay(owner, wish))
        if to_pay is None:
            return
        self.books.place(to_pay.value.token, units, off)
        session = to_pay.value.session
        if session is not None and reaches_bank:
            url = self.attempt("start", lambda: open_at_provider(session, "http://localhost/pay"))
            assert url is not None
            self._remember_session(url.value)

    # --- online ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.books.orders)
    @rule(which=WHICH)
    def start_paying(self, which: int) -> None:
        checkout = self.order(which, PLACED).checkout
        url = self.attempt("start", lambda: start_session(checkout, "http://localhost/pay"))
        if url is not None:
            self._remember_session(url.value)

    def _remember_session(self, url: str) -> None:
        row = db.session.scalars(
            select(PaymentSession).where(PaymentSession.token == url.rpartition("/")[2])
        ).one()
        session = next((each for each in self.sessions if each.id == row.id), None)
        if session is None:
            session = Session(row.token, row.id, {each["order_id"]: each["fen"] for each in row.splits})
            self.sessions.append(session)
        due = {order.id: order.total_fen for order in self.orders() if order.id in session.splits}
        assert session.splits == due, "I6"
        assert sum(due.values()) == row.amount_fen, "I6"
        self.session_of.update(dict.fromkeys(due, session))

    @precondition(lambda self: self.sessions)
    @rule(which=WHICH, pays=st.booleans(), is_told=st.booleans(), at_once=st.booleans())
    def bank_decides(self, which: int, *, pays: bool, is_told: bool, at_once: bool) -> None:
        unpaid = [each for each in self.sessions if each.bank != "paid"]
        session = self.one_of(unpaid if unpaid and which < WILD else self.sessions, which)
        choice = SandboxChoice.PAY if pays else SandboxChoice.REFUSE
        settled = self.attempt("bank", lambda: sandbox.settle(session.token, choice))
        if settled is None:
            assert session.bank == "paid"
            return
        session.bank = "paid" if pays else "refused"
        if is_told:
            says = "paid" if pays else "failed"
            self.mail += [Notice(session, says, text.encode()) for text in settled.value.notices]
            if at_once:
                self.deliver(0, 1, is_applied=True)

    @precondition(lambda self: self.mail)
    @rule(which=WHICH, times=st.integers(1, 3), is_applied=st.booleans())
    def deliver(self, which: int, times: int, *, is_applied: bool) -> None:
        """Any of the letters, also one that came before; sometimes nobody lives to read it, and the worker does."""
        notice = self.one_of(self.mail, which)
        provider = get_provider(sandbox.NAME)
        assert isinstance(provider, sandbox.Sandbox)
        for _ in range(times):
            event = inbox.store_event(sandbox.NAME, notice.raw, provider.signature(notice.raw))
            if is_applied:
                inbox.apply_event(event)
            else:
                self.kept.append((event, notice))
        if is_applied:
            self.heard(notice)

    @precondition(lambda self: self.sessions)
    @rule(which=WHICH)
    def reconcile(self, which: int) -> None:
        session = self.one_of(self.sessions, which)
        inbox.reconcile(session.id)
        self.asked(session)

    def asked(self, session: Session) -> None:
        if session.bank == "paid":
            self._paid(session)
        elif session.bank == "refused" and session.state == "open":
            session.state = "failed"

    def heard(self, notice: Notice) -> None:
        """What a notice does to the books."""
        session = notice.session
        if notice.says == "paid":
            self._paid(session)
        elif notice.says == "failed":
            session.state = "failed" if session.state == "open" else session.state
        elif session.state != "succeeded":
            session.early.append(notice.says)
        else:
            self._disputed(session, notice.says)

    def _paid(self, session: Session) -> None:
        if session.state == "succeeded":
            return
        session.state = "succeeded"
        for order_id, fen in sorted(session.splits.items()):
            order = self.books.orders[order_id]
            if not order.captured:
                self.session_of[order_id] = session
            self.books.capture(order, fen)

    # --- disputes --------------------------------------------------------------------------------------------

    @precondition(lambda self: any(each.bank == "paid" for each in self.sessions))
    @rule(which=WHICH, choice=st.sampled_from(SandboxDispute), at_once=st.booleans())
    def dispute(self, which: int, choice: SandboxDispute, *, at_once: bool) -> None:
        """A card holder complains once, and the bank decides once."""
        paid = [each for each in self.sessions if each.bank == "paid"]
        session = self.one_of(paid, which)
        is_new = choice is SandboxDispute.DISPUTE
        if session.disputed_at_bank != ("" if is_new else "open") or not self._left_at_bank(session):
            return
        session.disputed_at_bank = "open" if is_new else choice.value
        done = self.attempt(f"bank_{choice}", lambda: sandbox.dispute(session.token, choice))
        assert done is not None
        self.mail += [Notice(session, choice.value, text.encode()) for text in done.value.notices]
        if at_once:
            self.deliver(0, 1, is_applied=True)

    @rule(which=st.integers(0, 3), is_told_first=st.booleans(), wants_both=st.booleans())
    def buy_and_complain(self, which: int, *, is_told_first: bool, wants_both: bool) -> None:
        """A purchase whose buyer complains at once; the complaint may overtake the news of the payment. Some buyers want
        the money from the shop, too."""
        known = len(self.sessions)
        self.fill_cart({which: 1}, PaymentMethod.ONLINE, fetched=False, coupons=set(), buys=True)
        self.start_paying(0)
        if len(self.sessions) > known:
            self.bank_decides(0, pays=True, is_told=True, at_once=is_told_first)
            self.dispute(0, SandboxDispute.DISPUTE, at_once=True)
            self.deliver(1, 1, is_applied=True)
            if wants_both:
                self.cancel(0, by_seller=False)

    def _left_at_bank(self, session: Session) -> int:
        charge = db.session.scalars(
            select(SandboxCharge).where(SandboxCharge.idempotency_key == session.token)
        ).one()
        back: int = sum(each["fen"] for each in charge.returns.values())
        return charge.amount_fen - back

    def _disputed(self, session: Session, says: str) -> None:
        """The first notice opens a dispute, the first decision ends it."""
        if not session.dispute:
            session.dispute = "open"
            session.parts = self._parts(session)
            for order_id, fen in session.parts.items():
                self.books.orders[order_id].disputed += fen
        if says != "dispute" and session.dispute == "open":
            session.dispute = says
            for order_id, fen in session.parts.items() if says == "won" else ():
                self.books.orders[order_id].disputed -= fen

    def heard_early(self, session: Session) -> None:
        """What came before the payment was known counts once it is."""
        if session.state == "succeeded":
            early, session.early = session.early, []
            for says in early:
                self._disputed(session, says)

    def _parts(self, session: Session) -> dict[int, int]:
        """As the shop divided it; no order bears what another charge paid."""
        rows = db.session.execute(
            select(DisputePart.order_id, DisputePart.fen)
            .join(Dispute, Dispute.id == DisputePart.dispute_id)
            .where(Dispute.session_id == session.id)
        )
        parts = {order_id: fen for order_id, fen in rows}  # noqa: C416 - dict() can't type a row
        mine = [order for order in session.splits if self._kept_by(order, session)]
        assert parts.keys() <= set(mine)
        assert parts or not mine, "a dispute nobody bears"
        return parts

    def _kept_by(self, order_id: int, session: Session) -> bool:
        return self.session_of.get(order_id) is session and self.books.orders[order_id].captured > 0

    # --- by transfer -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.books.orders)
    @rule(which=WHICH, is_right=st.booleans())
    def show_proof(self, which: int, *, is_right: bool) -> None:
        """Sometimes finance sees at once that it is right."""
        order = self.order(which, PLACED)
        shown = self.attempt(
            "proof",
            lambda: payments.submit_proof(
                self.buyer(order), order.number, "示例公司", clock.today(), order.total_fen, sales.voucher()
            ),
        )
        if shown is not None:
            self.proofs.append((shown.value, order))
            if is_right:
                self.check_proof(0, accept=True)

    @precondition(lambda self: self.proofs)
    @rule(which=WHICH, accept=st.booleans())
    def check_proof(self, which: int, *, accept: bool) -> None:
        proof, order = self.one_of(self.proofs, which)
        done = self.attempt(
            "check_proof",
            lambda: payments.check_proof(self.world.finance, proof, accept=accept, note="看过了"),
        )
        if done is not None and accept:
            self.books.capture(order, order.total_fen)

    # --- not paying ------------------------------------------------------------------------------------------

    @precondition(lambda self: self.books.orders)
    @rule(which=WHICH, by_seller=st.booleans())
    def cancel(self, which: int, *, by_seller: bool) -> None:
        order = self.order(which, PLACED, RELEASED)
        done = self.attempt(
            "cancel",
            lambda: (
                cancel_by_supplier(self.world.sellers[order.supplier], order.id, "缺货")
                if by_seller
                else cancel_order(self.buyer(order), order.number, "不要了")
            ),
        )
        if done is not None:
            self.books.cancel(order)

    def expire(self) -> None:
        """What the timer will do with orders whose time is over, then the timer itself."""
        overdue = db.session.scalars(
            select(Order.id)
            .where(Order.state == OrderState.PLACED, Order.reserved_until <= clock.now())
            .order_by(Order.reserved_until)
        ).all()
        for order_id in overdue:
            session, order = self.session_of.get(order_id), self.books.orders[order_id]
            if session is not None and session.state == "open":
                self.asked(session)
                session.state = "expired" if session.state == "open" else session.state
            if order.state == PLACED:
                self.books.release(order)
        inbox.expire_overdue()
