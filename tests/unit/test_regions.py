"""Codes, scopes and names of divisions, and the committed data they come from."""

import hashlib
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.regions import rules
from marketplace.regions.commands import DIVISIONS_FILE
from marketplace.regions.rules import NATION_CODE, RegionLevel
from tests.support.divisions import ANY_CODE, divisions

SHAANXI, XIAN, SHANGLUO = "610000000000", "610100000000", "611000000000"
HUYI, ZHOUZHI, MAZHAO, QUNXING = "610118000000", "610124000000", "610124103000", "610124103219"
DONGGUAN = "441900000000"


def ancestors(code: str) -> set[str]:
    """A region and all it lies in, by following parents: the slow truth the prefix test must equal."""
    found = set()
    step: str | None = code
    while step is not None:
        found.add(step)
        step = divisions()[step]["parent_code"]
    return found


def test_data_is_the_file_its_source_page_describes() -> None:
    source = DIVISIONS_FILE.with_name("SOURCE.md").read_text(encoding="utf-8")
    claimed = re.search(r"\| File \| sha256 `([0-9a-f]{64})`", source)
    assert claimed
    assert hashlib.sha256(DIVISIONS_FILE.read_bytes()).hexdigest() == claimed[1]


def test_counts_of_the_nation() -> None:
    assert Counter(row["level"].value for row in divisions().values()) == {
        "nation": 1,
        "province": 31,
        "city": 342,
        "county": 2975,
        "town": 41351,
        "village": 20356,
    }


def test_counts_of_xian() -> None:
    levels = Counter(row["level"].value for code, row in divisions().items() if code.startswith("6101"))
    assert levels == {"city": 1, "county": 13, "town": 172, "village": 3223}


def test_parents_come_before_children_so_that_foreign_keys_hold_while_loading() -> None:
    position = {code: index for index, code in enumerate(divisions())}
    parents = {code: row["parent_code"] for code, row in divisions().items() if code != NATION_CODE}
    assert [code for code, parent in parents.items() if position[parent] > position[code]] == []


def test_siblings_have_different_names() -> None:
    names = Counter((row["parent_code"], row["name"]) for row in divisions().values())
    assert [key for key, times in names.items() if times > 1] == []


@pytest.mark.parametrize(
    ("code", "level", "prefix"),
    [
        (NATION_CODE, "nation", ""),
        (SHAANXI, "province", "61"),
        (XIAN, "city", "6101"),
        (SHANGLUO, "city", "6110"),  # the zero is part of the prefix
        (HUYI, "county", "610118"),
        ("610110000000", "county", "610110"),
        (MAZHAO, "town", "610124103"),
        (QUNXING, "village", QUNXING),
        (DONGGUAN, "city", "4419"),
    ],
)
def test_scope_prefix(code: str, level: str, prefix: str) -> None:
    assert rules.scope_prefix(code, RegionLevel(level)) == prefix


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (HUYI, "city"),  # would become all of 西安
        (XIAN, "province"),
        (QUNXING, "town"),
        (XIAN, "nation"),
        ("6101", "city"),
        ("", "nation"),
        ("６１０１00000000", "city"),
        ("610100000000\n", "city"),
    ],
)
def test_a_code_that_does_not_fit_its_level_is_refused_rather_than_widened(code: str, level: str) -> None:
    with pytest.raises(ValueError, match="is not the code of"):
        rules.scope_prefix(code, RegionLevel(level))


@pytest.mark.parametrize(
    ("code", "scope", "level", "expected"),
    [
        (QUNXING, MAZHAO, "town", True),
        (QUNXING, ZHOUZHI, "county", True),
        (QUNXING, XIAN, "city", True),
        (QUNXING, NATION_CODE, "nation", True),
        (QUNXING, QUNXING, "village", True),
        (MAZHAO, QUNXING, "village", False),
        (XIAN, ZHOUZHI, "county", False),
        (HUYI, ZHOUZHI, "county", False),
        (SHANGLUO, XIAN, "city", False),
        (XIAN, SHANGLUO, "city", False),
        (HUYI, "610110000000", "county", False),
        ("441900003000", DONGGUAN, "city", True),
        ("", NATION_CODE, "nation", False),
        ("6101", XIAN, "city", False),
        ("6101240\x0003219", ZHOUZHI, "county", False),
    ],
)
def test_is_within(code: str, scope: str, level: str, expected: bool) -> None:
    assert rules.is_within(code, scope, RegionLevel(level)) is expected


@given(ANY_CODE, st.data())
def test_within_is_the_same_as_being_an_ancestor(code: str, data: Any) -> None:
    lineage = sorted(ancestors(code))
    scope = data.draw(st.one_of(st.sampled_from(lineage), ANY_CODE))
    assert rules.is_within(code, scope, divisions()[scope]["level"]) is (scope in lineage)


@given(ANY_CODE)
def test_a_path_is_among_the_possible_ones(code: str) -> None:
    assert ancestors(code) - {NATION_CODE} <= set(rules.possible_path(code))


@given(st.one_of(st.text(), st.text("0123456789٣３", min_size=12, max_size=12)))
def test_only_twelve_ascii_digits_are_a_code(text: str) -> None:
    assert rules.is_code(text) is bool(re.fullmatch(r"[0-9]{12}", text) and len(text) == 12)


def test_codes_of_the_levels_above() -> None:
    assert rules.town_code_of(QUNXING) == MAZHAO
    assert rules.county_code_of(QUNXING) == rules.county_code_of(MAZHAO) == ZHOUZHI
    assert rules.city_code_of(QUNXING) == XIAN
    assert rules.province_code_of(QUNXING) == SHAANXI
    assert rules.county_code_of("441900003000") == DONGGUAN
    with pytest.raises(ValueError, match="is not a division code"):
        rules.county_code_of("610124")


def test_levels_are_ordered_from_the_nation_down() -> None:
    assert [level.value for level in sorted(RegionLevel, key=lambda level: level.rank)] == [
        "nation",
        "province",
        "city",
        "county",
        "town",
        "village",
    ]


@pytest.mark.parametrize(
    ("official", "place"),
    [
        ("群兴村委会", "群兴村"),
        ("群兴村村委会", "群兴村"),
        ("群兴村民委员会", "群兴村"),
        ("群兴村村民委员会", "群兴村"),
        ("马召社区居委会", "马召社区"),
        ("新市社区居民委员会", "新市社区"),
        ("东街居委会", "东街居委会"),
        ("禅定村", "禅定村"),
        ("村委会", "村委会"),
    ],
)
def test_place_name(official: str, place: str) -> None:
    assert rules.place_name(official) == place
