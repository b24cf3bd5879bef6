"""What can be found of each listing on sale, from the tables, and the words it adds to the shop's vocabulary."""

from collections.abc import Callable, Collection, Iterable, Iterator

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.search.rules import Document, segment, short_place
from catalog.search.vocabulary import Entry, Kind
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel.db import db
from marketplace.parties.models import Supplier
from marketplace.regions import queries as regions
from marketplace.regions.rules import place_name, possible_path

_LONGEST_NAME = 8
_INVENTED = "（示例）"


def documents(listing_ids: Collection[int] | None = None, most: int | None = None) -> Iterator[Document]:
    """Listings on sale, the best selling first; certificates are asked when a question is answered. ``most``: only so
    many of them."""
    statement = (
        select(
            Listing.id,
            Listing.title,
            Listing.subtitle,
            DeclaredProduct.name,
            DeclaredProduct.variety,
            Category.code,
            Category.name,
            Supplier.id,
            Supplier.name,
            DeclaredProduct.origin_code,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Category, Category.code == Listing.category_code)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .where(Listing.state == ListingState.ON_SALE)
    )
    if listing_ids is not None:
        statement = statement.where(Listing.id.in_(sorted(listing_ids)))
    rows = db.session.execute(statement.order_by(Listing.sold_units.desc(), Listing.id).limit(most)).all()
    names = regions.names_of({code for row in rows for code in possible_path(row.origin_code)})
    for row in rows:
        path = possible_path(row.origin_code)
        yield Document(
            listing_id=row[0],
            title=row[1],
            subtitle=row[2],
            name=row[3],
            variety=row[4],
            category_code=row[5],
            category=row[6],
            supplier_id=row[7],
            supplier=row[8].replace(_INVENTED, ""),
            places=tuple((code, names[code]) for code in path if code in names),
        )


def entries(documents: Iterable[Document], cut: Callable[[str], Iterable[str]]) -> Iterator[Entry]:
    """The words of these documents, as questions may use them."""
    for document in documents:
        yield Entry(document.category, Kind.CATEGORY, code=document.category_code)
        for code, name in document.places:
            for form in place_forms(name):
                yield Entry(form, Kind.PLACE, code=code)
        for name in (document.name, document.variety):
            if 2 <= len(name) <= _LONGEST_NAME:
                yield Entry(name.lower(), Kind.NAME)
        yield Entry(document.supplier, Kind.SUPPLIER, code=str(document.supplier_id))
        for text in (
            document.title,
            document.subtitle,
            document.name,
            document.variety,
            document.category,
            document.supplier,
        ):
            for word in set(segment(text, cut)):
                if len(word) >= 2:
                    yield Entry(word, Kind.WORD)


def place_forms(name: str) -> list[str]:
    """周至县: 周至县, 周至. 群兴村村委会: 群兴村, 群兴."""
    place = place_name(name)
    return list(dict.fromkeys(form for form in (place, short_place(place)) if len(form) >= 2))
