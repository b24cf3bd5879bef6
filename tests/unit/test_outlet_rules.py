"""Weights as they are said at a scale, and what they come to; how an order that is fetched is told."""

import pytest

from marketplace.kernel.errors import InvalidInput
from marketplace.outlet_desk.collecting.rules import WeightUnit, agreed_total, parse_weight
from orders.fulfilment.pickups import clean_code, clean_shelf
from orders.my_orders.rules import PickupStage, actions_of, pickup_stage, situation
from orders.ordering.rules import PaymentMethod
from orders.ordering.workflow import OrderState
from orders.payments.workflow import PaymentState

JIN, KG = WeightUnit.JIN, WeightUnit.KILOGRAM


@pytest.mark.parametrize(
    ("text", "unit", "grams"),
    [
        ("126", JIN, 63_000),
        (" 126.5 ", JIN, 63_250),
        ("0.001", JIN, 1),
        ("0.002", KG, 2),
        ("63", KG, 63_000),
        ("999999.999", KG, 999_999_999),
    ],
)
def test_a_weight_is_read_to_the_gram(text: str, unit: WeightUnit, grams: int) -> None:
    assert parse_weight(text, unit) == grams


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "1e3", "１２", "12斤", "1.2345", "1,000", "NaN", ".5", "1000000"]
)
def test_what_is_no_weight_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"collect\.weight") as refused:
        parse_weight(text, KG)
    assert refused.value.field == "weight"


@pytest.mark.parametrize(
    ("grams", "price", "unit", "fen"),
    [
        (63_000, 336, JIN, 42_336),
        (63_000, 672, KG, 42_336),
        (1, 100, JIN, 0),
        (5, 50, JIN, 1),
        (250, 1, JIN, 1),
        (249, 1, JIN, 0),
    ],
)
def test_a_price_by_weight_comes_to_whole_fen(grams: int, price: int, unit: WeightUnit, fen: int) -> None:
    assert agreed_total(grams, price, unit) == fen


def test_a_code_is_six_digits_however_it_is_typed() -> None:
    assert [clean_code(text) for text in ("012345", " 012 345 ", "012-345\n")] == ["012345"] * 3


def test_a_shelf_is_one_short_line() -> None:
    assert clean_shelf("  A-03\x00\n") == "A-03"
    assert len(clean_shelf("长" * 50)) == 20


@pytest.mark.parametrize(
    ("state", "stage", "word"),
    [
        (OrderState.RELEASED, PickupStage.COMING, "待发货"),
        (OrderState.SHIPPED, None, "待收货"),
        (OrderState.SHIPPED, PickupStage.COMING, "送往网点"),
        (OrderState.SHIPPED, PickupStage.WAITING, "待取件"),
        (OrderState.RECEIVED, PickupStage.WAITING, "待取件"),
        (OrderState.RECEIVED, PickupStage.HANDED_OVER, "已收货"),
    ],
)
def test_an_order_to_be_fetched_says_so(state: OrderState, stage: PickupStage | None, word: str) -> None:
    assert situation(state, PaymentState.PAID, [], PaymentMethod.ONLINE, pickup=stage).word == word


def test_who_fetches_an_order_receives_it_at_the_outlet() -> None:
    shipped = OrderState.SHIPPED, PaymentState.PAID
    assert actions_of(*shipped).receive
    assert not actions_of(*shipped, PickupStage.WAITING).receive


def test_stages_follow_what_happened() -> None:
    cases = [(False, False, False), (True, False, False), (True, True, False), (True, True, True)]
    wanted = [None, PickupStage.COMING, PickupStage.WAITING, PickupStage.HANDED_OVER]
    assert [pickup_stage(*case) for case in cases] == wanted
