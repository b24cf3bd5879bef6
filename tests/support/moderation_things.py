"""What the platform puts forward on the home page and what it may take off sale, by id, for the access rules."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from catalog.attributes.models import CategoryAttribute
from catalog.products.models import Listing
from catalog.products.workflow import ListingState
from catalog.promotions.models import HomeSlot, HotWord
from marketplace.kernel.db import db
from tests.support import access_rules as rules
from tests.support.access_rules import Access, Enumerate, Thing


def _by_id(argument: str, column: InstrumentedAttribute[int]) -> Enumerate:
    def found() -> Iterator[Thing]:
        return (Thing({argument: row}) for row in db.session.scalars(select(column)))

    return found


_slot = Access(_by_id("slot_id", HomeSlot.id), rules.anyone)
_word = Access(_by_id("word_id", HotWord.id), rules.anyone)


def _offered() -> Iterator[Thing]:
    query = select(Listing.id).where(Listing.state != ListingState.DRAFT)
    return (Thing({"listing_id": row}) for row in db.session.scalars(query))


OBJECTS = {
    **dict.fromkeys(
        ("backoffice.listing", "backoffice.listing_withhold", "backoffice.listing_show_again"),
        Access(_offered, rules.anyone),
    ),
    **dict.fromkeys(
        (
            "backoffice.attribute",
            "backoffice.attribute_remove",
            "backoffice.attribute_retire",
            "backoffice.attribute_restore",
        ),
        Access(_by_id("attribute_id", CategoryAttribute.id), rules.anyone),
    ),
    **dict.fromkeys(("backoffice.home_slot", "backoffice.home_slot_remove"), _slot),
    **dict.fromkeys(("backoffice.hot_word", "backoffice.hot_word_remove"), _word),
}
