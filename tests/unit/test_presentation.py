"""How figures, times and names are worded."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace import presentation
from marketplace.kernel import static_files
from marketplace.presentation import MoneyPart, YuanParts

TEMPLATES = Path(presentation.__file__).parent / "templates"
ROOT = TEMPLATES.parents[1]


@pytest.mark.parametrize(
    ("fen", "parts"),
    [
        (2990, YuanParts("", "29", ".90")),
        (123456700, YuanParts("", "1,234,567", ".00")),
        (-1005, YuanParts("−", "10", ".05")),
        (0, YuanParts("", "0", ".00")),
    ],
)
def test_yuan_parts(fen: int, parts: YuanParts) -> None:
    assert presentation.yuan_parts(fen) == parts


@pytest.mark.parametrize(("fen", "text"), [(8_000, "80"), (8_050, "80.50"), (100_000, "1,000"), (5, "0.05")])
def test_yuan_brief(fen: int, text: str) -> None:
    assert presentation.yuan_brief(fen) == text


@pytest.mark.parametrize(
    ("grams", "words"),
    [
        (500, "500克"),
        (999, "999克"),
        (1000, "2斤(1公斤)"),
        (2500, "5斤(2.5公斤)"),
        (1250, "2.5斤(1.25公斤)"),
        (50_000, "100斤(50公斤)"),
        (None, ""),
    ],
)
def test_weight(grams: int | None, words: str) -> None:
    assert presentation.weight(grams) == words


@time_machine.travel(datetime(2020, 11, 24, 8, 0, tzinfo=UTC), tick=False)
def test_times_are_read_in_xian() -> None:
    assert presentation.datetime_cn(datetime(2020, 11, 24, 7, 30, tzinfo=UTC)) == "11月24日 15:30"
    assert presentation.datetime_cn(datetime(2020, 11, 23, 16, 5, tzinfo=UTC)) == "11月24日 00:05"
    assert presentation.date_cn(datetime(2020, 11, 23, 16, 5, tzinfo=UTC)) == "11月24日"
    assert presentation.date_cn(date(2020, 1, 2)) == "1月2日"
    assert presentation.datetime_cn(None) == presentation.date_cn(None) == ""


@time_machine.travel(datetime(2020, 12, 31, 16, 0, tzinfo=UTC), tick=False)
def test_another_year_is_named_from_the_first_minute_of_the_new_one() -> None:
    assert presentation.datetime_cn(datetime(2020, 12, 31, 15, 59, tzinfo=UTC)) == "2020年12月31日 23:59"
    assert presentation.datetime_cn(datetime(2020, 12, 31, 16, 0, tzinfo=UTC)) == "1月1日 00:00"


def test_names_and_numbers_hide_their_length() -> None:
    assert presentation.mask_name("王建国") == presentation.mask_name("王伟") == "王**"
    assert presentation.mask_name(None) == ""
    assert presentation.mask_mobile("19900001234") == "199****1234"
    assert presentation.mask_mobile("1234") == ""


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (0, "刚上架"),
        (1, "已有人买"),
        (9, "已有人买"),
        (10, "已售 10+"),
        (199, "已售 100+"),
        (6318, "已售 6000+"),
        (9999, "已售 9000+"),
        (10_000, "已售 1万+"),
        (12_034, "已售 1.2万+"),
        (123_456, "已售 12万+"),
    ],
)
def test_sold_band(units: int, words: str) -> None:
    assert presentation.sold_band(units) == words


@pytest.mark.parametrize(
    ("fen", "digits", "words"),
    [
        (99, 1, "不到 ¥1"),
        (100, 1, "¥1+"),
        (99_999, 1, "¥900+"),
        (96_512_34, 1, "¥90,000+"),
        (96_512_34, 2, "¥96,000+"),
        (512, 2, "¥5+"),
    ],
)
def test_sum_band(fen: int, digits: int, words: str) -> None:
    assert presentation.sum_band(fen, digits) == words


def test_the_bar_is_covered_without_gap_or_overlap() -> None:
    parts = [MoneyPart("home", "农户", 1), MoneyPart("coop", "合作社", 1), MoneyPart("plat", "平台", 1)]
    segments = presentation.money_segments(parts, 3)
    ends = [float(s.x[:-1]) + float(s.width[:-1]) for s in segments]
    assert [s.x for s in segments] == ["0.00%", "33.33%", "66.66%"]
    assert ends == pytest.approx([33.33, 66.66, 100.0])
    assert [s.share for s in segments] == ["33.4%", "33.3%", "33.3%"]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any))
def test_shares_of_a_whole_add_up_to_it(fens: list[int]) -> None:
    segments = presentation.money_segments([MoneyPart("home", "农户", fen) for fen in fens], sum(fens))
    tenths = [round(float(segment.share.removesuffix("%")) * 10) for segment in segments]
    assert sum(tenths) == 1000
    assert all(abs(each - fen * 1000 / sum(fens)) < 1 for each, fen in zip(tenths, fens, strict=True))


def test_the_bar_never_runs_over_and_a_deduction_has_no_width() -> None:
    over = presentation.money_segments(
        [MoneyPart("home", "农户", 900), MoneyPart("coop", "合作社", 300)], 1000
    )
    assert [s.width for s in over] == ["75.00%", "25.00%"]
    less = presentation.money_segments(
        [MoneyPart("home", "农户", 1000), MoneyPart("back", "退回", -200)], 1000
    )
    assert less[1].width == "0.00%"
    assert less[1].share == ""
    assert presentation.money_segments([MoneyPart("home", "农户", 0)], 0)[0].width == "0.00%"


@pytest.mark.parametrize(
    ("current", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 9, [1, 2, None, 9]),
        (3, 9, [1, 2, 3, 4, None, 9]),
        (4, 9, [1, 2, 3, 4, 5, None, 9]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_page_numbers(current: int, last: int, numbers: list[int | None]) -> None:
    assert presentation.page_numbers(current, last) == numbers


def test_percent_and_gauge() -> None:
    assert presentation.percent(1680, 2990) == "56.2%"
    assert presentation.percent(1, 0) == "—"
    assert presentation.gauge_width(61, 100) == "61.00%"
    assert presentation.gauge_width(200, 100) == "100.00%"
    assert presentation.gauge_width(5, 0) == "0.00%"


@pytest.fixture
def app() -> Flask:
    application = Flask("marketplace", static_folder=str(TEMPLATES.parent / "static"))
    application.add_url_rule("/orders/<state>", endpoint="orders.index", view_func=lambda state: state)
    presentation.install(application)
    return application


@pytest.mark.parametrize(
    ("sent_to", "sent_from", "led_to"),
    [
        ("/orders/7/take", "http://localhost/orders/open?tab=x", "/orders/open?tab=x&page=2"),
        ("/orders/7/take", "http://elsewhere/orders/open?tab=x", "/orders/7/take?page=2"),
        ("/orders/open?tab=x", "http://localhost/orders/done", "/orders/open?tab=x&page=2"),
    ],
)
def test_a_page_that_answers_a_form_leads_to_where_the_form_stood(
    app: Flask, sent_to: str, sent_from: str, led_to: str
) -> None:
    app.add_url_rule("/orders/<state>/take", endpoint="orders.take", view_func=str, methods=["POST"])
    with app.test_request_context(sent_to, method="POST", headers={"Referer": sent_from}):
        assert presentation.url_with(page=2) == led_to


def test_url_with_keeps_the_other_arguments(app: Flask) -> None:
    with app.test_request_context("/orders/open?q=苹果&tag=a&tag=b&page=3"):
        assert unquote(presentation.url_with(page=4)) == "/orders/open?q=苹果&tag=a&tag=b&page=4"
        assert presentation.url_with(page=None, q=None) == "/orders/open?tag=a&tag=b"


def test_an_icon_is_silent_unless_it_is_named(app: Flask) -> None:
    icon: Any = app.jinja_env.globals["icon"]
    assert 'aria-hidden="true"' in icon("cart3")
    assert 'aria-label="&lt;b&gt;"' in icon("cart3", label="<b>")


def test_a_static_address_changes_with_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_files, "_STATIC_SECONDS", -1.0)
    file = tmp_path / "a.css"
    file.write_text("a")
    application = Flask("marketplace", static_folder=str(tmp_path))
    presentation.install(application)
    static_url: Any = application.jinja_env.globals["static_url"]
    before = static_url("a.css")
    file.write_text("longer")
    assert static_url("a.css") != before


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    sprite = (TEMPLATES.parent / "static" / "icons.svg").read_text()
    known = set(re.findall(r'id="i-([a-z0-9-]+)"', sprite))
    wanted: dict[str, Path] = {}
    for package in ("marketplace", "catalog", "certification", "orders", "supplier_portal"):
        for template in (ROOT / package).rglob("*.html"):
            for name in re.findall(r'icon\("([a-z0-9-]+)"', template.read_text()):
                wanted[name] = template
    assert wanted
    assert {name: path for name, path in wanted.items() if name not in known} == {}
