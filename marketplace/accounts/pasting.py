"""An address as people send it to each other, in one line: 姓名 电话 地址, in any order, with or without labels.

What is not recognised is left to be chosen by hand: a wrong guess sends a parcel astray. A street is taken only when it
is written out (小寨路街道), for 小寨路 12 号 may lie in another one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marketplace.kernel.forms import normalise_mobile
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import RegionRow, children_of_each, path_of
from marketplace.regions.rules import NATION_CODE, PLACEHOLDER_NAMES, RegionLevel

MOST = 300
#: characters of a detail; 收货地址 holds no more
MOST_DETAIL = 80
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d(?:[- ]?\d{4}){2})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)[（(]?0\d{2,3}[）)]?[- ]?[2-8]\d{6,7}(?:[-转]\d{1,5})?(?!\d)")
_POSTCODE = re.compile(
    r"[（(]?(?:邮政编码|邮编)\s*[:：]?\s*(\d{6})(?!\d)[）)]?|(?<![^\s,，;；、])(\d{6})(?![^\s,，;；、])"
)
_LABELS = re.compile(
    r"(?:收货人|收件人|姓名|联系人|手机号码|手机号|联系电话|手机|座机|固话|电话|所在地区|收货地址|详细地址|地址)\s*[:：]"
)
_BETWEEN = re.compile(r"[\s,，;；、|/]+")
_NO_NAME = re.compile(r"[\d省市区县镇乡村路街巷号栋楼层室厅苑园厦座组]")
_SUFFIXES = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "地区", "省", "市", "盟")
_ROAD = re.compile(r"^[东西南北中]?(?:大街|大道|路|街|巷|道)")
_OFFICE = re.compile(r"^(?:办事处|办)")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was recognised, "" or empty where nothing was. ``regions`` are codes from the province down to the street
    or as far as they are sure. ``detail`` is all of it, also where that is too long: the field says so. ``landline``
    and ``postcode`` have no field."""

    recipient: str = ""
    mobile: str = ""
    regions: tuple[str, ...] = ()
    detail: str = ""
    landline: str = ""
    postcode: str = ""
    is_cut: bool = False

    @property
    def left_out(self) -> list[str]:
        """What has no field or is too long for its own, as sentences."""
        told = []
        if len(self.detail) > MOST_DETAIL:
            told.append(f"详细地址超过 {MOST_DETAIL} 字，请改短")
        if self.landline:
            told.append(f"座机 {self.landline} 没填进去，快递打手机号")
        if self.postcode:
            told.append(f"邮编 {self.postcode} 不用填")
        if self.is_cut:
            told.append(f"只读了前 {MOST} 字")
        return told

    @property
    def missing(self) -> list[str]:
        """What is still to be filled in, in words."""
        asked = (
            ("收货人", bool(self.recipient)),
            ("手机号", bool(self.mobile)),
            ("所在地区", bool(self.regions)),
            ("街道或乡镇", not self.regions or self.has_street),
            ("详细地址", bool(self.detail)),
        )
        return [name for name, is_there in asked if not is_there]

    @property
    def has_street(self) -> bool:
        return bool(self.regions) and not self.regions[-1].endswith("000000")


def read_pasted(text: str) -> Pasted:
    """At most four queries for what is written down to the street."""
    said, mobile, landline, postcode = take_numbers(text)
    recipient, regions, detail = _read(split(said))
    return Pasted(recipient, mobile, regions, detail, landline, postcode, is_cut=len(text) > MOST)


def _read(parts: list[str]) -> tuple[str, tuple[str, ...], str]:
    """Name, codes of the place, and the rest of the address."""
    best: tuple[int, int, tuple[str, ...], str] | None = None
    for start in range(len(parts)):
        regions, rest = _place("".join(parts[start:]))
        if regions and (best is None or len(regions) > best[0]):
            best = (len(regions), start, regions, rest)
    if best is None:
        name = next((part for part in parts if is_name(part)), "")
        return name, (), "".join(part for part in parts if part != name)
    _, start, regions, detail = best
    before = [part for part in parts[:start] if is_name(part)]
    if before:
        return before[0], regions, detail
    last = parts[-1]
    if is_name(last) and detail.endswith(last) and detail != last:
        return last, regions, detail.removesuffix(last)
    return "", regions, detail


def take_numbers(text: str) -> tuple[str, str, str, str]:
    """What is left without them, the mobile number, the landline, the postcode."""
    said = _LABELS.sub(" ", "".join(sign if sign.isprintable() else " " for sign in text[:MOST]))
    said, found = _take(_MOBILE, said)
    said, landline = _take(_LANDLINE, said)
    said, postcode = _take(_POSTCODE, said)
    return said, normalise_mobile(found) or "", landline, postcode


def _take(pattern: re.Pattern[str], said: str) -> tuple[str, str]:
    """The text without the first place it matches, and what it captures there, or all of the match."""
    found = pattern.search(said)
    if found is None:
        return said, ""
    taken = next((group for group in found.groups() if group), found[0])
    return f"{said[: found.start()]} {said[found.end() :]}", taken


def split(said: str) -> list[str]:
    """The parts between blanks and commas."""
    return [part for part in _BETWEEN.split(said) if part]


def is_name(part: str) -> bool:
    """Whether this can be how somebody is called, and no piece of an address."""
    return 2 <= len(part) <= 10 and not _NO_NAME.search(part)


def _place(text: str) -> tuple[tuple[str, ...], str]:
    """The codes the text begins with, province first, and what follows. Who writes no province may mean Xi'an."""
    for root in (NATION_CODE, CITY_CODE):
        codes, rest = _walk(root, text)
        if codes:
            above = [row.code for row in path_of(CITY_CODE)] if root == CITY_CODE else []
            return (*above, *codes), rest
    return (), text


def _walk(root: str, text: str) -> tuple[list[str], str]:
    codes: list[str] = []
    parent, rest = root, text
    while True:
        step = _step(parent, rest)
        if step is None:
            return codes, rest
        rows, rest = step
        codes += [row.code for row in rows]
        parent = rows[-1].code
        if rows[-1].level is RegionLevel.PROVINCE:
            rest = rest.removeprefix(rows[-1].name)  # 北京市北京市东城区
        if rows[-1].level is RegionLevel.TOWN:
            return codes, _OFFICE.sub("", rest)


def _step(parent: str, text: str) -> tuple[list[RegionRow], str] | None:
    """One level down, or two where the one between is not written: 陕西雁塔区, and 北京市东城区 without 市辖区."""
    below = children_of_each({parent})[parent]
    found = _longest(below, text)
    if found is not None:
        return [found[0]], found[1]
    skipped = {row.code: row for row in below if row.level is not RegionLevel.TOWN}
    if not skipped:
        return None
    under = [row for rows in children_of_each(set(skipped)).values() for row in rows]
    found = _longest([row for row in under if row.level is not RegionLevel.TOWN], text)
    if found is None:
        return None
    return [skipped[found[0].parent_code or ""], found[0]], found[1]


def _longest(rows: Sequence[RegionRow], text: str) -> tuple[RegionRow, str] | None:
    found = [
        (len(form), row)
        for row in rows
        if row.name not in PLACEHOLDER_NAMES
        for form in _forms(row)
        if text.startswith(form) and (form == row.name or not _ROAD.search(text.removeprefix(form)))
    ]
    if not found:
        return None
    length, row = max(found, key=lambda each: each[0])
    return row, text[length:]


def _forms(row: RegionRow) -> Iterator[str]:
    """How it is written: provinces and cities also without their last sign, for 长安 alone may be a street."""
    yield row.name
    if row.level is RegionLevel.TOWN and row.name.endswith("街道办事处"):
        yield row.name.removesuffix("办事处")
    if row.level not in (RegionLevel.PROVINCE, RegionLevel.CITY):
        return
    for suffix in _SUFFIXES:
        short = row.name.removesuffix(suffix)
        if short != row.name and len(short) >= 2:
            yield short
            return
