"""推广码: the outlet's own link. Who follows it and buys within some days was brought by the outlet."""

from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.outlet_desk.guards import current_outlet
from marketplace.outlet_desk.month.queries import brought_orders
from marketplace.outlet_desk.nav import render_desk
from marketplace.outlets.queries import OutletRow
from marketplace.presentation import qr_code
from orders.cart.parameters import CHANNEL_DAYS


def _link(outlet: OutletRow) -> dict[str, Any]:
    base = current_app.extensions["settings"].public_url.rstrip("/")
    return {"days": CHANNEL_DAYS.get(), "code": qr_code(base + url_for("cart.via", code=outlet.code))}


def show() -> ResponseReturnValue:
    outlet = current_outlet()
    return render_desk("outlet_desk/channel.html", brought=brought_orders(outlet.id), **_link(outlet))


def poster() -> ResponseReturnValue:
    outlet = current_outlet()
    return render_template("outlet_desk/poster.html", outlet=outlet, **_link(outlet))
