"""Keeping the index in step with the listings: the worker's handler, and the rebuild from the database."""

from sqlalchemy import select

from catalog.products.commands import SEARCH_TOPIC
from catalog.products.models import Listing
from catalog.search.backend import IndexMissing, SearchBackend
from catalog.search.documents import documents
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.outbox import OutboxMessage

#: Documents of one commit: the engine pays per commit, not per document.
BATCH = 100


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
