"""What the pages of purchase orders show, put together from queries."""

from dataclasses import dataclass
from typing import Any

from marketplace.accounts.web import require_actor
from marketplace.parties.unit_queries import get_unit
from marketplace.presentation import MoneyPart, TimelineItem, datetime_cn
from marketplace.regions.queries import full_name
from marketplace.regions.rules import is_code, province_code_of
from marketplace.unit_desk.guards import choose_unit, current_unit_id
from marketplace.unit_desk.waiting import nav_counts, waiting_for
from orders.bulk import queries
from orders.bulk.approval import changes_of
from orders.bulk.order_queries import UnitOrderRow, orders_of_purchase
from orders.bulk.queries import Purchase
from orders.bulk.quoting import BulkLine, BulkQuote, bulk_quote
from orders.bulk.rules import amount_in_words
from orders.bulk.workflow import PurchaseState
from orders.fulfilment.parameters import PAY_AFTER_ACCEPTANCE_DAYS
from orders.ordering.queries import LineFacts, lines_of

STEP_WORDS = {
    "draw_up": "拟采购单",
    "submit": "提交审批",
    "place": "审批通过，下单",
    "return": "退回修改",
    "cancel": "作废",
}


def desk_counts() -> dict[str, int]:
    """What waits, beside the entries of the navigation."""
    return nav_counts(waiting_for(current_unit_id()))


def open_purchase(purchase_id: int) -> Purchase:
    """A purchase order of one of the person's units; the desk turns to that unit. Raises NotFound."""
    purchase = queries.get_purchase(require_actor(), purchase_id)
    choose_unit(purchase.unit_id)
    current_unit_id()
    return purchase


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the page prints it, from today's shop or as an order froze it."""

    sku_id: int
    listing_id: int
    title: str
    sku_name: str
    picture_token: str | None
    grams: int
    units: int
    price_fen: int
    usual_fen: int
    next_units: int
    next_fen: int
    income_fen: int
    why_not: str
    available: int

    @property
    def total_fen(self) -> int:
        return self.price_fen * self.units


@dataclass(frozen=True)
class SupplierPart:
    """``freight_fen`` None: not known, or not delivered there."""

    supplier_id: int
    supplier: str
    lines: list[ShownLine]
    freight_fen: int | None
    is_excluded: bool = False
    free_over_fen: int | None = None
    order: UnitOrderRow | None = None

    @property
    def goods_fen(self) -> int:
        return sum(line.total_fen for line in self.lines if not line.why_not)

    @property
    def total_fen(self) -> int:
        return self.goods_fen + (self.freight_fen or 0)


def _now(line: BulkLine) -> ShownLine:
    return ShownLine(
        line.sku.sku_id,
        line.sku.listing_id,
        line.sku.title,
        line.sku.sku_name,
        line.sku.picture_token,
        line.sku.grams,
        line.units,
        line.sku.price_fen,
        line.usual_fen,
        line.next_tier.min_units - line.units if line.next_tier else 0,
        line.next_tier.price_fen if line.next_tier else 0,
        line.view.income_fen,
        line.why_not,
        line.sku.available,
    )


def _frozen(line: LineFacts) -> ShownLine:
    return ShownLine(
        line.sku_id,
        line.listing_id,
        line.title,
        line.sku_name,
        line.picture_token,
        line.grams,
        line.units,
        line.unit_price_fen,
        line.unit_price_fen,
        0,
        0,
        line.income_fen,
        "",
        0,
    )


def parts_now(found: BulkQuote) -> list[SupplierPart]:
    """Suppliers in the order of their first line, with what can't be bought now among their lines."""
    priced = {supplier.supplier_id: supplier for supplier in found.quote.suppliers}
    parts = []
    for supplier_id in dict.fromkeys(line.sku.supplier_id for line in found.lines):
        lines = found.of_supplier(supplier_id)
        quoted = priced.get(supplier_id)
        freight = quoted.freight if quoted else None
        parts.append(
            SupplierPart(
                supplier_id,
                lines[0].sku.supplier_name,
                [_now(line) for line in lines],
                freight.fen if freight else None,
                bool(quoted and quoted.is_excluded),
                freight.free_over_fen if freight else None,
            )
        )
    return parts


def parts_placed(orders: list[UnitOrderRow]) -> list[SupplierPart]:
    lines: dict[int, list[LineFacts]] = {order.id: [] for order in orders}
    for line in lines_of(list(lines)):
        lines[line.order_id].append(line)
    return [
        SupplierPart(
            order.supplier_id,
            order.supplier,
            [_frozen(line) for line in lines[order.id]],
            order.freight_fen,
            order=order,
        )
        for order in orders
    ]


def purchase_context(purchase: Purchase) -> dict[str, Any]:
    """Everything a purchase order's page shows but its forms."""
    steps = queries.steps_of(purchase.id)
    context: dict[str, Any] = {
        "purchase": purchase,
        "place": full_name(purchase.deliver_to.street_code) if purchase.deliver_to.street_code else "",
        "seen": steps[0].id if steps else 0,
        "timeline": [
            TimelineItem(
                STEP_WORDS.get(step.action, step.action),
                f"{datetime_cn(step.at)} · {step.who}",
                "",
                step.note,
                "" if number else "now",
            )
            for number, step in enumerate(steps)
        ],
        "pay_days": PAY_AFTER_ACCEPTANCE_DAYS.get(),
        "changes": [],
        "fresh": [],
        "saved_fen": 0,
    }
    if purchase.state is PurchaseState.PLACED:
        orders = orders_of_purchase(purchase.id)
        context["parts"] = parts_placed(orders)
        context["money"] = _agreed_money(orders)
        context["income_fen"] = sum(order.income_fen for order in orders)
        context["total_fen"] = purchase.total_fen
        return context
    found = _quote(purchase)
    context["parts"] = parts_now(found)
    context["money"] = found.quote.parts() if found.quote.lines else []
    context["income_fen"] = found.quote.income_fen
    context["total_fen"] = found.quote.total_fen
    context["saved_fen"] = found.saved_fen
    context["fresh"] = found.quote.fresh_lines
    if purchase.state is PurchaseState.SUBMITTED:
        context["changes"] = changes_of(purchase.id, purchase.deliver_on, purchase.total_fen, found)
    return context


def _quote(purchase: Purchase) -> BulkQuote:
    street = purchase.deliver_to.street_code
    return bulk_quote(purchase.units, province_code_of(street) if is_code(street) else None)


def _agreed_money(orders: list[UnitOrderRow]) -> list[MoneyPart]:
    """Where the money goes as the orders froze it; what was refunded since stands on their own pages."""
    income, fee = sum(order.income_fen for order in orders), sum(order.fee_fen for order in orders)
    goods = sum(order.goods_fen for order in orders)
    return [
        MoneyPart("home", "农户", income),
        MoneyPart("coop", "供应商", goods - income - fee),
        MoneyPart("freight", "运费", sum(order.freight_fen for order in orders)),
        MoneyPart("plat", "平台", fee),
    ]


def paper_of(purchase: Purchase) -> dict[str, Any]:
    """The sheets of a purchase order, one per supplier."""
    context = purchase_context(purchase)
    parts = context["parts"]
    return {
        **context,
        "unit": get_unit(purchase.unit_id),
        "budget": get_unit(purchase.budget_unit_id),
        "sellers": queries.sellers({part.supplier_id for part in parts}),
        "words": {index: amount_in_words(part.total_fen) for index, part in enumerate(parts)},
        "is_placed": purchase.state is PurchaseState.PLACED,
        "steps": list(reversed(queries.steps_of(purchase.id))),
        "step_words": STEP_WORDS,
    }


def pay_by(order: UnitOrderRow) -> str:
    """When an order is to be paid, in words."""
    if not order.pays_later:
        return f"{datetime_cn(order.reserved_until)} 前，到时没付，货不再留"
    if order.pay_due_on is None:
        return f"全部验收后 {PAY_AFTER_ACCEPTANCE_DAYS.get()} 个工作日内"
    return f"{order.pay_due_on:%Y-%m-%d} 前"
