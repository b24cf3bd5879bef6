"""How figures, times and names look on a page: filters, globals and the small shapes the macros read.

It knows Chinese wording and Jinja, and refuses to know the database or any room of the shop.
Amounts are whole fen, weights whole grams, times aware UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlencode

import segno
from flask import Flask, Request, current_app, request, url_for
from werkzeug.routing import BuildError

from marketplace.kernel.clock import BUSINESS_ZONE, now
from marketplace.kernel.money import allocate, format_yuan
from marketplace.kernel.static_files import icon_global, static_global
from marketplace.kernel.web import own_get_route, page_before

MONEY_KINDS = ("home", "coop", "outlet", "freight", "plat", "back")


@dataclass(frozen=True, slots=True)
class MoneyPart:
    """One piece of 钱去了哪儿. ``kind`` is one of MONEY_KINDS; only ``home`` is ever green."""

    kind: str
    label: str
    fen: int


@dataclass(frozen=True, slots=True)
class MoneySegment:
    """A MoneyPart placed on the bar: ``x`` and ``width`` are SVG lengths, ``share`` is for reading."""

    kind: str
    label: str
    fen: int
    x: str
    width: str
    share: str
    wide: bool


@dataclass(frozen=True, slots=True)
class ProductCard:
    """What ``product_card`` shows; a page without one of the optional facts leaves it None."""

    href: str
    title: str
    image: str
    price_fen: int
    spec: str = ""
    income_fen: int | None = None
    origin: str = ""
    origin_detail: str = ""
    sold: int | None = None
    certified: bool = False
    tag: str = ""
    #: what half a kilo costs, to compare by; 0 for what is not sold by weight
    jin_fen: int = 0
    was_fen: int | None = None
    from_price: bool = False
    gone: str = ""
    srcset: str = ""
    #: the title in parts, each with whether a search asked for it
    marked: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line of a timeline. ``tone``: now, income, next, or empty for what is past."""

    title: str
    when: str = ""
    text: str = ""
    said: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain or of steps. ``state``: done, now, or empty for what is to come."""

    label: str
    note: str = ""
    state: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of 待办. ``tone``: late, soon or empty."""

    count: int
    title: str
    href: str
    text: str = ""
    due: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one SVG path in whole modules, with the side of its square; ``text`` is what it says."""

    text: str
    path: str
    side: int


def qr_code(text: str) -> QrCode:
    """Drawn by the page itself: no picture to fetch, and sharp on paper."""
    matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    path = "".join(
        f"M{x + 2} {y + 2}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return QrCode(text, path, len(matrix) + 4)


class YuanParts(NamedTuple):
    sign: str
    whole: str
    fraction: str


def yuan_parts(fen: int) -> YuanParts:
    """-123450 → ("−", "1,234", ".50"), so that the integer can be set larger than the rest."""
    whole, rest = divmod(abs(fen), 100)
    return YuanParts("−" if fen < 0 else "", f"{whole:,}", f".{rest:02d}")


def yuan_brief(fen: int) -> str:
    """8000 → "80", 8050 → "80.50": a face value, where the words around it say that it is money."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def percent(part: int, whole: int) -> str:
    """Share in words, one decimal, half up; "—" when there is no whole to share."""
    if whole <= 0:
        return "—"
    tenths = (part * 2000 + whole) // (whole * 2)
    return f"{tenths // 10}.{tenths % 10}%"


def _shares(parts: list[MoneyPart], total_fen: int) -> list[str]:
    """Each part's percent of the total; those of parts that make up the whole add up to 100.0%."""
    fens = [part.fen for part in parts]
    if sum(fens) == total_fen > 0 and min(fens) >= 0:
        return [f"{tenths // 10}.{tenths % 10}%" for tenths in allocate(1000, fens)]
    return [percent(fen, total_fen) if fen >= 0 else "" for fen in fens]


def money_segments(parts: Iterable[MoneyPart], total_fen: int) -> list[MoneySegment]:
    """Place the parts on a bar of ``total_fen``. One that takes money away (negative) has no width; parts that exceed
    the total shrink the bar to their sum instead of running over its end."""
    listed = list(parts)
    whole = max(total_fen, sum(max(part.fen, 0) for part in listed))
    segments, reached = [], 0
    for part, share in zip(listed, _shares(listed, total_fen), strict=True):
        start, reached = reached, reached + max(part.fen, 0)
        x = 10_000 * start // whole if whole else 0
        end = 10_000 * reached // whole if whole else 0
        segments.append(
            MoneySegment(
                kind=part.kind,
                label=part.label,
                fen=part.fen,
                x=_svg_percent(x),
                width=_svg_percent(end - x),
                share=share,
                wide=end - x >= 3_000,
            )
        )
    return segments


def _svg_percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def gauge_width(value: int, goal: int) -> str:
    """How full a gauge is, as an SVG length between 0% and 100%."""
    return _svg_percent(min(10_000, max(0, 10_000 * value // goal)) if goal > 0 else 0)


def datetime_cn(moment: datetime | None) -> str:
    """11月24日 15:30 in Asia/Shanghai, with the year in front when it is not this year."""
    if moment is None:
        return ""
    local = moment.astimezone(BUSINESS_ZONE)
    return f"{_day(local.date())} {local:%H:%M}"


def date_cn(day: date | datetime | None) -> str:
    """11月24日, with the year in front when it is not this year. Moments are read in Asia/Shanghai."""
    if day is None:
        return ""
    return _day(day.astimezone(BUSINESS_ZONE).date() if isinstance(day, datetime) else day)


def _day(day: date) -> str:
    year = "" if day.year == now().astimezone(BUSINESS_ZONE).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def bearer(code: str | None) -> str:
    """Who bears a subsidy."""
    return {"platform": "平台", "government": "政府"}.get(code or "", "")


def weight(grams: int | None) -> str:
    """2500 → 5斤(2.5公斤), 500 → 500克: people weigh in 斤, the law asks for metric."""
    if grams is None:
        return ""
    if grams < 1000:
        return f"{grams}克"
    return f"{_thousandths(grams * 2)}斤({_thousandths(grams)}公斤)"


def net_weight(grams: int) -> str:
    """2500 → 2.5 公斤（5 斤）, 500 → 500 克: a declared net content, in the units the law asks for first."""
    if grams < 1000:
        return f"{grams} 克"
    return f"{_thousandths(grams)} 公斤（{_thousandths(grams * 2)} 斤）"


def _thousandths(value: int) -> str:
    whole, rest = divmod(value, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def mask_name(name: str | None) -> str:
    """王建国 → 王**. The number of stars does not tell the length of the name."""
    return f"{name[0]}**" if name else ""


def mask_mobile(mobile: str | None) -> str:
    """19900001234 → 199****1234."""
    return f"{mobile[:3]}****{mobile[-4:]}" if mobile and len(mobile) >= 11 else ""


def sold_band(units: int) -> str:
    """已有人买, 已售 600+, 已售 1.2万+: a round figure stays true while a page is cached, and an exact one, times what
    a unit brings, would tell what few households earned."""
    if units <= 0:
        return "刚上架"
    if units < 10:
        return "已有人买"
    if units >= 10_000:
        tenths = units // 1000
        text = f"{tenths // 10}" if tenths % 10 == 0 or tenths >= 100 else f"{tenths // 10}.{tenths % 10}"
        return f"已售 {text}万+"
    step = 10 ** (len(str(units)) - 1)
    return f"已售 {units // step * step}+"


def sum_band(fen: int, digits: int = 1) -> str:
    """¥9,000+ (``digits`` 1), ¥9,600+ (2): what a sum in public says. Two exact ones, of a village and a product of
    it or of one minute and the next, would tell what the few households between them earned."""
    yuan = fen // 100
    if yuan <= 0:
        return "不到 ¥1"
    step = 10 ** max(0, len(str(yuan)) - digits)
    return f"¥{yuan // step * step:,}+"


def page_numbers(current: int, last: int) -> list[int | None]:
    """The numbers a pager shows: both ends, the neighbours of ``current``, None for a gap."""
    shown = sorted({1, last, *range(max(1, current - 1), min(last, current + 1) + 1)})
    numbers: list[int | None] = []
    for number in shown:
        if numbers and numbers[-1] is not None and number - numbers[-1] == 2:
            numbers.append(number - 1)
        elif numbers and numbers[-1] is not None and number - numbers[-1] > 2:
            numbers.append(None)
        numbers.append(number)
    return numbers


def url_with(**changes: object) -> str:
    """This page's address with some arguments changed; None removes one. Filters so live in the URL."""
    parts = request.view_args or {}
    if parts.keys() & changes.keys():
        arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **parts, **changes}
        kept = {
            name: value
            for name, value in arguments.items()
            if value is not None and value != "" and name != "endpoint" and not name.startswith("_")
        }
        return url_for(request.endpoint or "home.show", **kept)
    # the same as ``url_for``, several times as fast: a page with filters asks fifty times
    path, asked = _shown_at()
    query = {**asked, **changes}
    text = urlencode(
        {name: value for name, value in query.items() if value is not None and value != ""}, True
    )
    address = request.script_root + quote(path, safe="/:@!$&'()*+,;=~")
    return f"{address}?{text}" if text else address


def _shown_at() -> tuple[str, dict[str, list[str]]]:
    """Path and arguments of the page. A form is often sent to an address of its own: what it answers is shown there,
    and can't be asked for."""
    if (
        request.method == "POST"
        and own_get_route(current_app, request.path) is None
        and (sent := page_before())
    ):
        path, _, query = sent.partition("?")
        return path, parse_qs(query)
    return request.path, request.args.to_dict(flat=False)


def page_of_form() -> str | None:
    """Where the form that this page answers is asked for again: what Back and a reload lead to (static/shop.js)."""
    return request.full_path.rstrip("?") if own_get_route(current_app, request.path) else page_before()


def url_alike(endpoint: str, **changes: str | None) -> str:
    """The address of another form of this list (its table, say), asked for with the same arguments but ``changes``;
    None leaves one out."""
    asked = {**request.args.to_dict(flat=False), **changes}
    query = urlencode({name: value for name, value in asked.items() if value is not None}, True)
    return f"{link(endpoint)}?{query}" if query else link(endpoint)


def page_url(endpoint: str, **values: Any) -> str:
    """A layout's link to a page of another room; home when an installation or a test leaves that room out.

    An error page must never fail because of a link in its foot. That the whole shop answers every
    link of the layouts is held by tests/web/test_layout_links.py.
    """
    try:
        return link(endpoint, **values)
    except BuildError:
        if endpoint in current_app.view_functions:
            raise
        return "/"


def link(endpoint: str, **values: Any) -> str:
    """``url_for`` as templates have it: a page has seventy links, and most of them are those of the page before."""
    if "_external" not in values:
        try:
            # the request itself: a look through its proxy takes as long as all the rest
            here: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
            return _kept_url(endpoint, here.script_root, **values)
        except (TypeError, RuntimeError):  # a list among the values; no request
            pass
    return url_for(endpoint, **values)


@lru_cache(maxsize=4000, typed=True)
def _kept_url(endpoint: str, _script_root: str, **values: Any) -> str:
    return url_for(endpoint, **values)


def initial(name: str | None) -> str:
    """The character in a round portrait."""
    return name[0] if name else "客"


def install(app: Flask) -> None:
    """Register every filter and global. ``static_url`` set before by the application is respected."""
    environment = app.jinja_env
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # tojson: a third of the bytes
    environment.filters.update(
        yuan=format_yuan,
        yuan_parts=yuan_parts,
        yuan_brief=yuan_brief,
        datetime_cn=datetime_cn,
        date_cn=date_cn,
        weight=weight,
        net_weight=net_weight,
        bearer=bearer,
        mask_name=mask_name,
        mask_mobile=mask_mobile,
        sold_band=sold_band,
        sum_band=sum_band,
        initial=initial,
    )
    static_url: Any = environment.globals.setdefault("static_url", static_global(app))
    environment.globals.update(
        icon=icon_global(static_url),
        money_segments=money_segments,
        percent=percent,
        gauge_width=gauge_width,
        page_numbers=page_numbers,
        url_with=url_with,
        url_alike=url_alike,
        page_of_form=page_of_form,
        page_url=page_url,
        url_for=link,
    )
