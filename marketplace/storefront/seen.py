"""Recently seen: ids of listings in a signed cookie of the visitor's own, and nowhere else.

The cookie is put on the finished answer, never on the page that guests share, and only when it would say something new.
"""

from flask import Flask, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products.queries import cards_by_id
from marketplace.presentation import ProductCard
from marketplace.storefront.cards import cards_of
from marketplace.storefront.cookies import OwnCookie

MOST, DAYS = 12, 30
_COOKIE = OwnCookie("seen", DAYS, longest=400)
_PRODUCT, _LOGOUT = "products.show", "accounts.logout"


def seen_ids() -> list[int]:
    """Newest first; empty for no cookie, an altered or an old one."""
    ids = _COOKIE.read()
    return [each for each in ids if isinstance(each, int)][:MOST] if isinstance(ids, list) else []


def seen_cards() -> list[ProductCard]:
    """What may be sold today of it. One statement, none without a cookie."""
    return cards_of(cards_by_id(seen_ids()))


def install(app: Flask) -> None:
    @app.after_request
    def _note(response: Response) -> Response:
        if request.endpoint == _PRODUCT and response.status_code in (200, 304) and request.view_args:
            _add(response, request.view_args["listing_id"])
        elif request.endpoint == _LOGOUT and response.status_code == 302:
            _COOKIE.drop(response)  # whoever sits down here next is somebody else
        return response


def _add(response: Response, listing_id: int) -> None:
    ids = seen_ids()
    if ids[:1] == [listing_id]:
        return
    _COOKIE.put(response, [listing_id, *(each for each in ids if each != listing_id)][:MOST])


def show() -> ResponseReturnValue:
    return render_template("storefront/seen.html", cards=seen_cards(), days=DAYS)


def clear() -> ResponseReturnValue:
    flash("看过的都清掉了。", "success")
    response = current_app.make_response(redirect(url_for("seen.show")))
    _COOKIE.drop(response)
    return response
