"""What a unit buys for, when it pays, and what an approver must be told when it changed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.money import format_yuan

MAX_LINES = 100
MAX_UNITS = 9_999


class PaymentTerm(StrEnum):
    """先款后货 or 先货后款."""

    BEFORE = "before"
    AFTER = "after"

    @property
    def label(self) -> str:
        return _TERM_LABELS[self]


class Purpose(StrEnum):
    """Which budget a purchase belongs to."""

    CANTEEN = "canteen"
    UNION = "union"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _PURPOSE_LABELS[self]


_TERM_LABELS = {PaymentTerm.BEFORE: "先款后货", PaymentTerm.AFTER: "先货后款"}
_PURPOSE_LABELS = {Purpose.CANTEEN: "食堂采购", Purpose.UNION: "工会慰问", Purpose.OTHER: "其他"}


def check_delivery_day(day: date, today: date, keep_days: int) -> None:
    """Stock is kept until the goods are wanted, so that day lies ahead and not too far. Raises InvalidInput."""
    if day <= today:
        raise InvalidInput("bulk.deliver_on_past", field="deliver_on")
    if day > today + timedelta(days=keep_days):
        raise InvalidInput("bulk.deliver_on_far", field="deliver_on", days=keep_days)


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """What one line was submitted as, and what it would be now. ``why_not``: it can't be bought now, in words."""

    title: str
    agreed_fen: int
    now_fen: int
    agreed_certificate: int | None
    certificate: int | None
    why_not: str = ""


def changes_since(lines: Mapping[int, AgreedLine], agreed_total_fen: int, total_fen: int) -> list[str]:
    """What is no longer as it was submitted, in words an approver reads; empty when everything holds."""
    said: list[str] = []
    for line in lines.values():
        if line.why_not:
            said.append(f"{line.title}：{line.why_not}")
        elif line.now_fen != line.agreed_fen:
            said.append(
                f"{line.title}：单价从 {format_yuan(line.agreed_fen)} 变成 {format_yuan(line.now_fen)}"
            )
        elif line.certificate != line.agreed_certificate:
            said.append(f"{line.title}：认定证书换了一张，请再看一眼")
    if not said and total_fen != agreed_total_fen:
        said.append(f"运费变了，合计从 {format_yuan(agreed_total_fen)} 变成 {format_yuan(total_fen)}")
    return said


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def amount_in_words(fen: int) -> str:
    """An amount (0 or more) as contracts write it: 3350001 → 叁万叁仟伍佰元零壹分."""
    yuan, rest = divmod(fen, 100)
    jiao, odd = divmod(rest, 10)
    words = f"{_whole_in_words(yuan)}元" if yuan else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif odd and words:
        words += "零"
    if odd:
        words += f"{_DIGITS[odd]}分"
    if not words:
        return "零元整"
    return words if odd else f"{words}整"


def _whole_in_words(number: int) -> str:
    words, gap = "", False
    digits = str(number)
    for index, digit in enumerate(digits):
        place = len(digits) - 1 - index
        if digit == "0":
            gap = True
        else:
            words += ("零" if gap and words else "") + _DIGITS[int(digit)] + _PLACES[place % 4]
            gap = False
        if place % 4 == 0 and place and int(number // 10**place % 10_000):
            words += _GROUPS[place // 4]
    return words
