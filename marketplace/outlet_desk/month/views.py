"""月度成绩: one month of the outlet."""

from flask.typing import ResponseReturnValue

from marketplace.outlet_desk.guards import current_outlet_id
from marketplace.outlet_desk.month import queries
from marketplace.outlet_desk.month.months import asked_month
from marketplace.outlet_desk.nav import render_desk


def show() -> ResponseReturnValue:
    shown = asked_month()
    return render_desk(
        "outlet_desk/month.html", shown=shown, month=queries.month_of_outlet(current_outlet_id(), shown.first)
    )
