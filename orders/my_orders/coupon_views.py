"""我的优惠券: what a member may use now, what begins soon, what was used and what is over."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import asked_choice
from marketplace.kernel.paging import page_number, page_within
from orders.coupons import mine
from orders.coupons.mine import Shelf

_WORDS = {Shelf.NOW: "能用的", Shelf.SOON: "快开始", Shelf.USED: "用过的", Shelf.OVER: "已结束"}


def index() -> ResponseReturnValue:
    """``?shelf=`` names one. Three statements besides the head's."""
    user_id = require_actor().user_id
    shelf = asked_choice(Shelf, "shelf", Shelf.NOW) or Shelf.NOW
    counts = mine.count_by_shelf(user_id)
    total = counts[shelf]
    number = page_within(page_number(request.args.get("page")), total)
    page = (
        mine.uses_of(user_id, number, total)
        if shelf is Shelf.USED
        else mine.coupons_on(shelf, user_id, number, total)
    )
    return render_template(
        "orders/my_orders/coupons.html",
        page=page,
        shelf=shelf.value,
        shelves=[("" if each is Shelf.NOW else each.value, _WORDS[each], counts[each]) for each in Shelf],
        usable=counts[Shelf.NOW],
        told_days=mine.TOLD.days,
    )
