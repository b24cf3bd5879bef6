"""Files that spreadsheets open safely, and periods of Xi'an's calendar."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.exports import Fen, csv_text, safe_cell, yuan_cell
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.reporting.rules import (
    change,
    month_of,
    period_choices,
    quarter_of,
    read_period,
    year_of,
)

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|cmd"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["+24.9%", "-3%", "−3.9%", "—"])
def test_a_share_stays_as_people_read_it(text: str) -> None:
    assert safe_cell(text) == text


@given(st.integers(-(10**12), 10**12))
def test_amounts_of_a_workbook_are_written_to_the_fen(fen: int) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_response("x", ["a"], [[Fen(fen)]]).get_data())) as book:
        (said,) = re.findall(r'<c r="A2"[^>]*><v>([^<]*)</v>', book.read("xl/worksheets/sheet1.xml").decode())
    assert Decimal(said) * 100 == fen


@given(st.integers(-(10**12), 10**12))
def test_amounts_are_exact_numbers(fen: int) -> None:
    text = csv_text(["a"], [[Fen(fen)]])
    assert text.startswith("\ufeff")
    [_, [cell]] = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert round(float(cell) * 100) == fen
    assert cell == yuan_cell(fen)


def test_names_with_commas_and_quotes_stay_in_their_cell() -> None:
    text = csv_text(["名称"], [['甲,"乙"\n丙'], [None], [7]])
    assert [row[0] for row in csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""))] == [
        "名称",
        '甲,"乙"\n丙',
        "",
        "7",
    ]


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-13", date(2026, 11, 1), date(2026, 11, 30)),
        ("２０２６", date(2026, 11, 1), date(2026, 11, 30)),
        ("", date(2026, 11, 1), date(2026, 11, 30)),
        ("'; DROP", date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_what_an_address_asks_for(key: str, start: date, end: date) -> None:
    period = read_period(key, "", "", TODAY)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("start", "end", "is_taken"),
    [
        ("2026-03-01", "2026-03-15", True),
        ("2026-03-15", "2026-03-01", False),
        ("2026-02-30", "2026-03-01", False),
        ("2001-01-01", "2026-01-01", False),
        ("", "", False),
    ],
)
def test_days_of_ones_own(start: str, end: str, is_taken: bool) -> None:
    period = read_period("custom", start, end, TODAY)
    assert (period.key == "custom") is is_taken


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_the_period_before_ends_the_day_before(day: date) -> None:
    for period in (month_of(day), quarter_of(day), year_of(day)):
        assert period.start <= day <= period.end
        before = period.before()
        assert before.end == period.start - timedelta(days=1)
        assert read_period(period.key, "", "", TODAY) == period


def test_every_choice_reads_back() -> None:
    choices = period_choices(TODAY)
    assert len({choice.key for choice in choices}) == len(choices) == 12
    assert all(read_period(choice.key, "", "", date(2020, 1, 1)) == choice for choice in choices)


@pytest.mark.parametrize(
    ("now", "before", "words"), [(112, 100, "+12.0%"), (97, 100, "−3.0%"), (5, 0, ""), (100, 100, "0.0%")]
)
def test_change_in_words(now: int, before: int, words: str) -> None:
    assert change(now, before) == words
