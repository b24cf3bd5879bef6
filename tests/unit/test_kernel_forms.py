"""Fields that parse strictly, and errors that appear where they belong."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, get_flashed_messages
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from marketplace.error_texts import ERROR_TEXTS
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.forms import ERROR_TEXTS as ERROR_TEXTS_KEY
from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    MobileField,
    NameField,
    WholeNumberField,
    YuanField,
    attach_error,
    error_text,
    errors_at,
    errors_flashed,
    normalise_mobile,
    normalise_phone,
    status_of,
)


class Sheet(Form):
    price = YuanField("价格")
    units = WholeNumberField("数量")
    name = CleanStringField("名称")
    title = NameField("标题")
    mobile = MobileField("手机")


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="tests-only", WTF_CSRF_ENABLED=False)
    app.extensions[ERROR_TEXTS_KEY] = ERROR_TEXTS
    Babel(app)
    with app.test_request_context(method="POST"):
        yield


def filled(**values: str) -> Sheet:
    return Sheet(MultiDict(values))


@pytest.mark.parametrize(
    ("text", "fen"), [("29.90", 2990), ("¥29.9", 2990), ("1,234", 123_400), ("", None), ("  ", None)]
)
def test_yuan_become_fen(text: str, fen: int | None) -> None:
    form = filled(price=text)
    assert form.validate()
    assert form.price.data == fen


@pytest.mark.parametrize(
    "text", ["-1", "+1", "1e9", "1.234", "NaN", "１", "12,50", "abc", "1000000000", "0x1"]
)
def test_what_is_no_amount_keeps_what_was_typed_and_says_how(text: str) -> None:
    form = filled(price=text)
    assert not form.validate()
    assert form.price.data is None
    assert form.price._value() == text
    assert list(form.price.errors) == ["请填金额，例如 29.90。"]


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("9999", 9999), (" 12 ", 12), ("007", 7), ("", None)])
def test_a_whole_number(text: str, number: int | None) -> None:
    form = filled(units=text)
    assert form.validate()
    assert form.units.data == number


ABSURD = [
    *("-1", "0", "1.5", "1e9", "1000000000", "NaN", "１", "1_0", "+1", "10000", "²", "٣", "一", "0x1", "1 2"),
    *("9" * 5000, "1\x002"),
]


@pytest.mark.parametrize("text", ABSURD, ids=lambda text: ascii(text)[:12])
def test_no_whole_number_within_bounds(text: str) -> None:
    form = filled(units=text)
    assert not form.validate()
    assert form.units.data is None
    assert list(form.units.errors) == ["请填 1 到 9999 之间的整数"]


@given(st.text(max_size=12))
def test_any_text_is_a_number_within_bounds_or_refused(text: str) -> None:
    form = filled(units=text, price=text, name=text, mobile=text)
    form.validate()
    assert form.units.data is None or 1 <= form.units.data <= 9999
    assert form.price.data is None or 0 <= form.price.data < 10**11
    assert form.name.data is None or form.name.data == form.name.data.strip()
    assert "\x00" not in (form.name.data or "")
    assert form.mobile.data in {None, ""} or form.mobile.errors or form.mobile.data.isascii()


def test_text_loses_what_can_not_be_seen() -> None:
    assert filled(name="  猕\x00猴\u202e桃\r\n ").name.data == "猕猴桃"


HIDDEN = [
    "\u202e",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u2066",
    "\x00",
    "\x85",
    "\u2028",
    "\u3164",
    "\u2800",
    "\ue000",
    "\ud800",
]


@pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
def test_a_name_with_what_can_not_be_seen_is_refused_and_its_ends_are_trimmed(sign: str) -> None:
    form = filled(title=f"猕{sign}猴桃")
    assert not form.validate()
    assert list(form.title.errors) == [ERROR_TEXTS["text.hidden"]]
    form = filled(title=f" {sign}猕猴桃 5斤{sign}\n")
    assert form.validate()
    assert form.title.data == "猕猴桃 5斤"
    form = filled(title=sign)
    assert not form.title.data
    assert form.validate() is (sign.strip() == "")


@pytest.mark.parametrize("name", ["猕猴桃　大果", "Café №5 ½ ™", "ཁོང", "5斤 · 单果90克", "𠮷野家"])
def test_a_name_of_what_can_be_seen_is_kept(name: str) -> None:
    form = filled(title=name)
    assert form.validate()
    assert form.title.data == name


def test_text_of_full_width_is_text() -> None:
    form = filled(name="米１０斤（示例）", mobile="＋８６ １３８－００１３－８０００")
    assert form.validate()
    assert (form.name.data, form.mobile.data) == ("米10斤（示例）", "13800138000")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("029-88887777", "029 8888 7777"),
        ("(029) 8888 7777", "029 8888 7777"),
        ("（029）8888 7777", "029 8888 7777"),
        ("029—88887777", "029 8888 7777"),
        ("029–8888‐7777", "029 8888 7777"),
        ("+86 917 3212345", "0917 321 2345"),
        ("400-123-4567", "400 123 4567"),
        ("1990000 0101", "19900000101"),
        ("88887777", None),
        ("95588", None),
        ("110", None),
        ("029-88887777转8", None),
        ("02988887777 ext 8", None),
        ("+1 650 253 0000", None),
        ("13800138000abc", None),
        ("٠٢٩٨٨٨٨٧٧٧٧", None),
        ("", None),
        ("0" * 400, None),
    ],
)
def test_a_number_anybody_may_call(text: str, number: str | None) -> None:
    assert normalise_phone(text) == number
    if number is not None:
        assert normalise_phone(number) == number
        assert len(number) <= 20


@pytest.mark.parametrize(
    ("text", "mobile"),
    [
        ("19900001234", "19900001234"),
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("12800138000", None),
        ("1380013800", None),
        ("029-87654321", None),
        ("+1 415 555 2671", None),
        ("١٣٨٠٠١٣٨٠٠٠", None),
        ("", None),
        ("1" * 400, None),
    ],
)
def test_a_mainland_mobile_number(text: str, mobile: str | None) -> None:
    assert normalise_mobile(text) == mobile
    form = filled(mobile=text)
    assert form.validate() == (mobile is not None or text == "")
    if mobile:
        assert form.mobile.data == mobile
    else:  # what was typed stays in the field, to be put right
        assert form.mobile.data == text


@pytest.mark.parametrize(
    ("field", "at_field"), [("price", True), ("csrf_token", False), ("nothing", False), (None, False)]
)
def test_an_error_appears_at_its_field_or_above_all(field: str | None, at_field: bool) -> None:
    form = filled(price="1")
    assert form.validate()
    attach_error(form, InvalidInput("money.not_an_amount", field=field))
    text = ERROR_TEXTS["money.not_an_amount"]
    assert list(form.price.errors) == ([text] if at_field else [])
    assert list(form.form_errors) == ([] if at_field else [text])
    assert [field for field in form if field.errors] == ([form.price] if at_field else [])


@pytest.mark.parametrize("error", [Conflict("stock.too_few", field="price"), Forbidden()])
def test_what_a_command_refuses_is_shown_with_its_own_status(error: DomainError) -> None:
    form, other = filled(price="1"), filled(price="1")
    assert form.validate()
    assert status_of(form, other) == 200
    with errors_at(form):
        raise error
    assert form.errors
    assert status_of(form, other) == error.status


def test_a_form_filled_in_wrong_is_answered_with_422() -> None:
    form = filled(price="x")
    assert not form.validate()
    assert status_of(form) == 422


def test_what_is_not_there_stays_not_found_and_what_names_no_field_may_be_raised() -> None:
    form = filled(price="1")
    with pytest.raises(NotFound), errors_at(form):
        raise NotFound
    with pytest.raises(NotFound), errors_flashed():
        raise NotFound
    with pytest.raises(Forbidden), errors_at(form, only_fields=True):
        raise Forbidden
    assert not form.errors


def test_what_a_button_may_not_do_is_said_on_the_next_page() -> None:
    with errors_flashed():
        raise Conflict("stock.too_few", left=2)
    assert get_flashed_messages(with_categories=True) == [
        ("danger", error_text(Conflict("stock.too_few", left=2)))
    ]


@pytest.mark.parametrize(
    ("code", "params", "wanted"),
    [
        ("linkage.price_below_floor", {"floor_fen": 123_456}, "¥1,234.56"),
        ("stock.too_few", {"left": 2}, "只剩 2 份"),
        ("stock.too_few", {}, "只剩"),
        ("no.such.code", {}, ERROR_TEXTS["unknown"]),
    ],
)
def test_an_error_speaks_chinese(code: str, params: dict[str, Any], wanted: str) -> None:
    assert wanted in error_text(Conflict(code, **params))
    assert "{" not in error_text(DomainError(code, **params))
