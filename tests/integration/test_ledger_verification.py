"""The self-check: silent on any honest history, and it names the row whenever one stored figure is changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text, update

from certification.certificates.commands import reinstate_certificate, suspend_certificate
from certification.certificates.models import Certificate
from certification.certificates.rules import StopCause
from certification.linkage.rules import LotPayment
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.tables import APPEND_ONLY
from orders.ledger import verification
from orders.ledger.verification import GUARDED, Finding, verify
from orders.ordering.models import Order
from orders.payments import inbox  # noqa: F401 — its handlers are what the sandbox's notices reach
from orders.settlement.commands import acknowledge, record_bounce
from tests.factories import builders, order_builders, sales


def drop_triggers() -> None:
    """What somebody with the database's password would do first."""
    with transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for name in names:
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in APPEND_ONLY:
                session.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))


def plant(statement: str, *, unguarded: bool = True) -> None:
    if unguarded:
        drop_triggers()
    with transaction() as session:
        changed = session.execute(text(statement))
        assert changed.rowcount >= 1, "nothing was planted"  # type: ignore[attr-defined]


def found() -> list[Finding]:
    """Findings but those about the triggers just dropped."""
    return [finding for finding in verify() if finding.invariant != "I12"]


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    """Two suppliers and orders in many states: part refunded before and after payout, bounced, acknowledged, bought,
    unpaid, cancelled."""
    kiwi = builders.saleable(units=20, price_fen=2999, lot_total_fen=31_003)
    bought = builders.saleable(units=9, price_fen=1990, lot_total_fen=9_001, payment=LotPayment.BOUGHT)
    order_builders.freight_rule(kiwi["supplier"], first_fen=800, next_fen=100)
    both = sales.sold_and_completed({kiwi["sku"]: 3, bought["sku"]: 2})
    early = sales.paid_orders({kiwi["sku"]: 4})[0]
    sales.refund(early, 1, restock=True)
    sales.deliver(early)
    sales.complete(early)
    first = sales.pay_household(kiwi["supplier"], kiwi["household"], "HD-1")
    sales.refund(both[0], 1)
    record_bounce(builders.finance(), first, "账号有误")
    second = sales.pay_household(kiwi["supplier"], kiwi["household"], "HD-2")
    acknowledge(builders.head_of(kiwi["household"]), second)
    sales.refund(both[0], 1)
    sales.refund(both[1], 1)
    order_builders.placed_orders({kiwi["sku"]: 2})
    sales.paid_orders({bought["sku"]: 3})
    return {**kiwi, "order": both[0], "early": early}


def test_an_honest_history_gives_no_finding(world: dict[str, int]) -> None:
    assert verify() == []


def test_an_empty_shop_gives_no_finding(app: Flask) -> None:
    assert verify() == []
    assert set(GUARDED) == set(APPEND_ONLY)


PLANTED = {
    "a share that would be paid twice": (
        (
            "INSERT INTO income_dues (line_income_id, supplier_id, household_id, fen, since) "
            "SELECT p.line_income_id, p.supplier_id, p.household_id, 5, p.at FROM postings p WHERE p.id = "
            "(SELECT MIN(id) FROM postings WHERE income_state = 'disbursed')"
        ),
        "I7",
        "列为待打款 5",
    ),
    "a posting changed by 1 fen": (
        "UPDATE postings SET fen = fen - 1 WHERE id = (SELECT MIN(id) FROM postings WHERE account_kind = 'household_income')",
        "I1",
        "借贷不平",
    ),
    "two postings changed by 1 fen, still adding up to 0": (
        (
            "UPDATE postings SET fen = fen + CASE account_kind WHEN 'household_cost' THEN 1 ELSE -1 END "
            "WHERE line_income_id = (SELECT MIN(id) FROM line_incomes) AND entry_id = "
            "(SELECT MIN(id) FROM journal_entries WHERE kind = 'sale')"
        ),
        "I2",
        "记账 供应商",
    ),
    "a missing posting set": (
        "DELETE FROM postings WHERE entry_id = (SELECT MIN(id) FROM journal_entries WHERE kind = 'sale')",
        "I2",
        "收款记账 0",
    ),
    "a sale entry under another name": (
        "UPDATE journal_entries SET unique_key = 'sale:999999' WHERE id = (SELECT MIN(id) FROM journal_entries)",
        "I2",
        "应有分录 1 组",
    ),
    "a confirmation that is gone": (
        (
            "UPDATE journal_entries SET unique_key = 'confirm:0' WHERE kind = 'confirm' AND id = "
            "(SELECT MIN(id) FROM journal_entries WHERE kind = 'confirm')"
        ),
        "I2",
        "confirm:",
    ),
    "income booked to another household's account": (
        (
            "UPDATE postings SET account = 'household_income:999:accrued' WHERE id = "
            "(SELECT MIN(id) FROM postings WHERE income_state = 'accrued')"
        ),
        "I1",
        "household_income:999:accrued",
    ),
    "income of another line than its share's": (
        (
            "UPDATE postings SET line_id = (SELECT MAX(id) FROM order_lines) WHERE id = "
            "(SELECT MIN(id) FROM postings WHERE line_income_id IS NOT NULL)"
        ),
        "I1",
        "不是一家",
    ),
    "a cost that names no household": (
        "UPDATE postings SET household_id = NULL WHERE account_kind = 'household_cost'",
        "I1",
        "不是一家",
    ),
    "income that names no household": (
        "UPDATE postings SET household_id = NULL WHERE account_kind = 'household_income'",
        "I1",
        "与它的对象不符",
    ),
    "a refund taken from another line": (
        (
            "UPDATE postings SET line_id = (SELECT MAX(id) FROM order_lines) WHERE account_kind = 'supplier_due' "
            "AND entry_id = (SELECT MIN(id) FROM journal_entries WHERE kind = 'refund')"
        ),
        "I5",
        "按已退数量应为",
    ),
    "freight that was not charged": (
        (
            "UPDATE postings SET account_kind = 'freight_due' WHERE account_kind = 'supplier_due' AND entry_id = "
            "(SELECT MIN(id) FROM journal_entries WHERE kind = 'sale')"
        ),
        "I2",
        "运费",
    ),
    "income that was never reversed after its payout": (
        "UPDATE postings SET income_state = 'accrued' WHERE income_state = 'reversed_after_payout'",
        "I7",
        "记着农户份额",
    ),
    "a return that no refund made": (
        (
            "UPDATE line_allocations SET returned_units = returned_units + 1 WHERE id = (SELECT MIN(id) FROM "
            "line_allocations WHERE returned_units < units)"
        ),
        "I7",
        "占用库存合计",
    ),
    "a broken allocation": (
        "UPDATE line_allocations SET units = units + 1 WHERE id = (SELECT MIN(id) FROM line_allocations)",
        "I7",
        "占用库存合计",
    ),
    "an income share changed by 1 fen": (
        "UPDATE line_incomes SET fen = fen - 1 WHERE id = (SELECT MIN(id) FROM line_incomes)",
        "I7",
        "农户份额合计",
    ),
    "a lot's booking changed": (
        "UPDATE stock_rows SET booked_income_fen = booked_income_fen + 1 WHERE booked_income_fen > 0",
        "I7",
        "记着农户份额",
    ),
    "reserved without a reservation": (
        (
            "UPDATE stock_rows SET reserved = reserved + 1, available = available - 1 WHERE id = "
            "(SELECT MIN(id) FROM stock_rows)"
        ),
        "I4",
        "按订单应为",
    ),
    "stock nobody received": (
        (
            "UPDATE stock_rows SET received = received + 1, available = available + 1 WHERE id = "
            "(SELECT MIN(id) FROM stock_rows)"
        ),
        "I3",
        "流水合计",
    ),
    "a session of another amount": (
        "UPDATE payment_sessions SET amount_fen = amount_fen + 1 WHERE id = (SELECT MIN(id) FROM payment_sessions)",
        "I6",
        "付款会话",
    ),
    "an order total that is not its lines": (
        "UPDATE orders SET goods_fen = goods_fen + 1, total_fen = total_fen + 1 WHERE id = (SELECT MIN(id) FROM orders)",
        "I6",
        "对不上",
    ),
    "captured less than was to be paid": (
        "UPDATE payments SET captured_fen = captured_fen - 1 WHERE captured_fen > 0 AND refunded_fen = 0",
        "I6",
        "实收",
    ),
    "a refund that is not in the payment": (
        "UPDATE payments SET refunded_fen = refunded_fen - 1 WHERE refunded_fen > 0",
        "I5",
        "已同意的退款合计",
    ),
    "a disbursement of another sum": (
        "UPDATE disbursements SET amount_fen = amount_fen + 1",
        "I7",
        "明细合计",
    ),
    "a bounce that was unmade": (
        "UPDATE disbursements SET state = 'paid', bounced_at = NULL WHERE state = 'bounced'",
        "I2",
        "bounce:",
    ),
    "a step the state table does not have": (
        "UPDATE order_events SET from_state = 'placed', to_state = 'shipped' WHERE action = 'release'",
        "I10",
        "状态表里没有",
    ),
    "an order that did not begin by being placed": (
        (
            "UPDATE order_events SET to_state = 'released' WHERE id = "
            "(SELECT MIN(id) FROM order_events WHERE from_state IS NULL AND to_state = 'placed')"
        ),
        "I10",
        "状态表里没有的一步：None —place→ released",
    ),
    "a state without an event": (
        "UPDATE orders SET state = 'received' WHERE state = 'completed'",
        "I10",
        "最后一条状态记录",
    ),
    "an audit row removed": (
        "DELETE FROM audit_entries WHERE action = 'order.release'",
        "I10",
        "审计记录",
    ),
    "a certificate that was over": (
        "UPDATE certificates SET valid_until = valid_from",
        "I13",
        "不在有效期内",
    ),
    "a refund's money that never left": (
        "DELETE FROM money_returns WHERE refund_id IS NOT NULL",
        "I9",
        "退回单",
    ),
}


@pytest.mark.parametrize(("statement", "invariant", "words"), PLANTED.values(), ids=PLANTED.keys())
def test_what_is_planted_is_named(world: dict[str, int], statement: str, invariant: str, words: str) -> None:
    plant(statement)
    matching = [finding for finding in found() if finding.invariant == invariant and words in finding.text]
    assert matching, [str(finding) for finding in found()]


def test_a_share_nobody_would_pay_is_named(world: dict[str, int]) -> None:
    sales.sold_and_completed({world["sku"]: 1})
    assert found() == []
    plant("DELETE FROM income_dues WHERE line_income_id = (SELECT MAX(line_income_id) FROM income_dues)")
    assert [finding for finding in found() if "列为待打款 0" in finding.text]


def test_a_city_s_books_are_checked_two_at_a_time_and_the_same_is_found(
    world: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MANY_POSTINGS", 0)
    assert verify() == []
    statement, invariant, _ = PLANTED["a refund's money that never left"]
    plant(statement)
    side_by_side = verify()
    assert invariant in {finding.invariant for finding in side_by_side}
    monkeypatch.undo()
    assert side_by_side == verify()


def sold_uncertified() -> list[Finding]:
    return [finding for finding in found() if finding.invariant == "I13"]


def test_what_was_sold_while_its_certificate_was_suspended_is_named(
    world: dict[str, int], freeze: Callable[[str], time_machine.Traveller]
) -> None:
    """Before, between and after: only the order in between is named, and it stays named after the reinstatement."""
    city = builders.official_of(builders.CITY)
    tomorrow = clock.now() + timedelta(days=1)
    traveller = freeze(tomorrow.strftime("%Y-%m-%d 09:00"))
    order_builders.placed_orders({world["sku"]: 1})
    traveller.shift(timedelta(minutes=1))
    [held] = db.session.scalars(
        select(Certificate.id).where(Certificate.product_id == world["product"])
    ).all()
    suspend_certificate(city, held, "抽检不合格，停售", StopCause.OTHER)
    traveller.shift(timedelta(minutes=1))
    order = db.session.scalars(select(Order.id).order_by(Order.id.desc())).first()
    assert sold_uncertified() == []
    traveller.shift(timedelta(minutes=1))
    reinstate_certificate(city, held, "复检合格，恢复")
    traveller.shift(timedelta(minutes=1))
    order_builders.placed_orders({world["sku"]: 1})
    assert sold_uncertified() == []
    # somebody sells between the two: as if the shop had not looked
    moment = clock.now() - timedelta(minutes=2)
    with transaction() as session:
        session.execute(update(Order).where(Order.id == order).values(placed_at=moment))
    [named] = sold_uncertified()
    assert "suspended" in named.text


def test_triggers_refuse_changes_and_their_loss_is_named(world: dict[str, int]) -> None:
    with pytest.raises(Exception, match="append-only"):
        plant("UPDATE postings SET fen = 1", unguarded=False)
    with pytest.raises(Exception, match="append-only"):
        plant("DELETE FROM journal_entries", unguarded=False)
    drop_triggers()
    assert {finding.subject for finding in verify()} == set(APPEND_ONLY)


def test_the_command_exits_with_each_broken_row(
    world: dict[str, int], app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Callable[[], object] = lambda: app.test_cli_runner().invoke(args=["ledger", "verify"])  # noqa: E731
    clean = run()
    assert clean.exit_code == 0, clean.output  # type: ignore[attr-defined]
    plant("UPDATE postings SET fen = fen + 1 WHERE id = (SELECT MIN(id) FROM postings)")
    broken = run()
    assert broken.exit_code == 1  # type: ignore[attr-defined]
    assert "[I1] 分录" in broken.output  # type: ignore[attr-defined]
    db.session.rollback()
