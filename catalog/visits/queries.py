"""Reading visits: what they are, and their dates. Amounts are fen."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from catalog.products.models import Listing, Sku
from catalog.products.queries import visible_clause
from catalog.products.workflow import ListingState
from catalog.stock.models import StockRow
from catalog.visits.models import VisitDate, VisitOffer
from catalog.visits.rules import OfferFacts, begins_at, free_until
from certification.certificates.queries import in_force_clause
from certification.products.models import Category
from marketplace.kernel import clock
from marketplace.kernel.db import db

_OFFER = tuple(getattr(VisitOffer, name) for name in OfferFacts.__slots__)


@dataclass(frozen=True, slots=True)
class DayRow:
    """A date; ``left`` places can be booked now, ``booked`` are paid or kept for somebody who pays."""

    sku_id: int
    on: date
    price_fen: int
    income_fen: int
    is_open: bool
    left: int
    booked: int

    @property
    def can_be_booked(self) -> bool:
        return self.is_open and self.left > 0

    @property
    def word(self) -> str:
        """What is said of it beside its colour."""
        if not self.is_open:
            return "不开放"
        return f"余{self.left}" if self.left else "订满"


@dataclass(frozen=True, slots=True)
class DatedVisit:
    """One date with what all dates of its listing share."""

    sku_id: int
    listing_id: int
    on: date
    offer: OfferFacts

    @property
    def begins_at(self) -> datetime:
        return begins_at(self.on, self.offer.begins_hour)

    @property
    def free_until(self) -> datetime:
        return free_until(self.on, self.offer.begins_hour, self.offer.free_hours)


def find_offer(listing_id: int) -> OfferFacts | None:
    row = db.session.execute(select(*_OFFER).where(VisitOffer.listing_id == listing_id)).first()
    return OfferFacts(*row) if row is not None else None


def is_visit_listing(listing_id: int) -> bool:
    """Whether a listing is of a category of visits."""
    return bool(
        db.session.scalar(
            select(Category.is_visit)
            .join(Listing, Listing.category_code == Category.code)
            .where(Listing.id == listing_id)
        )
    )


def why_not_for_sale(listing_id: int) -> str | None:
    """What keeps a listing's dates from being booked today: its state, ``certificate``, or ``standing`` (the
    agreement or the supplier); None where they
    can be."""
    state, has_certificate, is_shown = db.session.execute(
        select(Listing.state, in_force_clause(Listing.product_id), visible_clause()).where(
            Listing.id == listing_id
        )
    ).one()
    if is_shown:
        return None
    if state is not ListingState.ON_SALE:
        return str(state.value)
    return "standing" if has_certificate else "certificate"


def days_of(listing_id: int) -> list[DayRow]:
    """Dates from today on, in their order. One query."""
    rows = db.session.execute(
        select(
            Sku.id,
            VisitDate.on_date,
            Sku.price_fen,
            Sku.projected_income_fen,
            Sku.is_active,
            StockRow.available,
            StockRow.reserved + StockRow.sold - StockRow.restocked,
        )
        .join(VisitDate, VisitDate.sku_id == Sku.id)
        .join(StockRow, StockRow.sku_id == Sku.id)
        .where(VisitDate.listing_id == listing_id, VisitDate.on_date >= clock.today())
        .order_by(VisitDate.on_date)
    )
    return [DayRow(*row) for row in rows]


def find_dated(sku_id: int) -> DatedVisit | None:
    """The date a packing is; None for one that is none."""
    row = db.session.execute(
        select(VisitDate.sku_id, VisitDate.listing_id, VisitDate.on_date, *_OFFER)
        .join(VisitOffer, VisitOffer.listing_id == VisitDate.listing_id)
        .where(VisitDate.sku_id == sku_id)
    ).first()
    return DatedVisit(row[0], row[1], row[2], OfferFacts(*row[3:])) if row is not None else None
