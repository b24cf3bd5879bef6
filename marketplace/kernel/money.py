"""Money is whole fen in an ``int``: no float, no decimal, no currency object to unwrap.

``allocate`` is the only way to divide an amount: the parts always add up to the whole.
"""

import re
from collections.abc import Sequence

from marketplace.kernel.errors import InvalidInput

#: Commas only where thousands are: "12,50" is a slip of the finger, not 1250 yuan.
_YUAN = re.compile(r"[¥￥]?(?:[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.[0-9]{1,2})?")
#: The largest amount anybody may type: ¥20 million, which a column of four bytes still holds.
MAX_FEN = 2_000_000_000


def allocate(fen: int, weights: Sequence[int]) -> list[int]:
    """Divide ``fen`` (≥ 0) in proportion to ``weights`` by largest remainder; ties go to the earlier place.

    Raises ValueError when there is nobody to give to.
    """
    total = sum(weights)
    if fen < 0 or total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("allocate needs a non-negative amount and positive weights")
    parts = [fen * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(fen * weights[i] % total), i))
    for i in order[: fen - sum(parts)]:
        parts[i] += 1
    return parts


def cumulative_share(fen: int, whole: int, taken: int, part: int) -> int:
    """What ``part`` further units out of ``whole`` carry of ``fen`` when ``taken`` units went before.

    Differences of one rounded-down line, so that any sequence of parts adds up to ``fen`` exactly.
    """
    if not 0 <= taken <= taken + part <= whole:
        raise ValueError("parts exceed the whole")
    return fen * (taken + part) // whole - fen * taken // whole


def units_carrying(left: int, fen: int, whole: int) -> int:
    """How many of ``whole`` units still carry ``left`` of ``fen`` when ``cumulative_share`` took the others' part."""
    return whole - -(-(fen - left) * whole // fen) if fen else whole


def basis_points(fen: int, bp: int) -> int:
    """``bp`` ten-thousandths of ``fen``, rounded down: shares promised to others never exceed the whole."""
    return fen * bp // 10_000


def parse_yuan(text: str) -> int:
    """``"12.5"`` → 1250 fen. ASCII digits only, at most two decimals, either yuan sign in front, at most MAX_FEN.

    Raises InvalidInput otherwise.
    """
    cleaned = text.strip()
    if not _YUAN.fullmatch(cleaned):
        raise InvalidInput("money.not_an_amount")
    cleaned = cleaned.lstrip("¥￥").replace(",", "")
    yuan, _, fraction = cleaned.partition(".")
    fen = int(yuan) * 100 + int(fraction.ljust(2, "0") or 0)
    if fen > MAX_FEN:
        raise InvalidInput("money.too_large", limit_fen=MAX_FEN)
    return fen


def format_yuan(fen: int) -> str:
    """1250 → ``"¥12.50"``, −1250 → ``"−¥12.50"``, with thousands separators."""
    sign = "−" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}¥{yuan:,}.{rest:02d}"
