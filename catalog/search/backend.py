"""What a search engine must do for the shop. It finds ids; what may be shown, prices and stock are SQL's business."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from catalog.search.question import Wanted
from catalog.search.rules import Document
from catalog.search.vocabulary import Vocabulary


class SearchUnavailable(Exception):
    """The engine can't answer now: its index is missing, damaged or locked. Pages fall back to SQL."""


class IndexMissing(SearchUnavailable):
    """There is no index, or it can't be opened: it has to be built again."""


class SearchBackend(Protocol):
    def vocabulary(self) -> Vocabulary:
        """The words questions are read against; raises SearchUnavailable."""

    def find(
        self, wanted: Sequence[Wanted], limit: int, *, any_of: bool = False, whole: str = ""
    ) -> list[list[int]]:
        """Ids of listings that have all of what is wanted (any, where ``any_of``), those that fit alike together and
        what fits best first (see ``rules.closeness``), ``limit`` in all; raises SearchUnavailable."""

    def update(self, documents: Sequence[Document], gone: Iterable[int]) -> None:
        """Write some documents and drop others; raises SearchUnavailable when someone else is writing."""

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Build a new index and put it in place of the old one; returns how many documents it holds."""

    def check(self) -> None:
        """Raises IndexMissing where the index can't be read."""
