"""What was looked for: words of the shop by day and how often. Nothing in it says who asked."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base


class SearchCount(Base):
    """``words`` are the shop's own, never what somebody typed."""

    __tablename__ = "search_counts"

    day: Mapped[date] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(40), primary_key=True)
    times: Mapped[int]
