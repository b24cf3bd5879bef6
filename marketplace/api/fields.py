"""Fields that take exactly what the document says, and say in Chinese what is wrong.

JSON is stricter than Python: ``true`` is no number, ``"1"`` is no number, ``NaN`` is nothing at all. Text that no
database stores (NUL, half a surrogate pair) is refused here, at its field.
"""

import re
from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from marketplace.kernel.plain_text import one_line

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_COMMON = {"required": "这一项要填。", "null": "这一项不能是 null。", "validator_failed": "这一项不对。"}


class Input(Schema):
    """What somebody sends. What is not listed is refused, so a misspelt name or a sent price is never silently lost."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "没有这一项。", "type": "这里要一个 JSON 对象。"}  # noqa: RUF012


class Output(Schema):
    """What we answer: every field is always there. More may come one day, so readers must not mind."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True


class Whole(fields.Integer):
    """A whole number within bounds: a JSON number, or ASCII digits in an address."""

    default_error_messages = {**_COMMON, "invalid": "这里要一个整数。"}  # noqa: RUF012

    def __init__(
        self, *, least: int = 1, most: int = 2**31 - 1, in_address: bool = False, **more: Any
    ) -> None:
        self._in_address = in_address
        bounds = validate.Range(least, most, error=f"请填 {least} 到 {most} 之间的整数。")
        super().__init__(strict=True, validate=bounds, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if self._in_address and isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Flag(fields.Boolean):
    """``true`` or ``false``; in an address ``1``/``true`` or ``0``/``false``."""

    default_error_messages = {**_COMMON, "invalid": "这里要 true 或 false。"}  # noqa: RUF012

    def __init__(self, *, in_address: bool = False, **more: Any) -> None:
        self._words = {"1": True, "true": True, "0": False, "false": False} if in_address else {}
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, str) and value in self._words:
            return self._words[value]
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Text(fields.String):
    """One line of text of ``least`` to ``most`` characters, without control characters; ``clean`` drops those instead
    and takes the spaces off its ends."""

    default_error_messages = {**_COMMON, "invalid": "这里要一段文字。"}  # noqa: RUF012

    def __init__(
        self, *, least: int = 0, most: int, pattern: str = "", clean: bool = False, **more: Any
    ) -> None:
        self._clean = clean
        checks: list[Any] = [validate.Length(least, most, error=f"请写 {least}–{most} 个字。")]
        if pattern:
            checks.append(validate.Regexp(pattern, error="格式不对。"))
        super().__init__(validate=checks, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value)
        if self._clean:
            return one_line(value)
        if any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in value):
            raise self.make_error("invalid", input=value)
        return value


class Word(fields.String):
    """One of a few words."""

    default_error_messages = {**_COMMON, "invalid": "这里要一段文字。"}  # noqa: RUF012

    def __init__(self, words: list[str] | type[StrEnum], **more: Any) -> None:
        known = [str(word) for word in words]
        super().__init__(validate=validate.OneOf(known, error=f"只能是：{'、'.join(known)}。"), **more)


class Moment(fields.AwareDateTime):
    """A moment with its zone, ISO 8601: ``2026-11-25T14:30:00+08:00``."""

    default_error_messages = {  # noqa: RUF012
        **_COMMON,
        "invalid": "这里要一个时间：2026-11-25T14:30:00+08:00。",
        "invalid_awareness": "时间要写时区：2026-11-25T14:30:00+08:00。",
    }

    def __init__(self, **more: Any) -> None:
        super().__init__(format="iso", **more)


class Items(fields.List[Any]):
    """Some things in their order."""

    default_error_messages = {**_COMMON, "invalid": "这里要一个数组。"}  # noqa: RUF012

    def __init__(self, of: Any, *, least: int = 0, most: int | None = None, **more: Any) -> None:
        if most is not None:
            more["validate"] = validate.Length(least, most, error=f"请给 {least} 到 {most} 项。")
        super().__init__(of, **more)


class Part(fields.Nested):
    """An object within an object."""

    default_error_messages = {**_COMMON, "type": "这里要一个 JSON 对象。"}  # noqa: RUF012


class ByKey(fields.Dict):
    """Values by a key of the sender's choice."""

    default_error_messages = {**_COMMON, "invalid": "这里要一个 JSON 对象。"}  # noqa: RUF012


def flat(messages: Any, above: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as sentences by dotted name."""
    if isinstance(messages, dict):
        found: dict[str, list[str]] = {}
        for name, below in messages.items():
            known = str(name) not in {"_schema", "key", "value"}
            path = f"{above}.{name}".strip(".") if known else above
            for each, texts in flat(below, path).items():
                found.setdefault(each, []).extend(texts)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return {above or "body": [str(text) for text in texts]}


def load(schema: type[Schema], values: Any) -> dict[str, Any]:
    """What was sent, checked. Raises marshmallow's ValidationError."""
    loaded: dict[str, Any] = schema().load(values)
    return loaded


__all__ = [
    "ByKey",
    "Flag",
    "Input",
    "Items",
    "Moment",
    "Output",
    "Part",
    "Text",
    "ValidationError",
    "Whole",
    "Word",
    "flat",
    "load",
]
