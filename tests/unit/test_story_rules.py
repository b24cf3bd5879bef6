"""What a story may say."""

import pytest

from marketplace.stories import rules
from marketplace.stories.queries import undignified_words


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("打 13800001234 找他", True),
        ("打 138-0000-1234 找他", True),
        ("账号 6222 0210 0000", True),
        ("2020 年种了 300 亩，收了 1200 斤", False),
        ("2020-11 到 2021-02", False),
    ],
)
def test_numbers_one_could_be_found_by(text: str, bad: bool) -> None:
    assert rules.has_number(text) is bad


def test_begging_is_named_word_by_word() -> None:
    words = undignified_words()
    assert "可怜" in words
    assert not [word for word in words if word.startswith("#")]
    assert rules.begging("老人可怜，请好心人帮帮", words) == ["可怜", "好心人"]
    assert rules.begging("果子甜，手艺好", words) == []


def test_text_is_cleaned_and_cut() -> None:
    assert rules.clean(" 一\r\n\r\n\r\n\r\n二\x07 ") == "一\n\n二"
    assert rules.lead("字" * 61) == "字" * 59 + "…"
    assert rules.lead("一\n二") == "一 二"
    assert rules.lead("一。\n\n二") == "一。二"
    assert rules.lead("字" * 58 + "。" + "字" * 9) == "字" * 58 + "…"
