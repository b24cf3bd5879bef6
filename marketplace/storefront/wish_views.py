"""What a member keeps an eye on: favourites and packings waited for, put there and taken off from the product page."""

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.wishes import commands, queries
from catalog.wishes.queries import FavouriteRow
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import errors_flashed
from marketplace.kernel.paging import page_number
from marketplace.presentation import ProductCard
from marketplace.storefront.cards import cards_of

FROM_LIST = "list"
#: where the list of what is waited for begins
WAITS = "waits"


def index() -> ResponseReturnValue:
    user_id = require_actor().user_id
    page = queries.favourites_of(user_id, page_number(request.args.get("page")))
    found = zip(page.items, cards_of(row.card for row in page.items), strict=True)
    return render_template(
        "storefront/favourites.html",
        page=page,
        favourites=[(row, _told(row, card)) for row, card in found],
        waits=queries.waits_of(user_id),
    )


def _told(row: FavouriteRow, card: ProductCard) -> ProductCard:
    """The card, saying so where it can't be bought today."""
    if row.is_shown:
        return card
    return replace(card, gone="已下架" if row.is_off else "暂时不卖", certified=False, income_fen=None)


def add(listing_id: int) -> ResponseReturnValue:
    with errors_flashed():
        commands.add_favourite(require_actor().user_id, listing_id)
        flash("收藏好了，在“我的”里找得到。", "success")
        return redirect(url_for("products.show", listing_id=listing_id))
    return redirect(url_for("member.favourites"))


def remove(listing_id: int) -> ResponseReturnValue:
    """Back to where the button was: the list, or the product."""
    commands.remove_favourite(require_actor().user_id, listing_id)
    flash("不再收藏了。", "success")
    if request.form.get("from") == FROM_LIST:
        return redirect(url_for("member.favourites"))
    return redirect(url_for("products.show", listing_id=listing_id))


def wait(sku_id: int) -> ResponseReturnValue:
    with errors_flashed():
        listing_id = commands.wait_for(require_actor().user_id, sku_id)
        flash("记下了，一到货就告诉您。", "success")
        return redirect(url_for("products.show", listing_id=listing_id))
    return redirect(url_for("member.favourites", _anchor=WAITS))


def unwait(sku_id: int) -> ResponseReturnValue:
    listing_id = commands.stop_waiting(require_actor().user_id, sku_id)
    flash("不等了，到货不再提醒。", "success")
    if request.form.get("from") == FROM_LIST:
        return redirect(url_for("member.favourites", _anchor=WAITS))
    return redirect(url_for("products.show", listing_id=listing_id))
