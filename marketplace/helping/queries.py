"""A member's year, from the ledger."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from certification.applications.rules import SMALL_CELL
from marketplace.helping.models import HelpCard
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.parties.models import Household
from marketplace.regions.queries import names_of
from orders.ledger.models import Posting
from orders.ledger.rules import AccountKind
from orders.my_orders.queries import is_own
from orders.ordering.models import Order

#: the years an address may ask for
FIRST_YEAR = 2020


@dataclass(frozen=True, slots=True)
class HelpedVillage:
    """``fen``: what households there received or are to receive."""

    code: str
    name: str
    fen: int
    households: int


@dataclass(frozen=True, slots=True)
class HelpYear:
    """What the orders a member paid in a year of Xi'an's calendar brought, refunds taken off; villages by what they
    got, the most first."""

    year: int
    orders: int
    villages: list[HelpedVillage]

    @property
    def fen(self) -> int:
        return sum(village.fen for village in self.villages)

    @property
    def households(self) -> int:
        return sum(village.households for village in self.villages)

    @property
    def is_small(self) -> bool:
        """Too few households to name an amount to others."""
        return self.households < SMALL_CELL


def _bounds(year: int) -> tuple[datetime, datetime]:
    return clock.local_day_start(date(year, 1, 1)), clock.local_day_start(date(year + 1, 1, 1))


def _paid_in(user_id: int, year: int) -> tuple[ColumnElement[bool], ...]:
    begins, ends = _bounds(year)
    return is_own(user_id), Order.paid_at >= begins, Order.paid_at < ends


def help_of(user_id: int, year: int) -> HelpYear:
    """Two queries, and one for names nobody asked for yet."""
    of_year = _paid_in(user_id, year)
    income = -func.sum(Posting.fen)
    # a household whose part went back whole hides no other one behind it
    of_household = (
        select(Household.village_code, income.label("fen"))
        .join(Order, Order.id == Posting.order_id)
        .join(Household, Household.id == Posting.household_id)
        .where(*of_year, Posting.account_kind == AccountKind.HOUSEHOLD_INCOME.value)
        .group_by(Household.village_code, Posting.household_id)
        .having(income > 0)
        .subquery()
    )
    of_village = func.sum(of_household.c.fen)
    rows = db.session.execute(
        select(of_household.c.village_code, of_village, func.count())
        .group_by(of_household.c.village_code)
        .order_by(of_village.desc(), of_household.c.village_code)
    ).all()
    names = names_of({code for code, _, _ in rows})
    helped = (
        select(Posting.order_id)
        .where(Posting.order_id == Order.id, Posting.account_kind == AccountKind.HOUSEHOLD_INCOME.value)
        .group_by(Posting.order_id)
        .having(income > 0)
        .exists()
    )
    orders = db.session.scalar(select(func.count()).select_from(Order).where(*of_year, helped)) or 0
    return HelpYear(
        year, orders, [HelpedVillage(code, names.get(code, ""), int(fen), count) for code, fen, count in rows]
    )


def years_of(user_id: int) -> list[int]:
    """The years a member paid something in, the newest first; this year always. One query."""
    first = db.session.scalar(select(func.min(Order.paid_at)).where(is_own(user_id)))
    this = clock.today().year
    return list(range(this, (clock.local_date(first).year if first else this) - 1, -1))


def find_card(user_id: int, year: int) -> HelpCard | None:
    return db.session.scalars(
        select(HelpCard).where(HelpCard.user_id == user_id, HelpCard.year == year)
    ).first()


def cards_of_member(user_id: int) -> list[HelpCard]:
    """All that are out, by year."""
    return list(
        db.session.scalars(select(HelpCard).where(HelpCard.user_id == user_id).order_by(HelpCard.year))
    )


def card_of_token(token: str) -> tuple[HelpCard, HelpYear]:
    """Raises NotFound, for one that was taken back too, and while nothing is left of its year after refunds."""
    card = db.session.scalars(select(HelpCard).where(HelpCard.token == token)).first()
    if card is None:
        raise NotFound
    help_year = help_of(card.user_id, card.year)
    if not help_year.villages:
        raise NotFound
    return card, help_year
