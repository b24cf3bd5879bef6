"""Keeping the index in step with the listings: the worker's handler, and the rebuild from the database."""

from collections.abc import Collection, Iterator

from sqlalchemy import select

from catalog.products.commands import SEARCH_TOPIC
from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.search.backend import IndexMissing, SearchBackend
from catalog.search.rules import Document
from certification.products.models import Category, DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.outbox import OutboxMessage
from marketplace.parties.models import Supplier
from marketplace.regions import queries as regions
from marketplace.regions.rules import possible_path

#: Documents of one commit: the engine pays per commit, not per document.
BATCH = 100


def documents(listing_ids: Collection[int] | None = None) -> Iterator[Document]:
    """What the index should hold: listings on sale. Certificates are asked at query time, so they are not in it."""
    statement = (
        select(
            Listing.id,
            Listing.title,
            Listing.subtitle,
            DeclaredProduct.name,
            DeclaredProduct.variety,
            DeclaredProduct.origin_code,
            Category.name,
            Supplier.name,
        )
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .join(Category, Category.code == Listing.category_code)
        .join(Supplier, Supplier.id == Listing.supplier_id)
        .where(Listing.state == ListingState.ON_SALE)
        .order_by(Listing.id)
    )
    if listing_ids is not None:
        statement = statement.where(Listing.id.in_(sorted(listing_ids)))
    rows = db.session.execute(statement).all()
    names = regions.names_of({code for row in rows for code in possible_path(row.origin_code)})
    for row in rows:
        # below the province: everything here is of 陕西
        path = possible_path(row.origin_code)[1:]
        yield Document(
            listing_id=row[0],
            title=f"{row[1]} {row[2]}".strip(),
            texts=tuple(text for text in (row[3], row[4], row[6], row[7]) if text),
            places=tuple(names[code] for code in path if code in names),
        )


class Indexer:
    """The worker's handler of ``search.index``. It takes what else is waiting into the same commit and remembers it,
    so that a hundred messages cost one commit; a message handled twice changes nothing."""

    def __init__(self, backend: SearchBackend) -> None:
        self._backend = backend
        self._done: dict[int, object] = {}

    def handle(self, payload: dict[str, int]) -> None:
        """Raises SearchUnavailable while someone else writes: the outbox tries again. Builds a missing index."""
        asked = int(payload["listing_id"])
        versions = {
            row.id: row.updated_at
            for row in db.session.execute(
                select(Listing.id, Listing.updated_at).where(Listing.id.in_({asked, *_waiting()}))
            )
        }
        if asked in versions and self._done.get(asked) == versions[asked]:
            return
        stale = {each for each, moment in versions.items() if self._done.get(each) != moment} | {asked}
        found = list(documents(stale))
        try:
            self._backend.update(found, stale - {document.listing_id for document in found})
        except IndexMissing:
            rebuild(self._backend)
        if len(self._done) > 10 * BATCH:
            self._done.clear()
        self._done.update({each: versions[each] for each in stale if each in versions})


def _waiting() -> list[int]:
    payloads = db.session.scalars(
        select(OutboxMessage.payload)
        .where(
            OutboxMessage.topic == SEARCH_TOPIC,
            OutboxMessage.done_at.is_(None),
            OutboxMessage.available_at <= clock.now(),
        )
        .order_by(OutboxMessage.id)
        .limit(BATCH)
    )
    return [int(payload["listing_id"]) for payload in payloads]


def rebuild(backend: SearchBackend) -> int:
    """Build the index anew from the database; returns how many listings it holds."""
    return backend.rebuild(documents())


def heal(backend: SearchBackend) -> None:
    """Build the index again where it is missing or can't be opened."""
    try:
        backend.check()
    except IndexMissing:
        rebuild(backend)
