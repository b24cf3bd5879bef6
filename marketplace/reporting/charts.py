"""Geometry of the charts, as SVG attributes: no script, fit to print, every number in a table beside. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplace.kernel.money import format_yuan
from marketplace.presentation import gauge_width
from marketplace.reporting.figures import Bucket, Figures

BARS = 10
#: in hundredths of the chart's width and height: where the line is drawn
LEFT, WIDTH, TOP, HEIGHT = 1_000, 8_800, 600, 8_200
#: where the 13 divisions lie, as column and row of a grid of tiles; directions, not a map
TILES = {
    "610117": (3, 0),
    "610114": (4, 0),
    "610112": (2, 1),
    "610111": (3, 1),
    "610115": (4, 1),
    "610104": (1, 2),
    "610102": (2, 2),
    "610103": (3, 2),
    "610113": (4, 2),
    "610124": (0, 3),
    "610118": (1, 3),
    "610116": (2, 3),
    "610122": (3, 3),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """What the figures of a chart are written in: 万元 where the largest is at least one 万."""

    word: str
    fen: int
    decimals: int

    def write(self, fen: int) -> str:
        return f"{fen / self.fen:,.{self.decimals}f}"


def unit_for(largest_fen: int) -> Unit:
    return Unit("万元", 1_000_000, 1) if largest_fen >= 10_000_000 else Unit("元", 100, 0)


@dataclass(frozen=True, slots=True)
class Bar:
    row: Figures
    sales_width: str
    income_width: str
    sales_text: str
    income_text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """``rest`` says in words what the rows that got no bar come to."""

    unit: str
    bars: list[Bar]
    rest: str = ""


def bars_of(rows: Sequence[Figures], rest_word: str) -> Bars:
    """The largest rows; the others in words, for their sum would dwarf each of them."""
    shown = [row for row in rows if row.sales_fen > 0 or row.income_fen > 0]
    top, rest = shown[:BARS], shown[BARS:]
    largest = max((max(row.sales_fen, row.income_fen) for row in top), default=0)
    unit = unit_for(largest)
    bars = [
        Bar(
            row,
            gauge_width(row.sales_fen, largest),
            gauge_width(row.income_fen, largest),
            unit.write(row.sales_fen),
            unit.write(row.income_fen),
        )
        for row in top
    ]
    if not rest:
        return Bars(unit.word, bars)
    sales, income = sum(row.sales_fen for row in rest), sum(row.income_fen for row in rest)
    words = f"其余 {len(rest)} {rest_word}：净销售 {format_yuan(sales)}，农户收入 {format_yuan(income)}"
    return Bars(unit.word, bars, words)


@dataclass(frozen=True, slots=True)
class Tile:
    row: Figures
    name: str
    x: int
    y: int
    shade: int
    text: str

    @property
    def is_dark(self) -> bool:
        return self.shade >= 4


def tiles_of(rows: Sequence[Figures], short: Callable[[str], str]) -> list[Tile]:
    """The divisions as tiles, shaded by their sales in five steps of the largest; empty for another city."""
    largest = max((row.sales_fen for row in rows), default=0)
    tiles = []
    for row in rows:
        place = TILES.get(row.code[:6])
        if place is None or row.is_own:
            continue
        shade = 1 + min(4, max(row.sales_fen, 0) * 5 // largest) if largest > 0 else 1
        column, line = place
        tiles.append(
            Tile(row, short(row.name), 2 + column * 80, 2 + line * 66, shade, _tile_text(row.sales_fen))
        )
    return tiles


def _tile_text(fen: int) -> str:
    if fen == 0:
        return "—"
    return f"{fen / 1_000_000:,.1f} 万" if abs(fen) >= 1_000_000 else f"{fen / 100:,.0f} 元"


@dataclass(frozen=True, slots=True)
class Point:
    label: str
    fen: int
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Line:
    """``path`` and ``area`` are points in a box of 1000 × 100; the rest in per cent of the whole chart."""

    unit: str
    title: str
    points: list[Point]
    path: str
    area: str
    ticks: list[tuple[str, str]]
    labels: list[tuple[str, str]]
    peak: Point | None
    peak_text: str
    peak_anchor: str
    total_fen: int


def line_of(line: Sequence[tuple[Bucket, int]]) -> Line | None:
    """Income over time; None when there is nothing to draw."""
    if not line or not any(fen for _, fen in line):
        return None
    unit = unit_for(max(fen for _, fen in line))
    top = _ceiling(max(*(fen for _, fen in line), unit.fen))
    last = max(len(line) - 1, 1)
    points = [
        Point(bucket.label, fen, _at(place, last), _height(fen, top))
        for place, (bucket, fen) in enumerate(line)
    ]
    path = " ".join(
        f"{1000 * place / last:.1f},{_drop(fen, top) / 100:.2f}" for place, (_, fen) in enumerate(line)
    )
    peak = max(points, key=lambda point: point.fen)
    step = max(1, -(-len(points) // 6))
    return Line(
        unit=unit.word,
        title="每月的农户收入" if any(bucket.start != bucket.end for bucket, _ in line) else "每天的农户收入",
        points=points,
        path=path,
        area=f"0,100 {path} {1000 if len(points) > 1 else 0},100",
        ticks=[(unit.write(top * part // 4), _percent(TOP + HEIGHT * (4 - part) // 4)) for part in range(5)],
        labels=[(point.label, point.x) for point in points[::step]],
        peak=peak,
        peak_text=f"{peak.label} {unit.write(peak.fen)}",
        peak_anchor="end" if points.index(peak) * 2 > len(points) else "start",
        total_fen=sum(fen for _, fen in line),
    )


def _at(place: int, last: int) -> str:
    return _percent(LEFT + WIDTH * place // last)


def _drop(fen: int, top: int) -> int:
    """Hundredths from the top of the box."""
    return 10_000 - 10_000 * max(fen, 0) // top


def _height(fen: int, top: int) -> str:
    return _percent(TOP + HEIGHT * _drop(fen, top) // 10_000)


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _ceiling(fen: int) -> int:
    """The next round amount that divides into four: 4, 8, 12, 20, 40 … of a power of ten."""
    power = 100
    while power * 40 < fen:
        power *= 10
    return next(power * step for step in (4, 8, 12, 16, 20, 24, 32, 40) if power * step >= fen)
