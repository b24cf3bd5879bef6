"""Writing what a listing says of itself. Whose listing it is is checked by the listing's own command."""

from collections.abc import Collection

from sqlalchemy import delete

from catalog.attributes.models import ListingOption
from catalog.attributes.queries import attributes_of_listing, options_of
from catalog.attributes.rules import check_options, values_of
from catalog.products import commands as products
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transactional


@transactional
def set_options(actor: Actor, listing_id: int, option_ids: Collection[int]) -> None:
    """Replace all values of a listing. Raises NotFound for a foreign one, InvalidInput as ``check_options`` says."""
    products.own_listing(actor, listing_id)
    wanted = set(option_ids)
    attributes = attributes_of_listing(listing_id)
    before = options_of(listing_id)
    check_options(attributes, wanted, before)
    if wanted == before:
        return
    db.session.execute(
        delete(ListingOption).where(
            ListingOption.listing_id == listing_id, ListingOption.option_id.in_(before - wanted)
        )
    )
    db.session.add_all(ListingOption(listing_id=listing_id, option_id=each) for each in wanted - before)
    said = [f"{name}：{'、'.join(values)}" for name, values in values_of(attributes, wanted)]
    audit.record(actor.user_id, "listing.attributes", "listing", listing_id, {"attributes": said})
