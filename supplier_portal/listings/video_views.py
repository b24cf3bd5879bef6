"""The video of a listing: put there, replaced, taken down."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from catalog.products import videos
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import errors_at, status_of
from supplier_portal.listings.forms import PictureForm, VideoForm
from supplier_portal.listings.views import listing_page, own, texts_form


def put(listing_id: int) -> ResponseReturnValue:
    """POST: the video, instead of the one before."""
    listing, form = own(listing_id), VideoForm()
    if form.validate_on_submit():
        with errors_at(form):
            videos.set_video(require_actor(), listing_id, form.video.data)
            flash("视频传好了，买家在商品页第一张图后面看得到。", "success")
            return _back(listing_id)
    texts = texts_form(listing, formdata=None)
    return listing_page(listing, texts, PictureForm(formdata=None), form), status_of(form)


def remove(listing_id: int) -> ResponseReturnValue:
    """POST: the listing goes on without one."""
    own(listing_id)
    videos.remove_video(require_actor(), listing_id)
    flash("视频拿下来了。", "success")
    return _back(listing_id)


def _back(listing_id: int) -> ResponseReturnValue:
    return redirect(url_for("supplier.listing", listing_id=listing_id) + "#video", 303)
