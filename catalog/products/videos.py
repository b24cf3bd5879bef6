"""The one short video of a listing, which stands behind its first picture."""

from sqlalchemy import delete, select

from catalog.products.commands import own_listing
from catalog.products.models import ListingVideo
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import at_field
from marketplace.kernel.media import Media, Upload, Video, accept_video, keep_video, take_down_video
from marketplace.kernel.transaction import transactional


def set_video(actor: Actor, listing_id: int, upload: Upload) -> None:
    """Give a listing its video; one it had before is taken down. Raises NotFound, InvalidInput at ``video``."""
    with at_field("video"):
        video = accept_video(upload)  # 30 MB are read before the transaction: others write meanwhile
    _set(actor, listing_id, video)


@transactional
def _set(actor: Actor, listing_id: int, video: Video) -> None:
    listing = own_listing(actor, listing_id)
    db.session.refresh(listing, with_for_update=True)
    media = keep_video(video, actor.user_id)
    _take_down(listing_id)
    db.session.add(ListingVideo(listing_id=listing_id, media_id=media.id))
    listing.updated_at = clock.now()
    audit.record(actor.user_id, "listing.video_set", "listing", listing_id, {"media_id": media.id})


@transactional
def remove_video(actor: Actor, listing_id: int) -> None:
    """Take the video down, if there is one: its address leads nowhere from now on."""
    listing = own_listing(actor, listing_id)
    media_id = _take_down(listing_id)
    if media_id is None:
        return
    listing.updated_at = clock.now()
    audit.record(actor.user_id, "listing.video_remove", "listing", listing_id, {"media_id": media_id})


def _take_down(listing_id: int) -> int | None:
    """The media id of the video that was there."""
    media_id = db.session.scalar(select(ListingVideo.media_id).where(ListingVideo.listing_id == listing_id))
    if media_id is not None:
        db.session.execute(delete(ListingVideo).where(ListingVideo.listing_id == listing_id))
        take_down_video(media_id)
    return media_id


def video_of(listing_id: int) -> str | None:
    """The token of its video, or None."""
    return db.session.scalar(
        select(Media.token)
        .join(ListingVideo, ListingVideo.media_id == Media.id)
        .where(ListingVideo.listing_id == listing_id)
    )
