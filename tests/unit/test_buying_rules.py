"""Freight, quantities, what was confirmed, and the one sentence of three machines."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.linkage.rules import IncomeKind, IncomeShare, LinkageMode
from marketplace.kernel.errors import InvalidInput
from orders.cart.rules import LineState, clean_channel, line_state, parse_units
from orders.checkout.rules import digest_of, reserved_until
from orders.fulfilment.rules import Freight, FreightBasis, FreightTerms, freight_fen
from orders.my_orders.rules import actions_of, situation
from orders.ordering.rules import PaymentMethod, fit_into_net
from orders.ordering.workflow import OrderState
from orders.payments.workflow import PaymentState
from orders.refunds.workflow import RefundState

SHAANXI, XINJIANG, ANHUI = "610000000000", "650000000000", "340000000000"
EVERYWHERE = FreightTerms(None, FreightBasis.WEIGHT, 1000, 800, 500, 200, 9900, is_excluded=False)
AT_HOME = replace(EVERYWHERE, province_code=SHAANXI, first_fen=500, free_over_fen=None)
FAR = replace(EVERYWHERE, province_code=XINJIANG, is_excluded=True)
RULES = [EVERYWHERE, AT_HOME, FAR]


@pytest.mark.parametrize(
    ("rules", "province", "grams", "goods_fen", "freight"),
    [
        ([], XINJIANG, 99_000, 1, Freight(0)),
        (RULES, SHAANXI, 1, 1, Freight(500)),
        (RULES, SHAANXI, 1000, 1, Freight(500)),
        (RULES, SHAANXI, 1001, 1, Freight(700)),
        (RULES, SHAANXI, 1500, 1, Freight(700)),
        (RULES, SHAANXI, 1501, 1_000_000, Freight(900)),
        (RULES, ANHUI, 1000, 9899, Freight(800, 9900)),
        (RULES, ANHUI, 1000, 9900, Freight(0, 9900)),
        (RULES, XINJIANG, 1000, 9900, Freight(None)),
        ([AT_HOME], ANHUI, 1000, 9900, Freight(None)),
    ],
)
def test_freight(
    rules: list[FreightTerms], province: str, grams: int, goods_fen: int, freight: Freight
) -> None:
    assert freight_fen(rules, province, grams=grams, pieces=1, goods_fen=goods_fen) == freight


@pytest.mark.parametrize(("pieces", "fen"), [(1, 600), (2, 600), (3, 700), (5, 800), (6, 800)])
def test_freight_by_the_piece(pieces: int, fen: int) -> None:
    by_piece = FreightTerms(None, FreightBasis.PIECE, 2, 600, 2, 100, None, is_excluded=False)
    assert freight_fen([by_piece], ANHUI, grams=90_000, pieces=pieces, goods_fen=1) == Freight(fen)


@given(st.text(max_size=8))
def test_a_quantity_is_ascii_digits_from_1_to_9999_or_refused(text: str) -> None:
    cleaned = text.strip()
    try:
        units = parse_units(text)
    except InvalidInput:
        assert not (cleaned.isascii() and cleaned.isdigit() and 1 <= int(cleaned) <= 9999)
    else:
        assert str(units) == cleaned.lstrip("0")


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((False, 9, 1), LineState.OFF_SALE),
        ((True, 0, 1), LineState.SOLD_OUT),
        ((True, 1, 2), LineState.TOO_FEW),
        ((True, 2, 2), LineState.OK),
    ],
)
def test_what_stands_in_the_way_of_a_line(facts: tuple[bool, int, int], state: LineState) -> None:
    assert line_state(*facts) is state


@pytest.mark.parametrize(("text", "code"), [("live-2020", "live-2020"), ("<b>", ""), ("A", ""), (None, "")])
def test_a_channel_is_a_code_or_none(text: str | None, code: str) -> None:
    assert clean_channel(text) == code


def test_a_digest_names_everything_that_was_shown() -> None:
    shown = digest_of([(1, 2, 2990, 7), (2, 1, 100, 8)], [(1, 0), (2, 800)])
    assert shown == digest_of([(2, 1, 100, 8), (1, 2, 2990, 7)], [(2, 800), (1, 0)])
    others = [
        digest_of([(1, 3, 2990, 7), (2, 1, 100, 8)], [(1, 0), (2, 800)]),
        digest_of([(1, 2, 2991, 7), (2, 1, 100, 8)], [(1, 0), (2, 800)]),
        digest_of([(1, 2, 2990, 9), (2, 1, 100, 8)], [(1, 0), (2, 800)]),
        digest_of([(1, 2, 2990, 7), (2, 1, 100, 8)], [(1, 0), (2, 900)]),
        digest_of([(1, 2, 2990, 7)], [(1, 0)]),
    ]
    assert len({shown, *others}) == 6


def test_goods_are_kept_minutes_or_to_the_end_of_the_last_working_day() -> None:
    friday_night = datetime(2026, 11, 27, 15, 59, tzinfo=UTC)  # 23:59 in Xi'an
    assert (
        reserved_until(friday_night, PaymentMethod.ONLINE, 30, 5).isoformat() == "2026-11-27T16:29:00+00:00"
    )
    kept = reserved_until(friday_night, PaymentMethod.TRANSFER, 30, 5)
    assert kept.isoformat() == "2026-12-04T16:00:00+00:00"


@given(st.lists(st.integers(0, 500), max_size=5), st.integers(0, 1000), st.integers(0, 100))
def test_shares_and_fee_always_fit_into_the_net(parts: list[int], net: int, fee: int) -> None:
    shares = [
        IncomeShare(number, LinkageMode.PURCHASE, IncomeKind.OPERATING, number, 1, fen)
        for number, fen in enumerate(parts)
    ]
    fitted, taken = fit_into_net(shares, net, fee)
    total = sum(share.fen for share in fitted)
    assert total + taken <= net
    assert total == min(sum(parts), net)
    assert taken == min(fee, net - total)


def test_only_lots_give_way_for_a_moment_never_wages_or_shares() -> None:
    lot = IncomeShare(1, LinkageMode.PURCHASE, IncomeKind.OPERATING, 4, 1, 900)
    wage = IncomeShare(2, LinkageMode.LABOUR, IncomeKind.WAGE, None, None, 200)
    fitted, fee = fit_into_net([lot, wage], 1000, 20)
    assert ([share.fen for share in fitted], fee) == ([800, 200], 0)


def test_every_combination_of_states_has_a_sentence() -> None:
    refunds: list[list[RefundState]] = [[], *([state] for state in RefundState)]
    for order, payment, refund, method in itertools.product(OrderState, PaymentState, refunds, PaymentMethod):
        found = situation(order, payment, refund, method)
        assert found.word
        assert found.sentence


@pytest.mark.parametrize(
    ("order", "payment", "allowed"),
    [
        (OrderState.PLACED, PaymentState.UNPAID, {"pay", "cancel"}),
        (OrderState.RELEASED, PaymentState.PAID, {"cancel"}),
        (OrderState.PARTIALLY_SHIPPED, PaymentState.PAID, {"refund"}),
        (OrderState.SHIPPED, PaymentState.PAID, {"receive", "refund"}),
        (OrderState.RECEIVED, PaymentState.PAID, {"refund"}),
        (OrderState.COMPLETED, PaymentState.PAID, set()),
        (OrderState.CANCELLED, PaymentState.EXPIRED, set()),
    ],
)
def test_what_a_buyer_may_do(order: OrderState, payment: PaymentState, allowed: set[str]) -> None:
    actions = actions_of(order, payment)
    names = ("pay", "cancel", "receive", "refund")
    assert {name for name in names if getattr(actions, name)} == allowed
