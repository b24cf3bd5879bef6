"""The plan page's figures put together: the bar by nearness, the reserved share, one row an arrangement. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.pairing.queries import ArrangementRow
from marketplace.parties.unit_queries import PlanRow
from marketplace.parties.unit_rules import Share, share_of
from marketplace.reporting.dimensions import Nearness

#: (nearnesses, words, class of the piece and of its key after ``g-`` and ``k-``), nearest first; no match comes last
_PIECES = (
    ((Nearness.HOUSEHOLD, Nearness.VILLAGE), "结对村、户", "a"),
    ((Nearness.TOWN,), "同镇", "b"),
    ((Nearness.COUNTY,), "同县", "c"),
    ((Nearness.CITY,), "全市", "city"),
)
_OTHER = ("没有对上结对的", "other")


@dataclass(frozen=True, slots=True)
class Piece:
    """``x`` and ``width`` are SVG lengths."""

    words: str
    fen: int
    cls: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """``goal`` and ``mark`` are where the target ends and where time stands, "" when there is nothing to mark."""

    pieces: Sequence[Piece]
    mark: str


@dataclass(frozen=True, slots=True)
class PairingLine:
    """One arrangement of the year, fen; ``target_fen`` None where none was agreed."""

    row: ArrangementRow
    target_fen: int | None
    bought_fen: int
    is_over: bool


def _percent(part: int, whole: int) -> str:
    hundredths = min(10_000, max(0, 10_000 * part // whole)) if whole > 0 else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def bar_of(by_nearness: Mapping[Nearness, int], total_fen: int, target_fen: int, time_bp: int | None) -> Bar:
    """The bar of the year. Longer than the target when more was bought; refunds can make a piece vanish, never
    negative."""
    listed = [(words, sum(by_nearness.get(each, 0) for each in group), cls) for group, words, cls in _PIECES]
    rest = total_fen - sum(fen for _, fen, _ in listed)
    if rest > 0:
        listed.append((_OTHER[0], rest, _OTHER[1]))
    whole = max(target_fen, sum(max(fen, 0) for _, fen, _ in listed))
    pieces, reached = [], 0
    for words, fen, cls in listed:
        if fen > 0:
            pieces.append(Piece(words, fen, cls, _percent(reached, whole), _percent(fen, whole)))
            reached += fen
    mark = _percent(target_fen * time_bp // 10_000, whole) if time_bp is not None and target_fen else ""
    return Bar(pieces, mark)


def pairing_lines(
    arrangements: Sequence[ArrangementRow], bought: Mapping[int, int], year: int, today: date
) -> list[PairingLine]:
    """The year's arrangements, running ones before ended ones, each in the order they began."""
    lines = [
        PairingLine(
            row,
            row.targets.get(year),
            bought.get(row.id, 0),
            row.ends_on is not None and row.ends_on < today,
        )
        for row in arrangements
    ]
    return sorted(lines, key=lambda line: line.is_over)


def target_of(plan: PlanRow | None, lines: Sequence[PairingLine]) -> int:
    """The year's target: the unit's own plan, else what its arrangements agreed on together."""
    return plan.target_fen if plan else sum(line.target_fen or 0 for line in lines)


def weakest(lines: Sequence[PairingLine]) -> PairingLine | None:
    """The running arrangement furthest from its target, for which to suggest something; None when all are reached."""
    open_lines = [
        line for line in lines if not line.is_over and line.target_fen and line.bought_fen < line.target_fen
    ]
    return min(open_lines, key=lambda line: line.bought_fen / (line.target_fen or 1), default=None)


@dataclass(frozen=True, slots=True)
class SharePart:
    """One budget on the page: ``share`` None with ``why`` in words."""

    title: str
    share: Share | None
    why: str
    is_required: bool


def shares(
    plan: PlanRow | None, canteen_fen: int, union_fen: int, ratios: tuple[int, int, int]
) -> list[SharePart]:
    """The reserved share of canteen and union; ``ratios`` in basis points: canteen, canteen encouraged, union."""
    canteen_bp, encouraged_bp, union_bp = ratios
    if plan is None:
        return []
    return [
        SharePart(
            "食堂采购",
            share_of(plan.canteen_budget_fen, canteen_fen, canteen_bp, encouraged_bp),
            "本单位没有食堂，不用预留。",
            True,
        ),
        SharePart(
            "工会慰问品",
            share_of(plan.union_budget_fen, union_fen, union_bp, union_bp),
            "没有填工会预算。",
            False,
        ),
    ]
