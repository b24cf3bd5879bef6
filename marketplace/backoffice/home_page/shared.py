"""What the lists of slots and of hot words have in common."""

from collections.abc import Mapping

from flask import request

from catalog.promotions.rules import Standing

WORDS: dict[Standing | None, str] = {
    None: "全部",
    Standing.SHOWN: "正在展示",
    Standing.AHEAD: "排好了还没到",
    Standing.OVER: "已经结束",
}
TONES = {Standing.SHOWN: "done", Standing.AHEAD: "info", Standing.OVER: ""}


def asked() -> Standing | None:
    """What the address narrows the list to."""
    text = request.args.get("show", "")
    return Standing(text) if text in set(Standing) else None


def chips(counts: Mapping[Standing | None, int]) -> list[tuple[str, str, int]]:
    return [(each.value if each else "", word, counts[each]) for each, word in WORDS.items()]
