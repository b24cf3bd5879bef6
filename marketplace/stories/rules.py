"""What a story may say. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime

TITLE = (4, 30)
BODY = (60, 3000)
REASON = (4, 200)
#: telephone, identity and account numbers: whatever has so many digits in a row
_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}", re.ASCII)
LEAD = 60


def clean(text: str) -> str:
    """Without control characters but line breaks, and without blank edges."""
    kept = "".join(each for each in text.replace("\r\n", "\n") if each == "\n" or each.isprintable())
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def has_number(text: str) -> bool:
    """Whether somebody could be called, or an account be found, by what is written there."""
    return _NUMBER.search(text) is not None


def begging(text: str, words: Iterable[str]) -> list[str]:
    """Which of the words that beg for pity are in it."""
    return [word for word in words if word in text]


def version_of(written_at: datetime) -> str:
    """Names a story as it was written then: what is published is what was read."""
    return written_at.isoformat()


def lead(body: str) -> str:
    """The beginning, for lists."""
    flat = " ".join(body.split()).replace("。 ", "。")
    return flat if len(flat) <= LEAD else flat[: LEAD - 1].rstrip("，。、；：！？ ") + "…"
