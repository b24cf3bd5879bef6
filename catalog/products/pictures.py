"""Pictures of a listing: the first is its cover, every one has words for who can't see it."""

from sqlalchemy import delete, func, select, update

from catalog.products import rules
from catalog.products.commands import own_listing, touched
from catalog.products.models import ListingPicture
from catalog.products.workflow import ListingState
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Upload, store_picture
from marketplace.kernel.transaction import transactional


@transactional
def add_picture(actor: Actor, listing_id: int, upload: Upload, alt: str) -> int:
    """Add a picture at the end, re-encoded at three widths; returns its id. Raises InvalidInput at the field."""
    listing = own_listing(actor, listing_id)
    if not 1 <= len(alt) <= 80:
        raise InvalidInput("listing.alt", field="alt")
    count = db.session.scalar(select(func.count()).where(ListingPicture.listing_id == listing_id)) or 0
    if count >= rules.MAX_PICTURES:
        raise InvalidInput("listing.too_many_pictures", field="picture", maximum=rules.MAX_PICTURES)
    try:
        media = store_picture(upload, actor.user_id)
    except InvalidInput as error:
        raise InvalidInput(error.code, field="picture", **error.params) from error
    last = db.session.scalar(
        select(func.max(ListingPicture.position)).where(ListingPicture.listing_id == listing_id)
    )
    picture = ListingPicture(
        listing_id=listing_id, media_id=media.id, position=(0 if last is None else last + 1), alt=alt
    )
    db.session.add(picture)
    touched(listing)
    audit.record(actor.user_id, "listing.picture_add", "listing", listing_id, {"media_id": media.id})
    return picture.id


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
    if not 1 <= len(alt) <= 80:
        raise InvalidInput("listing.alt", field="alt")
    _picture(listing_id, picture_id).alt = alt
