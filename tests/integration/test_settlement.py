"""Paying households: a fixed list, once, and undone exactly when the bank sends it back."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from certification.linkage.rules import LotPayment
from marketplace.accounts.models import Role, ScopeKind
from marketplace.accounts.policies import Actor
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, IllegalTransition, InvalidInput, NotFound
from orders.ledger.queries import due_households, due_rows, household_totals
from orders.ledger.rules import IncomeState
from orders.ledger.verification import verify
from orders.settlement import commands, queries
from orders.settlement.commands import acknowledge, record_bounce, record_disbursement
from orders.settlement.models import Disbursement
from orders.settlement.workflow import DisbursementState
from tests.factories import builders, sales

World = dict[str, int]


@pytest.fixture
def kiwi(app: Flask) -> World:
    """Two completed orders: 3 and 2 units of a lot of 10 for 15,001 fen, so 7,500 fen are due."""
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    sales.sold_and_completed({made["sku"]: 3})
    sales.sold_and_completed({made["sku"]: 2})
    return made


def states(made: World) -> dict[str, int]:
    totals = household_totals([made["household"]])[made["household"]]
    return {state.value: fen for state, fen in totals.items()}


def test_a_disbursement_closes_all_that_is_due(kiwi: World) -> None:
    assert [row.fen for row in due_rows(kiwi["supplier"])] == [4500, 3000]
    assert [(due.household_id, due.fen, due.rows) for due in due_households(kiwi["supplier"])] == [
        (kiwi["household"], 7500, 2)
    ]
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    facts = queries.get_disbursement(paid)
    assert (facts.amount_fen, facts.state) == (7500, DisbursementState.PAID)
    assert [row.fen for row in queries.rows_of_disbursement(paid)] == [4500, 3000]
    assert states(kiwi) == {"disbursed": 7500}
    assert due_rows(kiwi["supplier"]) == []
    assert due_households(kiwi["supplier"]) == []
    with pytest.raises(Conflict, match="nothing_due"):
        sales.pay_household(kiwi["supplier"], kiwi["household"], "HD-2")


def test_a_bounce_makes_the_rows_due_again(kiwi: World) -> None:
    before = due_rows(kiwi["supplier"])
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    record_bounce(builders.owner_of(kiwi["supplier"]), paid, "账号有误")
    assert due_rows(kiwi["supplier"]) == before
    again = sales.pay_household(kiwi["supplier"], kiwi["household"], "HD-2")
    assert states(kiwi) == {"disbursed": 7500}
    acknowledge(builders.head_of(kiwi["household"]), again)
    assert states(kiwi) == {"acknowledged": 7500}
    with pytest.raises(IllegalTransition):
        record_bounce(builders.finance(), again, "晚了")
    with pytest.raises(IllegalTransition):
        acknowledge(builders.head_of(kiwi["household"]), paid)
    assert verify() == []
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == "disbursement").order_by(AuditEntry.id)
    ).all()
    assert actions == [
        "disbursement.record",
        "disbursement.bounce",
        "disbursement.record",
        "disbursement.acknowledge",
    ]


def test_a_refund_after_payout_leaves_the_household_its_money(kiwi: World) -> None:
    order_id = due_rows(kiwi["supplier"])[0].order_id
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    sales.refund(order_id, 1)
    assert states(kiwi) == {"disbursed": 6000, "reversed_after_payout": 1500}
    acknowledge(builders.official_of(builders.VILLAGE), paid)
    assert states(kiwi) == {"acknowledged": 6000, "reversed_after_payout": 1500}
    assert verify() == []


def test_what_was_refunded_before_a_bounce_is_not_due_again(kiwi: World) -> None:
    order_id = due_rows(kiwi["supplier"])[0].order_id
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    sales.refund(order_id, 1)
    record_bounce(builders.owner_of(kiwi["supplier"]), paid, "账号有误")
    assert states(kiwi) == {"confirmed": 6000}
    assert verify() == []


def test_lists_name_the_units_that_are_paid_for(kiwi: World) -> None:
    """Refunded before they are due or paid units bring nothing; after payout the household keeps what it was paid."""
    order_id = due_rows(kiwi["supplier"])[0].order_id
    sales.refund(order_id, 1)
    assert [(row.units, row.fen) for row in due_rows(kiwi["supplier"])] == [(2, 3000), (2, 3000)]
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    sales.refund(order_id, 1)
    assert [(row.units, row.fen) for row in queries.rows_of_disbursement(paid)] == [(2, 3000), (2, 3000)]
    sold = queries.all_household_income_rows([kiwi["household"]])
    assert sorted(row.units for row in sold) == [2, 2]


def test_a_sale_given_back_whole_names_what_was_sold(kiwi: World) -> None:
    sales.refund(due_rows(kiwi["supplier"])[0].order_id, 3)
    assert sorted(row.units for row in queries.all_household_income_rows([kiwi["household"]])) == [2, 3]


def test_a_lot_paid_at_receipt_is_disbursed_when_confirmed(app: Flask) -> None:
    made = builders.saleable(units=4, price_fen=2000, lot_total_fen=4001, payment=LotPayment.BOUGHT)
    sales.sold_and_completed({made["sku"]: 4})
    assert states(made) == {"disbursed": 4001}
    assert due_rows(made["supplier"]) == []


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (lambda made: builders.head_of(made["household"]), True),
        (lambda made: builders.official_of(builders.VILLAGE), True),
        (lambda made: builders.official_of(builders.VILLAGE_OF_SAME_TOWN), False),
        (lambda made: builders.official_of(builders.TOWN), False),
        (lambda made: builders.official_of(builders.COUNTY), False),
        (lambda made: builders.owner_of(made["supplier"]), False),
        (lambda made: builders.head_of(builders.household()), False),
        (lambda made: builders.finance(), False),
        (
            lambda made: builders.user(
                None,
                (Role.OFFICIAL, ScopeKind.REGION, builders.VILLAGE),
                (Role.SUPPLIER_STAFF, ScopeKind.SUPPLIER, made["supplier"]),
            ),
            False,
        ),
    ],
    ids=[
        "household",
        "village",
        "next village",
        "town",
        "county",
        "supplier",
        "other",
        "finance",
        "both hats",
    ],
)
def test_who_may_say_that_it_arrived(kiwi: World, who: Callable[[World], Actor], may: bool) -> None:
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    if may:
        acknowledge(who(kiwi), paid)
        assert states(kiwi) == {"acknowledged": 7500}
        return
    with pytest.raises(NotFound):
        acknowledge(who(kiwi), paid)
    assert states(kiwi) == {"disbursed": 7500}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"paid_on": timedelta(days=1)}, "settlement.paid_in_future", "paid_on"),
        ({"paid_on": timedelta(days=-400)}, "settlement.paid_too_early", "paid_on"),
        ({"number": "  "}, "settlement.voucher_number", "voucher_number"),
        ({"number": "1" * 61}, "settlement.voucher_number", "voucher_number"),
        ({"expected": 7499}, "settlement.changed", None),
        ({"file": b"MZ not a paper"}, "upload.not_an_image", "voucher"),
        ({"file": b""}, "upload.empty", "voucher"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(
    kiwi: World, change: dict[str, object], code: str, field: str | None
) -> None:
    moved = change.get("paid_on", timedelta())
    assert isinstance(moved, timedelta)
    content = change.get("file", sales.PDF)
    assert isinstance(content, bytes)
    with pytest.raises(DomainError) as refused:
        record_disbursement(
            builders.owner_of(kiwi["supplier"]),
            kiwi["supplier"],
            kiwi["household"],
            clock.today() + moved,
            str(change.get("number", "HD-1")),
            sales.voucher(content),
            change.get("expected", 7500),  # type: ignore[arg-type]
        )
    assert (refused.value.code, refused.value.field) == (code, field)
    assert states(kiwi) == {"confirmed": 7500}


def test_foreign_suppliers_and_used_vouchers_are_refused(kiwi: World) -> None:
    other = builders.owner_of(builders.supplier())
    with pytest.raises(NotFound):
        record_disbursement(
            other, kiwi["supplier"], kiwi["household"], clock.today(), "HD-1", sales.voucher()
        )
    paid = sales.pay_household(kiwi["supplier"], kiwi["household"])
    with pytest.raises(NotFound):
        record_bounce(other, paid, "不是我的")
    with pytest.raises(InvalidInput):
        record_bounce(builders.finance(), paid, " ")
    record_bounce(builders.finance(), paid, "账号有误")
    with pytest.raises(InvalidInput, match="voucher_used"):
        sales.pay_household(kiwi["supplier"], kiwi["household"], "HD-1")


def pay_at_once(app: Flask, made: World, actors: list[Actor]) -> list[str]:
    """Two people press the button at the same moment; what each was told."""
    told: list[str] = []
    together = threading.Barrier(2)

    def pay(number: int) -> None:
        with app.app_context():
            together.wait()
            try:
                record_disbursement(
                    actors[number],
                    made["supplier"],
                    made["household"],
                    clock.today(),
                    f"HD-{number}",
                    sales.voucher(),
                )
                told.append("paid")
            except DomainError as error:
                told.append(error.code)

    threads = [threading.Thread(target=pay, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return sorted(told)


def test_of_two_payments_at_once_one_wins(app: Flask, kiwi: World) -> None:
    actors = [builders.owner_of(kiwi["supplier"]) for _ in range(2)]
    db.session.rollback()
    assert pay_at_once(app, kiwi, actors) == ["paid", "settlement.nothing_due"]
    assert db.session.scalar(select(func.count()).select_from(Disbursement)) == 1
    assert states(kiwi) == {"disbursed": 7500}


def test_without_the_lock_two_would_pay(app: Flask, kiwi: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: deciding on rows read before the lock (and no second look at the ledger) pays twice, and the
    self-check names it."""
    actors = [builders.owner_of(kiwi["supplier"]) for _ in range(2)]
    seen = due_rows(kiwi["supplier"], kiwi["household"])
    db.session.rollback()
    monkeypatch.setattr(commands, "_due_under_lock", lambda *_: seen)
    monkeypatch.setattr("orders.ledger.commands._require_confirmed", lambda *_: None, raising=True)
    assert pay_at_once(app, kiwi, actors) == ["paid", "paid"]
    assert states(kiwi)[IncomeState.CONFIRMED] < 0
    assert {finding.invariant for finding in verify()} == {"I7"}
