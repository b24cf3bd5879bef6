"""Orders as their buyer sees them: what was bought, where it stands, and which villages it brought how much."""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.accounts.web import require_actor
from marketplace.api import links, queries
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from orders.fulfilment.desk import Parcel, parcels_of_orders
from orders.ledger.queries import income_states
from orders.ledger.rules import IncomeState
from orders.my_orders.queries import (
    OrderRow,
    certificate_numbers,
    homes_of_income,
    orders_of_checkout,
    own_orders,
)
from orders.my_orders.rules import Tab
from orders.ordering.queries import IncomeFacts, OrderFacts
from orders.payments.queries import require_buyers_order
from orders.payments.web import current_buyer
from orders.visits.queries import VisitFacts, visits_of
from orders.visits.rules import is_movable, visit_state

States = Mapping[int, Mapping[IncomeState, int]]


def index(ask: Ask) -> Answer:
    page = own_orders(require_actor().user_id, Tab(ask.query["state"]), "", ask.query["page"])
    more = page.page < page.pages
    return Answer({"items": told(page.items), "next": links.next_page(page.page, there_is=more)})


def show(_ask: Ask, number: str) -> Answer:
    """A member's own; anybody else's is not found, and a guest's is found by its checkout."""
    order = require_buyers_order(current_buyer(), number)
    row = next((row for row in orders_of_checkout(order.checkout_id) if row.number == number), None)
    if row is None:
        raise NotFound
    return Answer(told([row])[0])


def told(rows: Sequence[OrderRow]) -> list[dict[str, Any]]:
    """Orders as answers, in eight statements whatever their number, nine with a visit among them. The caller has
    checked whose they are."""
    facts = queries.order_facts({row.id for row in rows})
    visits = visits_of([order_id for order_id, each in facts.items() if each.visit_on is not None])
    parcels = parcels_of_orders([row.id for row in rows], with_entries=True)
    incomes = queries.incomes_by_order({row.id for row in rows})
    states = income_states([income.id for found in incomes.values() for income in found])
    villages = {income.village_code for found in incomes.values() for income in found}
    names = names_of(villages | {facts[order_id].street_code for order_id in visits})
    certificates = certificate_numbers({line.certificate_id for row in rows for line in row.lines})
    return [
        {
            **_order(row, facts[row.id], certificates),
            "parcels": [_parcel(each) for each in parcels[row.id]],
            "income": _income(incomes.get(row.id, []), states, names),
            "visit": _visit(facts[row.id], visits.get(row.id), names),
        }
        for row in rows
    ]


def _order(row: OrderRow, facts: OrderFacts, certificates: Mapping[int, str]) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state.value,
        "payment_state": row.payment_state.value,
        "word": row.situation.word,
        "sentence": row.situation.sentence,
        "supplier": {"id": facts.supplier_id, "name": row.supplier_name},
        "placed_at": row.placed_at,
        "method": facts.payment_method.value,
        "goods_fen": facts.goods_fen,
        "freight_fen": facts.freight_fen,
        "discount_fen": facts.discount_fen,
        "total_fen": facts.total_fen,
        "lines": [
            {
                "sku_id": line.sku_id,
                "product_id": line.listing_id,
                "title": line.title,
                "sku_name": line.sku_name,
                "certificate": certificates[line.certificate_id],
                "unit_price_fen": line.unit_price_fen,
                "units": line.units,
                "shipped_units": line.shipped_units,
                "refunded_units": line.refunded_units,
                "total_fen": line.net_fen,
                "income_fen": line.income_fen,
                "ship_by": line.ship_by,
            }
            for line in row.lines
        ],
    }


def _visit(order: OrderFacts, visit: VisitFacts | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    if visit is None:
        return None
    return {
        "on": order.visit_on,
        "state": visit_state(order.state, visit.redeemed_at).value,
        "units": visit.units,
        "unit": visit.unit,
        "code": visit.shown_code,
        "redeemed_at": visit.redeemed_at,
        "free_until": order.free_until,
        "is_free": is_movable(order.state, order.free_until, clock.now()),
        "region": {"code": order.street_code, "name": place_name(names.get(order.street_code, ""))},
        "address": visit.address,
        "phone": visit.phone,
        "hours": visit.hours,
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    return {
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "shipped_at": parcel.shipped_at,
        "lines": [
            {"title": title, "sku_name": sku_name, "units": units} for title, sku_name, units in parcel.lines
        ],
        "entries": [{"at": entry.at, "text": entry.text} for entry in parcel.entries],
    }


def _income(incomes: Sequence[IncomeFacts], states: States, names: Mapping[str, str]) -> dict[str, Any]:
    """By village, and never by household: who it is, is nobody's business but theirs."""
    villages = []
    for home in homes_of_income(incomes):
        by_state: dict[IncomeState, int] = {}
        for income in incomes:
            if income.village_code == home.village_code:
                for state, fen in states.get(income.id, {}).items():
                    by_state[state] = by_state.get(state, 0) + fen
        villages.append(
            {
                "village": {
                    "code": home.village_code,
                    "name": place_name(names.get(home.village_code, "")),
                },
                "households": home.households,
                "fen": home.fen,
                "states": [
                    {"state": state.value, "fen": by_state[state]}
                    for state in IncomeState
                    if state in by_state
                ],
            }
        )
    return {
        "fen": sum(income.fen for income in incomes),
        "booked_fen": sum(fen for income in incomes for fen in states.get(income.id, {}).values()),
        "villages": villages,
    }
