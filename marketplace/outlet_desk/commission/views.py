"""佣金: what each order brought the outlet, and how it came to be that much."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.exports import Fen, csv_response, moment_cell
from marketplace.kernel.paging import page_number
from marketplace.outlet_desk.commission import queries
from marketplace.outlet_desk.commission.queries import CommissionRow
from marketplace.outlet_desk.guards import current_outlet, current_outlet_id
from marketplace.outlet_desk.month.months import asked_month
from marketplace.outlet_desk.nav import render_desk
from orders.ledger.words import ENTRY_WORDS
from orders.ordering.parameters import OUTLET_COMMISSION_BP


def show() -> ResponseReturnValue:
    outlet_id, shown = current_outlet_id(), asked_month()
    page = queries.commission_page(outlet_id, shown.first, shown.after, page_number(request.args.get("page")))
    return render_desk(
        "outlet_desk/commission.html",
        shown=shown,
        sums=queries.sums_of(outlet_id, shown.first, shown.after),
        page=page,
        entry_words=ENTRY_WORDS,
        reasons=[_reason(row, outlet_id) for row in page.items],
        own=[row.placed_outlet_id == outlet_id for row in page.items],
        percent=f"{OUTLET_COMMISSION_BP.get() / 100:g}%",
    )


def export() -> Response:
    """The month, entry by entry."""
    outlet, shown = current_outlet(), asked_month()
    return csv_response(
        f"{outlet.name}佣金-{shown.first:%Y%m}",
        ("时间", "什么事", "订单号", "为什么有佣金", "佣金（元）"),
        [
            [
                moment_cell(row.at),
                ENTRY_WORDS[row.kind],
                row.order_number,
                _reason(row, outlet.id),
                Fen(row.fen),
            ]
            for row in queries.all_commission(outlet.id, shown.first, shown.after)
        ],
    )


def _reason(row: CommissionRow, outlet_id: int) -> str:
    """In the order in which an order's one commission is given (``orders.ordering.rules.commission_outlet``)."""
    if row.placed_outlet_id == outlet_id:
        return "替村民买"
    return "带来的买家" if row.channel_outlet_id == outlet_id else "到这里自提"
