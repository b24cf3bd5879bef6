"""The months of an outlet's pages, one of them in the address."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from marketplace.kernel import clock

_MONTH = re.compile(r"(?a:(20\d{2})-(0[1-9]|1[0-2]))")


@dataclass(frozen=True, slots=True)
class MonthShown:
    """``first`` day of it."""

    first: date

    @property
    def after(self) -> date:
        """The first day of the next one."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def following(self) -> date | None:
        """None for the month that is not over."""
        return self.after if self.after <= clock.today() else None


def asked_month() -> MonthShown:
    """The month of the address; anything else, and the future, is the running one."""
    this = clock.today().replace(day=1)
    match = _MONTH.fullmatch(request.args.get("month", ""))
    return MonthShown(min(date(int(match[1]), int(match[2]), 1), this) if match else this)
