"""What a list of a desk is narrowed by: words, and the days something happened on. It lives in the list's address, so a
list that was narrowed can be kept, passed on and downloaded as it is shown."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.kernel import clock
from marketplace.kernel.forms import asked_text


@dataclass(frozen=True, slots=True)
class LookedFor:
    """Words, and the first and the last day; empty or None where anything will do."""

    text: str = ""
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.since or self.until)

    def mentioned(self, *places: Any) -> list[ColumnElement[bool]]:
        """Criteria: the words stand in one of these columns."""
        return [or_(*(place.contains(self.text, autoescape=True) for place in places))] if self.text else []

    def dated(self, day: InstrumentedAttribute[date]) -> list[ColumnElement[bool]]:
        """Criteria: a column of days lies within the days."""
        found = [] if self.since is None else [day >= self.since]
        return found if self.until is None else [*found, day <= self.until]

    def happened(self, moment: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
        """Criteria: a column of moments lies within the days, as they are in Xi'an."""
        found = [] if self.since is None else [moment >= clock.local_day_start(self.since)]
        if self.until is None:
            return found
        return [*found, moment < clock.local_day_start(self.until + timedelta(days=1))]


ANYTHING = LookedFor()


def asked_for() -> LookedFor:
    """From the address."""
    return LookedFor(asked_text("q", 40), asked_day("since"), asked_day("until"))


def asked_day(name: str) -> date | None:
    """A day of the address; None where there is none, or one so far off that it has no moment in another zone."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day < date(3000, 1, 1) else None
