"""Plain LIKE: slower than an index, and always there. It finds what an index finds, for it reads the same words."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select

from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.search import words
from catalog.search.documents import documents as read_documents
from catalog.search.documents import entries
from catalog.search.question import Wanted
from catalog.search.rules import Document, Standing, closeness
from catalog.search.vocabulary import Vocabulary
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from marketplace.regions.models import Region
from marketplace.regions.rules import CODE_LENGTH, RegionLevel

_COLUMNS = (
    Listing.title,
    Listing.subtitle,
    DeclaredProduct.name,
    DeclaredProduct.variety,
    Category.name,
    Supplier.name,
)
#: Without an index the words come from what sells best: reading every title again would hold up a page.
MOST_READ = 2_000
_PLACES = (RegionLevel.PROVINCE, RegionLevel.CITY, RegionLevel.COUNTY, RegionLevel.TOWN, RegionLevel.VILLAGE)


class SqlBackend:
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(entries(read_documents(most=MOST_READ), words.cut))

    def find(
        self, wanted: Sequence[Wanted], limit: int, *, any_of: bool = False, whole: str = ""
    ) -> list[list[int]]:
        """Of what sells best, where more is found than is asked for. One statement."""
        if not wanted:
            return []
        criteria = [or_(*(_contains(word) for word in each.words)) for each in wanted]
        rows = db.session.execute(
            select(Listing.id, *_COLUMNS)
            .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
            .join(Category, Category.code == Listing.category_code)
            .join(Supplier, Supplier.id == Listing.supplier_id)
            .where(Listing.state == ListingState.ON_SALE, or_(*criteria) if any_of else and_(*criteria))
            .order_by(Listing.sold_units.desc(), Listing.id)
            .limit(limit)
        ).all()
        asked = [(each.words, each.place) for each in wanted]
        groups: dict[int, list[int]] = {}
        for listing_id, *texts in rows:
            groups.setdefault(closeness(_standing(*texts), asked, whole), []).append(listing_id)
        return [groups[fit] for fit in sorted(groups, reverse=True)]

    def update(self, documents: Sequence[Document], gone: Iterable[int]) -> None:
        """Nothing is kept beside the tables."""

    def rebuild(self, documents: Iterable[Document]) -> int:
        return sum(1 for _ in documents)

    def check(self) -> None:
        """The tables are there or nothing is."""


def _standing(
    title: str, subtitle: str, name: str, variety: str, category: str, supplier: str
) -> dict[Standing, str]:
    """Where it comes from is left out: everything that is found by that has it alike."""
    return {
        Standing.TITLE: title,
        Standing.NAMES: f"{name}\n{variety}",
        Standing.CATEGORY: category,
        Standing.SUBTITLE: subtitle,
        Standing.SUPPLIER: supplier,
    }


def _contains(word: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(word, autoescape=True) for column in _COLUMNS), _lies_in(word))


def _lies_in(word: str) -> ColumnElement[bool]:
    """Whether the place of origin, or one it lies in up to the province, is called so."""
    origin = cast(DeclaredProduct.origin_code, String)
    path = [
        func.substr(origin, 1, level.prefix_length) + "0" * (CODE_LENGTH - level.prefix_length)
        for level in _PLACES
    ]
    return (
        select(Region.code)
        .where(Region.code.in_(path), Region.name.icontains(word, autoescape=True))
        .correlate(DeclaredProduct)
        .exists()
    )
