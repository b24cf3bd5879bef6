"""Numbers and tokens. Gapless counters for what few people make; random ones for what many make at once."""

import secrets

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Base, db


class NumberSeries(Base):
    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int]


#: One statement, the same on both databases; two first users can't collide.
_ADVANCE = text(
    "INSERT INTO number_series (name, last) VALUES (:name, :count) "
    "ON CONFLICT (name) DO UPDATE SET last = number_series.last + :count RETURNING last"
)


def next_numbers(series: str, count: int) -> range:
    """The next ``count`` numbers of a gapless series, from 1; the row is locked until the transaction ends."""
    last: int = db.session.execute(_ADVANCE, {"name": series, "count": count}).scalar_one()
    return range(last - count + 1, last + 1)


def next_number(series: str) -> int:
    """The next number of a gapless series."""
    return next_numbers(series, 1)[0]


def new_order_number() -> str:
    """``YYYYMMDD`` of the business day and nine random digits: no counter for many buyers to wait on."""
    return f"{clock.today():%Y%m%d}{secrets.randbelow(10**9):09d}"


def new_token() -> str:
    """An unguessable name for links and files (24 characters, URL-safe)."""
    return secrets.token_urlsafe(18)
