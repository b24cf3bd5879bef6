"""月度成绩: one month of the outlet."""

import re
from datetime import date

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock
from marketplace.outlet_desk.guards import current_outlet_id
from marketplace.outlet_desk.month import queries
from marketplace.outlet_desk.nav import render_desk

_MONTH = re.compile(r"(?a:(20\d{2})-(0[1-9]|1[0-2]))")


def _asked() -> date:
    """The month of the address; anything else, and the future, is the running one."""
    this = clock.today().replace(day=1)
    match = _MONTH.fullmatch(request.args.get("month", ""))
    return min(date(int(match[1]), int(match[2]), 1), this) if match else this


def show() -> ResponseReturnValue:
    return render_desk("outlet_desk/month.html", month=queries.month_of_outlet(current_outlet_id(), _asked()))
