"""商品: the platform's list, and one listing with what was done to it."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products import moderation
from catalog.products.moderation import Asked, DeskRow, Wanted
from catalog.products.queries import pictures_of
from catalog.products.videos import video_of
from catalog.products.workflow import ListingState
from marketplace.accounts.web import require_actor
from marketplace.backoffice.goods.forms import ReasonForm
from marketplace.backoffice.nav import render_desk
from marketplace.kernel.forms import asked_text, errors_at, status_of, typed_id
from marketplace.kernel.paging import page_number

WORDS = {
    Wanted.ALL: "全部状态",
    Wanted.SHOWN: "在卖",
    Wanted.STOPPED: "停卖：证书、协议或供应商停了",
    Wanted.OFF: "供应商下架",
    Wanted.WITHHELD: "强制下架",
}


def index() -> str:
    state, supplier = request.args.get("state", ""), typed_id(request.args.get("supplier"))
    asked = Asked(
        words=asked_text(),
        supplier_id=supplier or None,
        wanted=Wanted(state) if state in set(Wanted) else Wanted.ALL,
    )
    return render_desk(
        "backoffice/goods/listings.html",
        page=moderation.desk_page(asked, page_number(request.args.get("page"))),
        asked=asked,
        states=[(each.value, word) for each, word in WORDS.items()],
    )


def show(listing_id: int) -> ResponseReturnValue:
    return _page(moderation.get_offered(listing_id), ReasonForm(formdata=None)), 200


def withhold(listing_id: int) -> ResponseReturnValue:
    """POST: take it off sale."""
    return _decided(listing_id, hold=True)


def show_again(listing_id: int) -> ResponseReturnValue:
    """POST: put it back."""
    return _decided(listing_id, hold=False)


def _decided(listing_id: int, *, hold: bool) -> ResponseReturnValue:
    row, form = moderation.get_offered(listing_id), ReasonForm()
    command = moderation.withhold if hold else moderation.show_again
    if form.validate_on_submit():
        with errors_at(form):
            command(require_actor(), listing_id, str(form.reason.data).strip())
            if hold:
                flash("下架了，供应商收到了理由。已经下的单照常发货。", "success")
            elif moderation.get_offered(listing_id).state is ListingState.ON_SALE:
                flash("恢复了，又在卖了。", "success")
            else:
                flash("恢复了，现在是下架状态，等供应商自己上架。", "success")
            return redirect(url_for("backoffice.listing", listing_id=listing_id), 303)
    return _page(row, form), status_of(form)


def _page(row: DeskRow, form: ReasonForm) -> str:
    return render_desk(
        "backoffice/goods/listing.html",
        row=row,
        form=form,
        held=moderation.holdings_of(row.listing_id),
        pictures=pictures_of(row.listing_id),
        video=video_of(row.listing_id),
    )
