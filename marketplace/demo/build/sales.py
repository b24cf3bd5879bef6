"""Half a year of orders: placed, paid, shipped, received, called off, each at its time and by the same pure rules."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.stock.rules import MovementKind, Taken
from certification.linkage.rules import IncomeShare, LotPortion, split_income
from marketplace.demo.build.purchases import Purchases
from marketplace.demo.build.shelves import Shelves
from marketplace.demo.build.world import World
from marketplace.demo.content.households import Buyer, buyers
from marketplace.demo.content.order_times import Payment as PlannedPayment
from marketplace.demo.content.order_times import Target
from marketplace.demo.content.orders_plan import LineIntent, OrderIntent
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.clock import local_date, local_day_start
from marketplace.kernel.money import basis_points
from orders.coupons.queries import holder_of
from orders.fulfilment.queries import freight_rules
from orders.fulfilment.rules import freight_fen
from orders.ordering.models import Checkout, LineAllocation, LineIncome, Order, OrderEvent, OrderLine
from orders.ordering.parameters import OUTLET_COMMISSION_BP
from orders.ordering.rules import PaymentMethod, commission_outlet
from orders.ordering.workflow import ORDER, OrderState

RESERVED = {PlannedPayment.SANDBOX: timedelta(minutes=30), PlannedPayment.TRANSFER: timedelta(days=7)}


@dataclass
class SoldLine:
    """A line with what it took and brought."""

    row: OrderLine
    takes: list[Taken]
    allocations: list[LineAllocation]
    incomes: list[LineIncome]


@dataclass
class SoldOrder:
    """An order and the plan it follows."""

    intent: OrderIntent
    row: Order
    lines: list[SoldLine]


class Sales:
    """Places orders and moves them along; ``sold`` keeps all of them for the money builder."""

    def __init__(self, world: World, shelves: Shelves, purchases: Purchases, seed: int) -> None:
        self.world = world
        self.shelves = shelves
        self.purchases = purchases
        self.buyers = buyers(world.content)
        self.fee_bp = PLATFORM_FEE_BP.get()
        self.random = random.Random(seed)
        self.checkouts: dict[str, Checkout] = {}
        self.sold: dict[str, SoldOrder] = {}
        self.freight = freight_rules(world.suppliers.values())

    def token(self) -> str:
        """Unguessable to a stranger is not needed here; the same on every machine is."""
        return f"demo{self.random.getrandbits(96):024x}"

    def number(self, prefix: str, digits: int) -> str:
        """A random number nobody in this shop has yet."""
        while True:
            number = f"{prefix}{self.random.randrange(10**digits):0{digits}d}"
            if number not in self.world.taken:
                self.world.taken.add(number)
                return number

    def _buyer(self, intent: OrderIntent) -> Buyer:
        return self.buyers[intent.buyer_index]

    def _checkout(self, intent: OrderIntent) -> Checkout:
        checkout = self.checkouts.get(intent.checkout_key)
        if checkout is None:
            purchase = self.purchases.rows.get(intent.purchase)
            checkout = Checkout(
                token=self.token(),
                idempotency_key=f"purchase:{purchase.id}" if purchase else self.token(),
                user_id=self._user_id(intent),
                payment_method=_method(intent),
                total_fen=0,
                placed_at=intent.at.placed_at,
            )
            self.world.rows.add(checkout)
            self.checkouts[intent.checkout_key] = checkout
            if purchase is not None:
                purchase.checkout_id = checkout.id
        return checkout

    def _user_id(self, intent: OrderIntent) -> int | None:
        purchase = self.purchases.rows.get(intent.purchase)
        if purchase is not None:
            return purchase.submitted_by
        login = self._buyer(intent).login
        return self.world.users[login] if login else None

    def place(self, intent: OrderIntent) -> None:
        checkout = self._checkout(intent)
        goods = sum(self._price(line) * line.units for line in intent.lines)
        grams = sum(self.world.content.skus[line.sku_key].grams * line.units for line in intent.lines)
        supplier_id = self.world.suppliers[intent.supplier]
        freight = freight_fen(
            self.freight[supplier_id],
            f"{intent.address.street[:2]}0000000000",
            grams=grams,
            pieces=sum(line.units for line in intent.lines),
            goods_fen=goods,
        ).fen
        if freight is None:
            raise ValueError(f"{intent.key} is sent where nothing is sent")
        order = self._order(intent, checkout, supplier_id, goods, freight)
        self.world.rows.add(order)
        checkout.total_fen += order.total_fen
        if intent.purchase:
            self.purchases.rows[intent.purchase].total_fen += order.total_fen
        sold = SoldOrder(intent, order, [])
        for line in intent.lines:
            sold.lines.append(self._line(sold, line))
        self.sold[intent.key] = sold
        self._event(sold, "place", None, OrderState.PLACED, intent.at.placed_at)
        if intent.pays_later:
            self._release(sold, intent.at.placed_at)

    def _price(self, line: LineIntent) -> int:
        return line.price_fen or self.world.content.skus[line.sku_key].price_fen

    def _order(
        self, intent: OrderIntent, checkout: Checkout, supplier_id: int, goods: int, freight: int
    ) -> Order:
        placed = intent.at.placed_at
        recipient, mobile = self._recipient(intent)
        return Order(
            number=self.number(f"{local_date(placed):%Y%m%d}", 9),
            checkout_id=checkout.id,
            supplier_id=supplier_id,
            user_id=checkout.user_id,
            buyer_key=None if intent.purchase else holder_of(checkout.user_id, mobile),
            state=OrderState.PLACED,
            payment_method=checkout.payment_method,
            goods_fen=goods,
            freight_fen=freight,
            total_fen=goods + freight,
            recipient=recipient,
            mobile=mobile,
            street_code=intent.address.street,
            address_detail=self._detail(intent),
            remark=intent.note,
            unit_id=self.world.units[intent.unit] if intent.unit else None,
            purchase_order_id=self.purchases.rows[intent.purchase].id if intent.purchase else None,
            pays_later=intent.pays_later,
            placed_outlet_id=self.world.outlets.get(intent.placed_outlet),
            pickup_outlet_id=self.world.outlets.get(intent.pickup_outlet),
            channel_outlet_id=self.world.outlets.get(intent.channel_outlet),
            commission_outlet_id=commission_outlet(
                self.world.outlets.get(intent.placed_outlet),
                self.world.outlets.get(intent.channel_outlet),
                self.world.outlets.get(intent.pickup_outlet),
            ),
            placed_at=placed,
            reserved_until=self._reserved_until(intent),
        )

    def _detail(self, intent: OrderIntent) -> str:
        """Where it is fetched at an outlet, the outlet's name with its address."""
        name = self.world.outlet_names.get(intent.pickup_outlet)
        return f"{intent.address.detail}（{name}）" if name else intent.address.detail

    def _recipient(self, intent: OrderIntent) -> tuple[str, str]:
        if intent.unit:
            unit = self.world.content.units[intent.unit]
            return unit.contact, unit.phone
        buyer = self._buyer(intent)
        return buyer.name, buyer.phone

    def _reserved_until(self, intent: OrderIntent) -> datetime:
        if intent.purchase:
            return local_day_start(self.purchases.last_day(intent.purchase) + timedelta(days=1))
        if intent.target is Target.EXPIRED and intent.at.cancelled_at:
            return intent.at.cancelled_at
        return intent.at.placed_at + RESERVED[intent.payment]

    def _line(self, sold: SoldOrder, planned: LineIntent) -> SoldLine:
        order, placed = sold.row, sold.intent.at.placed_at
        takes = self.shelves.take(planned.sku_key, planned.units, placed, order.id)
        shares = self._split(planned, takes)
        row = self._line_row(order, planned, sum(share.fen for share in shares))
        self.world.rows.add(row)
        allocations = [
            LineAllocation(
                line_id=row.id, stock_row_id=take.stock_row_id, lot_id=take.lot_id, units=take.units
            )
            for take in takes
        ]
        incomes = [self._income(row.id, share) for share in shares]
        self.world.rows.add_all([*allocations, *incomes])
        row_of_lot = {take.lot_id: take.stock_row_id for take in takes}
        for share in shares:
            if share.lot_id is not None:
                self.shelves.book(row_of_lot[share.lot_id], share.fen)
        return SoldLine(row, takes, allocations, incomes)

    def _split(self, planned: LineIntent, takes: list[Taken]) -> list[IncomeShare]:
        sku = self.world.content.skus[planned.sku_key]
        portions = []
        for take in takes:
            if take.lot_id is not None:
                lot = self.world.lots[take.lot_id]
                portions.append(
                    LotPortion(
                        lot.id,
                        lot.household_id,
                        lot.total_fen,
                        lot.units,
                        take.taken_before,
                        take.booked_fen,
                        take.units,
                    )
                )
        net = self._price(planned) * planned.units
        return split_income(self.world.terms[sku.product], net, planned.units, portions)

    def _line_row(self, order: Order, planned: LineIntent, income_fen: int) -> OrderLine:
        world = self.world
        sku = world.content.skus[planned.sku_key]
        product = world.content.products[sku.product]
        category = world.content.categories[product.category]
        terms = world.terms[product.code]
        price = self._price(planned)
        net = price * planned.units
        fee = basis_points(net, self.fee_bp)
        commission = min(fee, basis_points(net, OUTLET_COMMISSION_BP.default))
        return OrderLine(
            order_id=order.id,
            sku_id=world.skus[planned.sku_key],
            listing_id=world.listings[product.code].id,
            product_id=world.products[product.code],
            certificate_id=world.certificates[product.code],
            agreement_id=terms.agreement_id,
            terms=terms.to_json(),
            origin_code=product.origin,
            title=product.title,
            sku_name=sku.name,
            picture_token=world.covers[product.code],
            grams=sku.grams,
            unit_price_fen=price,
            units=planned.units,
            net_fen=net,
            fee_fen=fee,
            outlet_fee_fen=commission if order.commission_outlet_id else 0,
            income_fen=income_fen,
            after_sales_hours=category.after_sales_hours,
            is_fresh=category.fresh,
        )

    def _income(self, line_id: int, share: IncomeShare) -> LineIncome:
        return LineIncome(
            line_id=line_id,
            household_id=share.household_id,
            village_code=self.world.villages[share.household_id],
            mode=share.mode,
            kind=share.kind,
            lot_id=share.lot_id,
            lot_units=share.lot_units,
            paid_at_receipt=share.lot_id is not None and self.world.lots[share.lot_id].bought,
            fen=share.fen,
        )

    def _event(
        self, sold: SoldOrder, action: str, before: OrderState | None, after: OrderState, at: datetime
    ) -> None:
        self.world.rows.put(
            OrderEvent, order_id=sold.row.id, at=at, action=action, from_state=before, to_state=after
        )

    def apply(self, sold: SoldOrder, action: str, at: datetime) -> None:
        """Take one edge of the order's state table."""
        before = sold.row.state
        sold.row.state = ORDER.next(before, action)
        self._event(sold, action, before, sold.row.state, at)
        self.world.rows.put(
            AuditEntry,
            at=at,
            actor_id=None,
            action=f"order.{action}",
            subject="order",
            subject_id=str(sold.row.id),
            detail={"from": before, "to": sold.row.state},
        )

    def pay(self, sold: SoldOrder, at: datetime) -> None:
        sold.row.paid_at = at
        if not sold.intent.pays_later:
            self._release(sold, at)

    def _release(self, sold: SoldOrder, at: datetime) -> None:
        """The supplier may ship: what was kept counts as sold."""
        self.apply(sold, "release", at)
        for line in sold.lines:
            for take in line.takes:
                self.shelves.move(take.stock_row_id, MovementKind.SELL, take.units, at, sold.row.id)

    def cancel(self, sold: SoldOrder, at: datetime) -> None:
        """An unpaid order frees its stock; what a paid one held goes back with its refund."""
        sold.row.cancelled_at = at
        self.apply(sold, "cancel", at)
        if sold.row.paid_at is not None:
            return
        for line in sold.lines:
            for take in line.takes:
                self.shelves.move(take.stock_row_id, MovementKind.RELEASE, take.units, at, sold.row.id)
            for income in line.incomes:
                if income.lot_id is not None:
                    self.shelves.book(_stock_row(line, income.lot_id), -income.fen)


def _method(intent: OrderIntent) -> PaymentMethod:
    return PaymentMethod.ONLINE if intent.payment is PlannedPayment.SANDBOX else PaymentMethod.TRANSFER


def _stock_row(line: SoldLine, lot_id: int) -> int:
    return next(take.stock_row_id for take in line.takes if take.lot_id == lot_id)
