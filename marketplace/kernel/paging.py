"""One page of a list that is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PAGE_SIZE = 20
#: beyond this nobody pages by hand, and an absurd number must not reach the database
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``items`` of page ``page`` (from 1) out of ``total`` rows."""

    items: Sequence[T]
    page: int
    total: int
    per_page: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def page_number(text: str | None) -> int:
    """The page asked for in an address; anything that is no page is the first one."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 7:
        return 1
    return min(max(int(text), 1), LAST_PAGE)


def page_within(page: int, total: int, per_page: int = PAGE_SIZE) -> int:
    """The page, or the last there is of so many rows."""
    return min(max(page, 1), max(1, -(-total // per_page)))


def offset_of(page: int, per_page: int = PAGE_SIZE) -> int:
    return (page - 1) * per_page
