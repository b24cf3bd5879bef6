"""Pictures of a listing: the first is its cover, every one has words for who can't see it. They are uploaded here or
taken from the supplier's ``library``, where those uploaded here go, too."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from catalog.products import library, rules
from catalog.products.commands import own_listing, touched
from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.workflow import ListingState
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound, at_field
from marketplace.kernel.media import Upload, store_picture
from marketplace.kernel.transaction import transactional


@transactional
def add_picture(actor: Actor, listing_id: int, upload: Upload, alt: str) -> int:
    """Add a picture at the end, re-encoded at three widths; returns its id. Raises InvalidInput at the field."""
    listing = own_listing(actor, listing_id)
    rules.check_alt(alt, "alt")
    if _room(listing_id) < 1:
        raise InvalidInput("listing.too_many_pictures", field="picture", maximum=rules.MAX_PICTURES)
    with at_field("picture"):
        media = store_picture(upload, actor.user_id)
    library.put_in(listing.supplier_id, media, alt)
    (picture_id,) = _append(listing, [(media.id, alt)])
    audit.record(actor.user_id, "listing.picture_add", "listing", listing_id, {"media_id": media.id})
    return picture_id


@transactional
def take_pictures(actor: Actor, listing_id: int, library_ids: Sequence[int]) -> int:
    """Add pictures of the supplier's library at the end, in the order given, with the words they have there; returns
    how many were added: one that the listing shows already is passed over.

    Raises NotFound where one is not of this supplier, InvalidInput at ``picture``.
    """
    listing = own_listing(actor, listing_id)
    if not library_ids:
        raise InvalidInput("pictures.none_chosen", field="picture")
    found = library.taken(listing.supplier_id, library_ids)
    shown = set(
        db.session.scalars(select(ListingPicture.media_id).where(ListingPicture.listing_id == listing_id))
    )
    new = [found[each] for each in dict.fromkeys(library_ids) if found[each][0] not in shown]
    if len(new) > (room := _room(listing_id)):
        raise InvalidInput("pictures.no_room", field="picture", room=room, maximum=rules.MAX_PICTURES)
    if new:
        _append(listing, new)
        media_ids = [media_id for media_id, _ in new]
        audit.record(actor.user_id, "listing.picture_take", "listing", listing_id, {"media_ids": media_ids})
    return len(new)


def _room(listing_id: int) -> int:
    """How many pictures it may still get."""
    count = db.session.scalar(select(func.count()).where(ListingPicture.listing_id == listing_id)) or 0
    return rules.MAX_PICTURES - count


def _append(listing: Listing, pictures: Sequence[tuple[int, str]]) -> list[int]:
    """Put (media id, words) behind the pictures there are; returns the rows' ids."""
    last = db.session.scalar(
        select(func.max(ListingPicture.position)).where(ListingPicture.listing_id == listing.id)
    )
    rows = [
        ListingPicture(listing_id=listing.id, media_id=media_id, position=position, alt=alt)
        for position, (media_id, alt) in enumerate(pictures, 0 if last is None else last + 1)
    ]
    db.session.add_all(rows)
    touched(listing)
    return [row.id for row in rows]


def _picture(listing_id: int, picture_id: int) -> ListingPicture:
    picture = db.session.get(ListingPicture, picture_id)
    if picture is None or picture.listing_id != listing_id:
        raise NotFound
    return picture


@transactional
def remove_picture(actor: Actor, listing_id: int, picture_id: int) -> None:
    """Raises Conflict ``listing.last_picture`` for the last one of a listing on sale."""
    listing = own_listing(actor, listing_id)
    _picture(listing_id, picture_id)
    count = db.session.scalar(select(func.count()).where(ListingPicture.listing_id == listing_id)) or 0
    if listing.state is ListingState.ON_SALE and count <= 1:
        raise Conflict("listing.last_picture")
    db.session.execute(update(Sku).where(Sku.picture_id == picture_id).values(picture_id=None))
    db.session.execute(delete(ListingPicture).where(ListingPicture.id == picture_id))
    touched(listing)
    audit.record(actor.user_id, "listing.picture_remove", "listing", listing_id, {"picture_id": picture_id})


@transactional
def move_picture(actor: Actor, listing_id: int, picture_id: int, step: int) -> None:
    """One place earlier (−1) or later (1); the first picture is the cover."""
    listing = own_listing(actor, listing_id)
    _picture(listing_id, picture_id)
    order = db.session.scalars(
        select(ListingPicture.id)
        .where(ListingPicture.listing_id == listing_id)
        .order_by(ListingPicture.position)
    ).all()
    new_order = rules.moved(order, picture_id, step)
    # twice, because two pictures never hold one place, not even between two statements
    for sign in (-1, 1):
        for place, each in enumerate(new_order, 1):
            db.session.execute(
                update(ListingPicture).where(ListingPicture.id == each).values(position=sign * place)
            )
    touched(listing)


@transactional
def describe_picture(actor: Actor, listing_id: int, picture_id: int, alt: str) -> None:
    """The words for who can't see the picture."""
    own_listing(actor, listing_id)
    rules.check_alt(alt, "alt")
    _picture(listing_id, picture_id).alt = alt
