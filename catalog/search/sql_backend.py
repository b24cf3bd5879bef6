"""Plain LIKE: slower and blinder than an index, and always there."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.search.rules import Document, normalise, pieces
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier

_COLUMNS = (Listing.title, Listing.subtitle, DeclaredProduct.name, DeclaredProduct.variety, Supplier.name)


class SqlBackend:
    def find(self, question: str, limit: int) -> list[int]:
        words = pieces(normalise(question))
        if not words:
            return []
        return self._find(and_(*(_contains(word) for word in words)), limit) or self._find(
            or_(*(_contains(word[i : i + 2]) for word in words for i in range(max(1, len(word) - 1)))), limit
        )

    def _find(self, criterion: ColumnElement[bool], limit: int) -> list[int]:
        return list(
            db.session.scalars(
                select(Listing.id)
                .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
                .join(Supplier, Supplier.id == Listing.supplier_id)
                .where(Listing.state == ListingState.ON_SALE, criterion)
                .order_by(Listing.sold_units.desc(), Listing.id)
                .limit(limit)
            )
        )

    def update(self, documents: Sequence[Document], gone: Iterable[int]) -> None:
        """Nothing is kept beside the tables."""

    def rebuild(self, documents: Iterable[Document]) -> int:
        return sum(1 for _ in documents)

    def check(self) -> None:
        """The tables are there or nothing is."""


def _contains(word: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(word, autoescape=True) for column in _COLUMNS))
