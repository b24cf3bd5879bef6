"""By what a buyer chooses a listing's packings: one list, or one word of each of two lists (``axis_rules``)."""

from collections.abc import Sequence

from sqlalchemy import select

from catalog.products import axis_rules
from catalog.products.commands import own_listing, touched
from catalog.products.models import Sku
from catalog.products.packings import SkuEdit, save_packings
from catalog.products.queries import visit_categories
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput
from marketplace.kernel.transaction import transactional


@transactional
def set_axes(actor: Actor, listing_id: int, first: str, second: str) -> None:
    """Name the two lists of words, or with both empty make the packings one list again.

    Raises NotFound for a foreign listing, Conflict ``listing.by_date`` for visits, and InvalidInput at ``first`` or
    ``second``: ``listing.axes_unfit`` where packings, on sale or not, are not called by two words.
    """
    listing = own_listing(actor, listing_id)
    if listing.category_code in visit_categories():
        raise Conflict("listing.by_date")
    axes = axis_rules.checked_axes(first, second)
    if axes == listing.axes:
        return
    if axes:
        _spell(listing_id)
    listing.axes = axes
    touched(listing)
    audit.record(actor.user_id, "listing.axes", "listing", listing_id, {"axes": axes})


def _spell(listing_id: int) -> None:
    skus = db.session.scalars(
        select(Sku).where(Sku.listing_id == listing_id).order_by(Sku.position, Sku.id)
    ).all()
    if bad := axis_rules.unfit([sku.name for sku in skus]):
        names = "、".join(f"“{name}”" for name in bad[:3]) + ("等" if len(bad) > 3 else "")
        raise InvalidInput("listing.axes_unfit", field="first", names=names, count=len(bad))
    for sku in skus:
        sku.name = axis_rules.spelled(sku.name)


@transactional
def add_set(actor: Actor, listing_id: int, axes: tuple[str, str] | None, edits: Sequence[SkuEdit]) -> int:
    """A set of packings at once, and by what they are chosen (None: as before); returns how many were made. Raises as
    ``set_axes`` and ``save_packings`` do."""
    if axes is not None:
        set_axes(actor, listing_id, *axes)
    return len(save_packings(actor, edits))
