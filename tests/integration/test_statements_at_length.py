"""What a supplier with many orders asks: a statement leaves out nothing that its sums count, words are looked for in its
own orders only."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.looked_for import LookedFor
from orders.fulfilment.desk import DeskFilter, count_supplier_orders, supplier_orders
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind, IncomeState
from orders.settlement.commands import acknowledge, record_bounce
from orders.settlement.queries import statement_rows, statement_totals
from tests.factories import builders, order_builders, sales


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    made = builders.saleable(units=20, price_fen=2990, lot_total_fen=30_002)
    order_builders.freight_rule(made["supplier"], first_fen=800, next_fen=100)
    return made


def test_a_statement_tells_every_entry_that_moves_something_and_no_other(kiwi: dict[str, int]) -> None:
    supplier_id = kiwi["supplier"]
    (order_id,) = sales.sold_and_completed({kiwi["sku"]: 3})
    owner = builders.owner_of(supplier_id)
    record_bounce(owner, sales.pay_household(supplier_id, kiwi["household"]), "账号不对")
    acknowledge(
        builders.head_of(kiwi["household"]), sales.pay_household(supplier_id, kiwi["household"], "HD-2")
    )
    sales.refund(order_id, 1)
    shown = statement_rows(supplier_id, clock.today(), clock.today(), None)
    total = statement_totals(supplier_id, clock.today(), clock.today())
    # as it would be added up by hand, entry by entry
    out = {IncomeState.DISBURSED, IncomeState.ACKNOWLEDGED, IncomeState.REVERSED_AFTER_PAYOUT}
    by_hand: dict[int, dict[str, int]] = {}
    for posting in db.session.scalars(select(Posting).where(Posting.supplier_id == supplier_id)):
        sums = by_hand.setdefault(posting.entry_id, {})
        kind = AccountKind(posting.account_kind)
        if kind is not AccountKind.HOUSEHOLD_INCOME or posting.income_state in out:
            sums[kind] = sums.get(kind, 0) + posting.fen
    untold = (AccountKind.FUNDS, AccountKind.SUBSIDY)
    told = {
        entry_id: sums
        for entry_id, sums in by_hand.items()
        if any(fen for kind, fen in sums.items() if kind not in untold)
    }
    assert [row.entry_id for row in shown.items] == sorted(told, reverse=True)
    assert shown.total == len(told) < len(by_hand)  # the acknowledgement moves nothing
    for row in shown.items:
        sums = told[row.entry_id]
        assert row.household_fen == sums.get(AccountKind.HOUSEHOLD_COST, 0)
        assert row.disbursed_fen == -sums.get(AccountKind.HOUSEHOLD_INCOME, 0)
        assert row.freight_fen == -sums.get(AccountKind.FREIGHT_DUE, 0)
    assert total.disbursed_fen == sum(row.disbursed_fen for row in shown.items) > 0
    assert total.goods_fen == sum(row.goods_fen for row in shown.items)
    assert [row.entry_id for row in statement_rows(supplier_id, clock.today(), clock.today(), 2).items] == []


@pytest.mark.parametrize("words", ["猕猴", "没有的"])
def test_words_are_looked_for_in_ones_own_orders(kiwi: dict[str, int], words: str) -> None:
    sales.paid_orders({kiwi["sku"]: 1})
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        sent.append((statement, parameters))

    looked = LookedFor(words, None, None)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        found = supplier_orders(kiwi["supplier"], DeskFilter.ALL, looked, 0, 25)
        counts = count_supplier_orders(kiwi["supplier"], looked)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(found) == counts[DeskFilter.ALL]
    elsewhere = builders.saleable(units=1)
    assert supplier_orders(elsewhere["supplier"], DeskFilter.ALL, looked) == []
    if db.engine.dialect.name == "sqlite":
        searches = [each for each in sent if "LIKE" in each[0]]
        assert len(searches) == 2
        for statement, parameters in searches:
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [str(row[-1]) for row in plan]
            assert not [step for step in steps if step.startswith("SCAN order_lines")], steps
