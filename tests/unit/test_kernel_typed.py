"""What a Chinese keyboard makes of digits and letters is read like an ordinary one's; sentences stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.typed import digits_of, half_width
from tests.support.forms import full_width


@given(st.text("0123456789ABCXYZabcxyz+-.@_"))
def test_digits_letters_and_their_signs_are_read_alike(text: str) -> None:
    assert half_width(full_width(text)) == text
    assert half_width(text) == text


@pytest.mark.parametrize("text", ["王建国（示例），在家！", "8：00～18：00", "①②", "²", "٣", "一二"])
def test_punctuation_and_other_numerals_stay(text: str) -> None:
    assert half_width(text) == text


def test_the_digits_of_a_number_are_found_in_what_was_pasted() -> None:
    assert digits_of("订单号：２０２６ 1128-４３x", 24) == "2026112843"
    assert digits_of("１２３４５", 3) == "123"
    assert digits_of("٣²", 3) == ""
