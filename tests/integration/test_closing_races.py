"""An entry that is dated before midnight and committed after it, while the month is closed or billed: never left out.

On SQLite one writer waits for the other anyway; on PostgreSQL the closing has to wait on purpose.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from orders.ledger import months
from orders.ledger.models import ClosedMonth, JournalEntry
from orders.ledger.verification import verify
from orders.ordering.models import Order
from orders.payments import inbox
from orders.settlement import bills
from orders.settlement.bill_queries import bills as listed
from tests.factories import builders, order_builders, sales
from tests.support.held import SECONDS, held_at_its_commit, meanwhile, waits_or_is_done


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> dict[str, int]:
    freeze("2026-09-30 23:50:00")
    made = builders.saleable(units=10, price_fen=2990)
    sales.paid_orders({made["sku"]: 1})
    return made


@contextmanager
def posted_and_not_committed(app: Flask, sku_id: int) -> Iterator[None]:
    (order_id,) = order_builders.placed_orders({sku_id: 1})
    checkout_id = db.session.get_one(Order, order_id).checkout_id
    db.session.rollback()
    posted = select(JournalEntry.unique_key).where(JournalEntry.order_id == order_id)
    with held_at_its_commit(app, lambda: sales.pay_online(checkout_id), posted):
        yield


def test_a_month_is_closed_with_what_was_posted_before_its_end(
    app: Flask, kiwi: dict[str, int], freeze: Callable[[str], object]
) -> None:
    finance = builders.finance()
    with ThreadPoolExecutor(1) as pool:
        with posted_and_not_committed(app, kiwi["sku"]):
            freeze("2026-10-01 00:00:01")
            closing = meanwhile(app, pool, lambda: months.close_month(finance, "2026-09"))
            waited = waits_or_is_done(closing)
        closing.result(SECONDS)
    db.session.rollback()
    assert ([row.entries for row in months.closed_months()], verify()) == ([2], [])
    assert waited


def test_what_comes_while_a_month_is_being_closed_is_refused(
    app: Flask, kiwi: dict[str, int], freeze: Callable[[str], object]
) -> None:
    """Dated before midnight and held up: whoever posts it tries again, and it is of the next day."""
    finance = builders.finance()
    (order_id,) = order_builders.placed_orders({kiwi["sku"]: 1})
    checkout_id = db.session.get_one(Order, order_id).checkout_id
    db.session.rollback()
    freeze("2026-10-01 00:00:01")
    with ThreadPoolExecutor(1) as pool:
        closing = held_at_its_commit(
            app, lambda: months.close_month(finance, "2026-09"), select(ClosedMonth.month)
        )
        with closing:
            freeze("2026-09-30 23:59:59")
            posting = meanwhile(app, pool, lambda: sales.pay_online(checkout_id))
            assert waits_or_is_done(posting)
        with pytest.raises(DBAPIError, match="closed"):
            posting.result(SECONDS)
    freeze("2026-10-01 00:01:00")
    assert inbox.apply_waiting() == 1
    db.session.rollback()
    assert ([row.entries for row in months.closed_months()], verify()) == ([1], [])
    assert db.session.get_one(Order, order_id).paid_at is not None


def test_of_two_who_close_a_month_at_once_the_second_is_told(
    app: Flask, kiwi: dict[str, int], freeze: Callable[[str], object]
) -> None:
    one, other = builders.finance(), builders.finance("finance2")
    freeze("2026-10-01 00:00:01")
    with ThreadPoolExecutor(1) as pool:
        with held_at_its_commit(app, lambda: months.close_month(one, "2026-09"), select(ClosedMonth.month)):
            second = meanwhile(app, pool, lambda: months.close_month(other, "2026-09"))
            assert waits_or_is_done(second)
        with pytest.raises(Conflict, match="not_next"):
            second.result(SECONDS)
    db.session.rollback()
    assert ([row.month for row in months.closed_months()], verify()) == (["2026-09"], [])


def test_a_bill_holds_what_was_posted_before_its_period_ended(
    app: Flask, kiwi: dict[str, int], freeze: Callable[[str], object]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with posted_and_not_committed(app, kiwi["sku"]):
            freeze("2026-10-01 00:00:01")
            issuing = meanwhile(app, pool, bills.issue_due)
            waited = waits_or_is_done(issuing)
        assert issuing.result(SECONDS) == 1
    db.session.rollback()
    (bill,) = listed(kiwi["supplier"], None, 1).items
    assert (bill.goods_fen, verify()) == (2 * 2990, [])
    assert waited
