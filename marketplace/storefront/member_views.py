"""我的: what a member ordered, what it brought, and the ways on."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from catalog.wishes.queries import count_favourites
from marketplace.accounts.web import require_actor
from marketplace.storefront import queries
from marketplace.storefront.cards import cards_of
from orders.coupons.mine import count_usable
from orders.my_orders.queries import count_by_tab, own_orders
from orders.my_orders.rules import Tab


def show() -> ResponseReturnValue:
    user_id = require_actor().user_id
    recent = own_orders(user_id, Tab.ALL, "", 1).items[:3]
    return render_template(
        "storefront/my.html",
        counts={tab.value: count for tab, count in count_by_tab(user_id).items()},
        recent=recent,
        help=queries.brought_by(user_id),
        favourites=count_favourites(user_id),
        coupons=count_usable(user_id),
        endpoints=current_app.view_functions.keys(),
        popular=[] if recent else cards_of(queries.popular(5)),
    )
