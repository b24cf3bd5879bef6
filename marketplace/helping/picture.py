"""The card of a year as a picture of its own, to be kept or passed on where a link is not welcome."""

import io
from functools import cache

import segno
from PIL import Image, ImageDraw, ImageFont

from marketplace.helping.queries import HelpYear
from marketplace.kernel.lettering import FONT, printable
from marketplace.presentation import sum_band

WIDTH, HEIGHT = 1080, 1440
_EDGE = 80
_RED, _WHEAT, _INK, _MUTED, _LEAF, _WHITE = "#B8332A", "#FAF6EE", "#2A2522", "#6F665F", "#2C7350", "#FFFFFF"
_LINE = "#E9E0D0"
#: villages that are named before "等"
MOST_VILLAGES = 6


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def villages_in_words(help_year: HelpYear) -> str:
    names = [village.name for village in help_year.villages]
    more = f"等 {len(names)} 个村" if len(names) > MOST_VILLAGES else ""
    return "、".join(names[:MOST_VILLAGES]) + more


def card_picture(help_year: HelpYear, shown_name: str, address: str, mark: str = "") -> bytes:
    """A PNG of WIDTH × HEIGHT. Where few households were helped it names no amount, else a band of it (the rule of
    small cells); ``address`` is what its QR code leads to, ``mark`` 演示数据 in the demo."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _WHEAT)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 620), fill=_RED)
    who = f"{shown_name}的" if shown_name else ""
    _text(draw, _EDGE, 84, "西安扶贫超市", 40, _WHITE)
    _text(draw, WIDTH - _EDGE, 84, mark, 40, _WHITE, anchor="ra")
    _text(draw, _EDGE, 160, f"{who}{help_year.year} 助农年度卡", 64, _WHITE, weight=2)
    if help_year.is_small:
        _text(draw, _EDGE, 330, "买的每一单，都有农户的一份", 60, _WHITE, weight=2)
    else:
        _text(draw, _EDGE, 310, "买的东西给农户带去收入", 40, _WHITE)
        _text(draw, _EDGE, 370, sum_band(help_year.fen), 128, _WHITE, weight=4)
    _figures(draw, help_year)
    _villages(draw, help_year)
    _foot(image, draw, address)
    out = io.BytesIO()
    image.save(out, "PNG")  # looking for the smallest file takes four times as long, and saves a twentieth
    return out.getvalue()


def _figures(draw: ImageDraw.ImageDraw, help_year: HelpYear) -> None:
    draw.rounded_rectangle((_EDGE, 560, WIDTH - _EDGE, 780), radius=24, fill=_WHITE)
    households = "不到 5 户" if help_year.is_small else f"{help_year.households} 户"
    figures = (
        (f"{help_year.orders} 单", "买了"),
        (f"{len(help_year.villages)} 个村", "来自"),
        (households, "帮到"),
    )
    step = (WIDTH - 2 * _EDGE) // len(figures)
    for number, (figure, label) in enumerate(figures):
        middle = _EDGE + step * number + step // 2
        _text(draw, middle, 600, label, 34, _MUTED, anchor="ma")
        _text(draw, middle, 662, figure, 60, _LEAF, weight=2, anchor="ma")


def _villages(draw: ImageDraw.ImageDraw, help_year: HelpYear) -> None:
    _text(draw, _EDGE, 840, "这些村子记着您的这一份", 40, _INK, weight=1)
    top = 910
    for line in _wrapped(draw, villages_in_words(help_year), 44, WIDTH - 2 * _EDGE)[:3]:
        _text(draw, _EDGE, top, line, 44, _INK)
        top += 70


def _foot(image: Image.Image, draw: ImageDraw.ImageDraw, address: str) -> None:
    draw.line((_EDGE, 1160, WIDTH - _EDGE, 1160), fill=_LINE, width=3)
    _text(draw, _EDGE, 1220, "金额取整，来自平台账本，退款已扣除，", 32, _MUTED)
    _text(draw, _EDGE, 1266, "未扣除农户的生产成本。", 32, _MUTED)
    _text(draw, _EDGE, 1330, "扫码看看，也帮一把", 36, _RED, weight=1)
    matrix = [list(row) for row in segno.make(address, error="m", micro=False).matrix]
    module = 200 // len(matrix)
    side = module * len(matrix)
    left, top = WIDTH - _EDGE - side - 16, 1204
    draw.rectangle((left - 16, top - 16, left + side + 16, top + side + 16), fill=_WHITE)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                corner = left + x * module, top + y * module
                draw.rectangle((*corner, corner[0] + module - 1, corner[1] + module - 1), fill=_INK)


def _wrapped(draw: ImageDraw.ImageDraw, text: str, size: int, width: int) -> list[str]:
    lines = [""]
    for sign in printable(text):
        if draw.textlength(lines[-1] + sign, font=_font(size)) > width and sign not in "、，。":
            lines.append("")
        lines[-1] += sign
    return lines


def _text(
    draw: ImageDraw.ImageDraw,
    x: int,
    y: int,
    text: str,
    size: int,
    fill: str,
    *,
    weight: int = 0,
    anchor: str = "la",
) -> None:
    # the house's font has one weight: a bolder one is drawn with its outline
    draw.text(
        (x, y),
        printable(text),
        font=_font(size),
        fill=fill,
        stroke_width=weight,
        stroke_fill=fill,
        anchor=anchor,
    )
