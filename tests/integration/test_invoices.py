"""Invoices: titles with a check digit, rates with their rule, papers that say what was paid, red ones for what went back."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from marketplace.accounts.policies import Actor
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from orders.coupons.rules import CouponBearer
from orders.invoices import commands, queries
from orders.invoices.rules import (
    FREIGHT,
    InvoiceColor,
    InvoiceKind,
    InvoiceNeed,
    Item,
    TaxTerms,
    Title,
    need_of,
    tax_of,
    undone,
)
from orders.payments.rules import SandboxDispute
from orders.refunds.commands import cancel_order
from tests.factories import builders, order_builders, sales
from tests.factories.coupons import coupon, placed
from tests.integration.test_disputes import bank

World = dict[str, int]
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
SUN = Title(InvoiceKind.PERSON, "孙示例", None)
EXEMPT = TaxTerms(0, "增值税法第二十四条，自产农产品")
TODAY = date(2026, 9, 10)


@pytest.fixture
def kiwi(app: Flask, freeze: Callable[[str], object]) -> World:
    freeze("2026-09-10 09:00")
    made = builders.saleable(units=10, price_fen=2999, lot_total_fen=15_001)
    order_builders.freight_rule(made["supplier"], first_fen=1000, next_fen=0)
    return made


@pytest.fixture
def coop(kiwi: World) -> Actor:
    return builders.owner_of(kiwi["supplier"])


@pytest.fixture
def taxed(kiwi: World, coop: Actor) -> World:
    commands.set_tax_rate(coop, kiwi["supplier"], kiwi["product"], TaxTerms(900, "农产品适用税率"))
    return kiwi


def document() -> FileStorage:
    return FileStorage(io.BytesIO(PDF), filename="fapiao.pdf")


def number(last: int) -> str:
    return f"{last:020d}"


def asked(world: World, units: int = 3) -> tuple[int, int]:
    (order_id,) = sales.paid_orders({world["sku"]: units})
    return order_id, commands.ask_for_invoice(*sales.buyer_of(order_id), SUN)


def issue(coop: Actor, request_id: int, last: int = 1) -> int:
    return commands.issue(coop, request_id, number(last), TODAY, document())


def redden(coop: Actor, request_id: int, last: int, *, whole: bool = False) -> int:
    return commands.redden(coop, request_id, number(last), TODAY, document(), whole=whole)


def facts(coop: Actor, request_id: int) -> queries.InvoiceFacts:
    return queries.supplier_invoice(coop, request_id)


@pytest.mark.parametrize(
    ("fen", "rate", "tax"),
    [
        (10_900, 900, 900),
        (10_901, 900, 900),
        (11_300, 1300, 1300),
        (1, 900, 0),
        (-333, 900, -27),
        (500, 0, 0),
    ],
)
def test_the_tax_within_an_amount(fen: int, rate: int, tax: int) -> None:
    assert tax_of(fen, rate) == tax


@pytest.mark.parametrize(
    ("paid", "on_paper", "need"),
    [
        (0, 0, InvoiceNeed.MONEY),
        (5, 0, InvoiceNeed.BLUE),
        (5, 5, InvoiceNeed.NOTHING),
        (3, 5, InvoiceNeed.RED),
        (0, 5, InvoiceNeed.RED),
    ],
)
def test_what_a_request_waits_for(paid: int, on_paper: int, need: InvoiceNeed) -> None:
    assert need_of(paid, on_paper) is need


def test_only_what_went_back_is_undone_row_by_row() -> None:
    rows = [Item("1", "梨", 900, 900, ""), Item("2", "枣", 500, 0, "x"), Item(FREIGHT, "运费", 100, 900, "")]
    now = [Item("1", "梨", 600, 900, ""), Item("2", "枣", 500, 0, "x")]
    assert [(item.key, item.fen) for item in undone(rows, now)] == [("1", -300), (FREIGHT, -100)]


def test_a_paper_says_what_the_buyer_paid(taxed: World, coop: Actor) -> None:
    _, request_id = asked(taxed)
    issue(coop, request_id)
    (paper,) = facts(coop, request_id).papers
    assert [(item.fen, item.rate_bp) for item in paper.items] == [(3 * 2999, 900), (1000, 900)]
    assert (paper.amount_fen, paper.color) == (3 * 2999 + 1000, InvoiceColor.BLUE)
    assert facts(coop, request_id).need is InvoiceNeed.NOTHING
    with pytest.raises(Conflict, match="nothing_to_issue"):
        issue(coop, request_id, 2)


def test_what_a_government_paid_is_not_on_the_buyers_paper(taxed: World, coop: Actor) -> None:
    voucher = coupon(bearer=CouponBearer.GOVERNMENT, min_spend_fen=5_000, off_fen=800)
    (order,) = placed({taxed["sku"]: 3}, voucher)
    sales.pay_online(order.checkout_id)
    request_id = commands.ask_for_invoice(*sales.buyer_of(order.id), SUN)
    issue(coop, request_id)
    assert facts(coop, request_id).on_paper_fen == 3 * 2999 - 800 + 1000


def test_a_refund_is_reddened_in_its_part(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    issue(coop, request_id)
    with pytest.raises(Conflict, match="nothing_to_redden"):
        redden(coop, request_id, 2)
    sales.deliver(order_id)
    sales.refund(order_id, 1)
    assert facts(coop, request_id).need is InvoiceNeed.RED
    redden(coop, request_id, 2)
    assert [paper.amount_fen for paper in facts(coop, request_id).papers] == [3 * 2999 + 1000, -2999]
    assert facts(coop, request_id).need is InvoiceNeed.NOTHING
    sales.refund(order_id, 2)
    redden(coop, request_id, 3)
    assert facts(coop, request_id).on_paper_fen == 1000  # the freight of a parcel that was sent


def test_a_whole_one_is_reddened_and_issued_anew(taxed: World, coop: Actor) -> None:
    _, request_id = asked(taxed)
    issue(coop, request_id)
    redden(coop, request_id, 2, whole=True)
    assert facts(coop, request_id).need is InvoiceNeed.BLUE
    issue(coop, request_id, 3)
    assert facts(coop, request_id).on_paper_fen == 3 * 2999 + 1000


def test_a_wrong_title_is_mended_after_a_whole_red_one(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    issue(coop, request_id)
    redden(coop, request_id, 2, whole=True)
    commands.ask_for_invoice(*sales.buyer_of(order_id), Title(InvoiceKind.PERSON, "李示例", None))
    issue(coop, request_id, 3)
    titles = [row.title for row in queries.book_rows(taxed["supplier"], TODAY, TODAY)]
    assert titles == ["孙示例"] * 4 + ["李示例"] * 2


def test_a_red_one_is_not_older_than_its_blue(
    taxed: World, coop: Actor, freeze: Callable[[str], object]
) -> None:
    _, request_id = asked(taxed)
    freeze("2026-09-11 09:00")
    commands.issue(coop, request_id, number(1), date(2026, 9, 11), document())
    with pytest.raises(InvalidInput, match="before_blue"):
        redden(coop, request_id, 2, whole=True)


def test_money_a_bank_gave_back_is_not_on_paper(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    issue(coop, request_id)
    bank(order_id, SandboxDispute.DISPUTE)
    bank(order_id, SandboxDispute.LOST)
    assert facts(coop, request_id).need is InvoiceNeed.RED
    redden(coop, request_id, 2)
    assert facts(coop, request_id).on_paper_fen == 0


def test_a_cancelled_order_is_reddened_whole(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    issue(coop, request_id)
    cancel_order(*sales.buyer_of(order_id), "")
    redden(coop, request_id, 2)
    assert (facts(coop, request_id).on_paper_fen, facts(coop, request_id).need) == (0, InvoiceNeed.MONEY)


def test_nothing_is_exempt_by_default(kiwi: World, coop: Actor) -> None:
    _, request_id = asked(kiwi)
    with pytest.raises(Conflict, match="no_rate"):
        issue(coop, request_id)
    for terms in (TaxTerms(0, ""), TaxTerms(900, " "), TaxTerms(500, "随便写的税率")):
        with pytest.raises(InvalidInput):
            commands.set_tax_rate(coop, kiwi["supplier"], kiwi["product"], terms)
    commands.set_tax_rate(coop, kiwi["supplier"], kiwi["product"], EXEMPT)
    issue(coop, request_id)
    assert {item.tax_fen for item in facts(coop, request_id).papers[0].items} == {0}


def test_issued_papers_keep_their_rate(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    issue(coop, request_id)
    commands.set_tax_rate(coop, taxed["supplier"], taxed["product"], EXEMPT)
    sales.deliver(order_id)
    sales.refund(order_id, 1)
    redden(coop, request_id, 2)
    assert [item.rate_bp for item in facts(coop, request_id).papers[1].items] == [900]


@pytest.mark.parametrize(
    ("kind", "name", "tax", "field"),
    [
        (InvoiceKind.PERSON, "", "", "invoice_title"),
        (InvoiceKind.PERSON, "x" * 61, "", "invoice_title"),
        (InvoiceKind.UNIT, "周至县第一小学（示例）", "", "invoice_tax_number"),
        (InvoiceKind.UNIT, "周至县第一小学（示例）", "91610124MA6TX00000", "invoice_tax_number"),
    ],
)
def test_a_wrong_title_is_told_at_its_field(kind: InvoiceKind, name: str, tax: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        commands.check_title(kind, name, tax)
    assert caught.value.field == field


def test_a_title_changes_until_the_paper_is_there(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    other = Title(InvoiceKind.PERSON, "李示例", None)
    assert commands.ask_for_invoice(*sales.buyer_of(order_id), other) == request_id
    assert facts(coop, request_id).title == "李示例"
    issue(coop, request_id)
    with pytest.raises(Conflict, match="issued"):
        commands.ask_for_invoice(*sales.buyer_of(order_id), SUN)


def test_asking_has_its_time(kiwi: World, freeze: Callable[[str], object]) -> None:
    (order_id,) = sales.paid_orders({kiwi["sku"]: 1})
    freeze("2027-03-10 09:00")
    with pytest.raises(Conflict, match="not_now"):
        commands.ask_for_invoice(*sales.buyer_of(order_id), SUN)


@pytest.mark.parametrize(
    ("digits", "day", "field"),
    [
        ("123", TODAY, "number"),
        ("１" * 20, TODAY, "number"),
        (number(1), date(2026, 9, 11), "issued_on"),
        (number(1), date(2026, 9, 1), "issued_on"),
    ],
)
def test_a_wrong_paper_is_told_at_its_field(
    taxed: World, coop: Actor, digits: str, day: date, field: str
) -> None:
    _, request_id = asked(taxed)
    with pytest.raises(InvalidInput) as caught:
        commands.issue(coop, request_id, digits, day, document())
    assert (caught.value.field, facts(coop, request_id).papers) == (field, [])


def test_a_number_is_used_once(taxed: World, coop: Actor) -> None:
    issue(coop, asked(taxed, 1)[1])
    with pytest.raises(InvalidInput, match="number_used"):
        issue(coop, asked(taxed, 1)[1])


def test_a_slip_is_taken_back_within_a_day(
    taxed: World, coop: Actor, freeze: Callable[[str], object]
) -> None:
    _, request_id = asked(taxed)
    commands.remove_paper(coop, request_id, issue(coop, request_id))
    assert facts(coop, request_id).need is InvoiceNeed.BLUE
    paper = issue(coop, request_id)
    freeze("2026-09-11 09:01")
    with pytest.raises(Conflict, match="too_late_to_remove"):
        commands.remove_paper(coop, request_id, paper)


def test_others_see_and_do_nothing(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    stranger = builders.owner_of(builders.saleable(units=1)["supplier"])
    paper = issue(coop, request_id)
    for act in (
        lambda: issue(stranger, request_id, 2),
        lambda: redden(stranger, request_id, 2, whole=True),
        lambda: commands.remove_paper(stranger, request_id, paper),
        lambda: facts(stranger, request_id),
        lambda: commands.set_tax_rate(stranger, taxed["supplier"], taxed["product"], EXEMPT),
    ):
        with pytest.raises(NotFound):
            act()
    assert order_id


def test_the_accountants_list_adds_up(taxed: World, coop: Actor) -> None:
    order_id, request_id = asked(taxed)
    issue(coop, request_id)
    sales.deliver(order_id)
    sales.refund(order_id, 1)
    redden(coop, request_id, 2)
    rows = list(queries.book_rows(taxed["supplier"], TODAY, TODAY))
    assert [(row.color.value, row.item.fen) for row in rows] == [
        ("blue", 8997),
        ("blue", 1000),
        ("red", -2999),
    ]
    assert sum(row.item.fen for row in rows) == facts(coop, request_id).paid_fen
    assert list(queries.book_rows(taxed["supplier"], date(2026, 9, 11), date(2026, 9, 30))) == []


def test_the_desk_sorts_by_what_is_waited_for(taxed: World, coop: Actor) -> None:
    waiting = asked(taxed, 1)[1]
    order_id, red = asked(taxed, 2)
    issue(coop, red)
    sales.deliver(order_id)
    sales.refund(order_id, 1)
    (unpaid,) = order_builders.placed_orders({taxed["sku"]: 1})
    commands.ask_for_invoice(*sales.buyer_of(unpaid), SUN)
    counts = queries.count_invoices(taxed["supplier"])
    assert counts == {InvoiceNeed.BLUE: 1, InvoiceNeed.RED: 1, InvoiceNeed.MONEY: 1}
    for need, request_id in ((InvoiceNeed.BLUE, waiting), (InvoiceNeed.RED, red)):
        assert [row.id for row in queries.supplier_invoices(taxed["supplier"], need, 1).items] == [request_id]
    assert len(queries.supplier_invoices(taxed["supplier"], None, 1).items) == 3
