"""Form base, fields that parse strictly, and the bridge from a DomainError to the field it belongs to."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeGuard, TypeVar

import phonenumbers
from flask import current_app, flash, request
from flask_wtf import FlaskForm
from markupsafe import escape
from werkzeug.datastructures import FileStorage
from wtforms import Field, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import ValidationError

from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.money import format_yuan, parse_yuan
from marketplace.kernel.plain_text import check_line, one_line, trimmed
from marketplace.kernel.typed import half_width

ERROR_TEXTS = "kernel.error_texts"
_Choice = TypeVar("_Choice", bound=StrEnum)
#: brackets and dashes of a Chinese keyboard, as people write a landline with them
_SIGNS_OF_PHONES = str.maketrans("（）–—‐\u3000", "()--- ")
_DIGITS = re.compile(r"(?a:\d{1,9})")


def error_text(error: DomainError) -> str:
    """The Chinese sentence of an error's code from the one catalogue."""
    texts: dict[str, str] = current_app.extensions[ERROR_TEXTS]
    return texts.get(error.code, texts["unknown"]).format_map(_Shown(error.params))


class _Shown(dict[str, Any]):
    def __init__(self, params: dict[str, object]) -> None:
        super().__init__(
            {
                name: format_yuan(value) if name.endswith("fen") and isinstance(value, int) else value
                for name, value in params.items()
            }
        )

    def __missing__(self, key: str) -> str:
        return ""


class Form(FlaskForm):
    """Base of every form. Messages are Chinese; ``form_errors`` carries what belongs to no field."""

    #: HTTP status of the page that says what is wrong with it
    error_status = 422

    class Meta(FlaskForm.Meta):
        locales = ("zh", "zh_CN")

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Form fields and files only: Flask-WTF would also take a JSON body, whatever is in it, for a form."""
            if request.is_json:
                return None
            return super().wrap_formdata(form, formdata)

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            field.widget.html_params = attributes  # type: ignore[attr-defined]
            return super().render_field(field, render_kw)


def attributes(**given: Any) -> str:
    """The attributes of a field's element: what WTForms' ``html_params`` gives. That formats markup for each of them,
    which takes longer than all the rest of showing a field."""
    parts = []
    for name, value in sorted(given.items()):
        if value is False:
            continue
        key = name.rstrip("_")
        if key.startswith(("data_", "aria_")):
            key = key.replace("_", "-")
        if value is True:
            parts.append(key)
        else:  # what calls itself markup may still have quotes in it
            text = str(escape(value)).replace('"', "&quot;")
            parts.append(f'{key}="{text}"')
    return " ".join(parts)


def attach_error(form: Form, error: DomainError) -> None:
    """Show an error at its field, or in the form's summary when it names none."""
    text = error_text(error)
    field = form._fields.get(error.field or "")
    if field is None:
        form.form_errors = [*form.form_errors, text]
    else:
        field.errors = [*field.errors, text]
    form.error_status = error.status


class errors_at:  # noqa: N801 - reads as what it does, as contextlib.suppress
    """Around what a valid form asks for, up to its redirect: what is refused is shown at its field, and the view goes
    on to the page with the form. Raises NotFound; with ``only_fields``, for pages whose form may be gone by then, also
    what names no field."""

    def __init__(self, form: Form, *, only_fields: bool = False) -> None:
        self._form, self._only_fields = form, only_fields

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not _is_refusal(error) or (self._only_fields and error.field is None):
            return False
        attach_error(self._form, error)
        return True


class errors_flashed:  # noqa: N801
    """Around what a button without a form asks for: what is refused is said on the next page. Raises NotFound."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not _is_refusal(error):
            return False
        flash(error_text(error), "danger")
        return True


def _is_refusal(error: BaseException | None) -> TypeGuard[DomainError]:
    return isinstance(error, DomainError) and not isinstance(error, NotFound)


def status_of(*forms: Form) -> int:
    """The status of a page with these forms: 200, or what the errors they show are answered with."""
    return max((form.error_status for form in forms if form.errors), default=200)


def uploads_of(field: Field) -> list[FileStorage]:
    """The files sent with a field for several; none when the box was left empty."""
    return [sent for sent in field.data or [] if isinstance(sent, FileStorage) and sent.filename]


class YuanField(StringField):
    """An amount typed in yuan; ``data`` is fen (int) or None."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_yuan(self.data).removeprefix("¥").replace(",", "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = parse_yuan(text)
            except InvalidInput as error:
                raise ValueError(error_text(error)) from error


class WholeNumberField(StringField):
    """A whole number in ASCII digits within ``minimum``..``maximum``; ``data`` is int or None."""

    data: Any

    def __init__(self, *args: Any, minimum: int = 1, maximum: int = 9999, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.minimum = minimum
        self.maximum = maximum

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not text:
            return
        if not _DIGITS.fullmatch(text) or not self.minimum <= int(text) <= self.maximum:
            raise ValueError(f"请填 {self.minimum} 到 {self.maximum} 之间的整数")
        self.data = int(text)


class CleanStringField(StringField):
    """One line of text without what can't be seen, digits and letters in half width; ``data`` is stripped."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data:
            self.data = one_line(half_width(self.data))


class NameField(StringField):
    """The name of something, in one line; ``data`` is stripped. What can't be seen within it is refused."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        typed = half_width(self.data or "")
        self.data = trimmed(typed)
        try:
            check_line(
                self.data or typed.strip(), self.name
            )  # where nothing can be seen, that is what is wrong
        except InvalidInput as error:
            raise ValueError(error_text(error)) from error


class MobileField(CleanStringField):
    """A mainland mobile number; ``data`` is its 11 digits, or while it is none what was typed."""

    def pre_validate(self, form: Any) -> None:
        if self.data:
            mobile = normalise_mobile(self.data)
            if mobile is None:
                raise ValidationError("请填 11 位手机号")
            self.data = mobile


class PhoneField(CleanStringField):
    """A number anybody may call; ``data`` is as it is written down, or while it is none what was typed."""

    def pre_validate(self, form: Any) -> None:
        if self.data:
            number = normalise_phone(self.data)
            if number is None:
                raise ValidationError("请填手机号，或带区号的座机、400 电话")
            self.data = number


def normalise_phone(text: str) -> str | None:
    """A mainland number anybody may call: a mobile, a landline with its area (``029 8888 8888``) or a 400; or None."""
    text = text.translate(_SIGNS_OF_PHONES)
    mobile = normalise_mobile(text)
    if mobile is not None or not text.isascii():
        return mobile
    try:
        parsed = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if parsed.country_code != 86 or parsed.extension or not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def normalise_mobile(text: str) -> str | None:
    """11 digits, or None. Demo numbers (1990000xxxx) count as valid."""
    if not text.isascii():
        return None
    try:
        parsed = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    national = str(parsed.national_number)
    if parsed.country_code != 86 or not re.fullmatch(r"1[3-9]\d{9}", national, re.ASCII):
        return None
    return national


def asked_text(name: str = "q", most: int = 60) -> str:
    """What was typed into a search box, from the address: half width, nothing unprintable, at most so long."""
    text = half_width(request.args.get(name, "")).replace("\u3000", " ")
    return one_line(text)[:most]


def asked_choice(kind: type[_Choice], name: str = "state", absent: _Choice | None = None) -> _Choice | None:
    """Which of some choices an address asks for: ``absent`` where it says nothing, None where it says none of them."""
    asked = request.args.get(name)
    if asked is None:
        return absent
    return kind(asked) if asked in set(kind) else None


def typed_id(text: str | None) -> int:
    """An id from a field that is no form's: 0, which nothing has, for whatever is none."""
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else 0


def choices_of(pairs: Iterable[tuple[Any, str]]) -> list[Any]:
    """(value, text) pairs as a select or radio field takes them."""
    return [SelectChoice(value, text) for value, text in pairs]
