"""What a day of the home page shows, and which slots and words are refused."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from catalog.promotions import rules
from catalog.promotions.rules import SlotFacts, SlotKind, Standing, WordFacts
from marketplace.kernel.errors import InvalidInput

DAY = date(2026, 12, 1)


@dataclass(frozen=True)
class Slot:
    name: str
    kind: SlotKind
    position: int
    starts_on: date = DAY
    ends_on: date = DAY


@pytest.mark.parametrize(
    ("shift", "stands"),
    [(-1, Standing.AHEAD), (0, Standing.SHOWN), (3, Standing.SHOWN), (4, Standing.OVER)],
)
def test_a_schedule_shows_from_its_first_to_its_last_day(shift: int, stands: Standing) -> None:
    assert rules.standing(DAY, DAY + timedelta(days=3), DAY + timedelta(days=shift)) is stands


def test_the_first_banner_is_large_and_the_others_come_before_features() -> None:
    slots = [
        Slot("feature", SlotKind.FEATURE, 1),
        Slot("second", SlotKind.BANNER, 9),
        Slot("first", SlotKind.BANNER, 2),
        Slot("tomorrow", SlotKind.BANNER, 1, DAY + timedelta(days=1), DAY + timedelta(days=1)),
        *(Slot(f"more{each}", SlotKind.FEATURE, 50 + each) for each in range(rules.MOST_FEATURES)),
    ]
    banner, rest = rules.laid_out(slots, DAY)
    assert banner is not None
    assert banner.name == "first"
    assert [each.name for each in rest] == ["second", "feature", "more0", "more1"]
    assert rules.laid_out(slots, DAY - timedelta(days=1)) == (None, [])


SLOT = SlotFacts(SlotKind.BANNER, "开园", "", "果园", "/c/fruit", 1, DAY, DAY)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 25}, "title"),
        ({"text": "长" * 61}, "text"),
        ({"alt": ""}, "alt"),
        ({"target": "https://example.com/"}, "target"),
        ({"target": "//example.com/"}, "target"),
        ({"target": "/\\example.com"}, "target"),
        ({"target": "/c/\nfruit"}, "target"),
        ({"target": "/" + "x" * 200}, "target"),
        ({"position": 0}, "position"),
        ({"ends_on": DAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": DAY + timedelta(days=366)}, "ends_on"),
    ],
)
def test_a_slot_is_refused_at_the_field_that_is_wrong(change: dict[str, object], field: str) -> None:
    rules.check_slot(SLOT)
    with pytest.raises(InvalidInput) as refused:
        rules.check_slot(replace(SLOT, **change))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_word_is_refused_empty_or_long() -> None:
    rules.check_word(WordFacts("猕猴桃", 1, DAY, DAY))
    for word in ("", "长" * 13):
        with pytest.raises(InvalidInput):
            rules.check_word(WordFacts(word, 1, DAY, DAY))
