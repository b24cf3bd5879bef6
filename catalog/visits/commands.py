"""Writing what a visit is and which dates are open. A foreign listing is NotFound; amounts are fen."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import insert, select, update

from catalog.products import commands as products
from catalog.products import pricing
from catalog.products.models import Listing, Sku
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import is_visit
from catalog.products.rules import sku_faults
from catalog.stock import commands as stock
from catalog.stock.models import StockRow
from catalog.stock.receiving import purchase_terms
from catalog.visits.models import VisitDate, VisitOffer
from catalog.visits.rules import DayPlan, OfferFacts, check_day, check_offer, name_of
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db, insert_rows
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional

#: a visit weighs nothing worth a freight
GRAMS = 1
BY_HAND = "改名额"


@transactional
def save_offer(actor: Actor, listing_id: int, facts: OfferFacts) -> None:
    """Say what every date shares. Bookings that are paid keep the hours they were agreed with.

    Raises NotFound for a listing that is not the actor's or none of visits, InvalidInput at the field.
    """
    listing = products.own_listing(actor, listing_id)
    if not is_visit(listing.category_code):
        raise NotFound
    check_offer(facts)
    offer = db.session.get(VisitOffer, listing_id)
    if offer is None:
        offer = VisitOffer(listing_id=listing_id)
        db.session.add(offer)
    for name in OfferFacts.__slots__:
        setattr(offer, name, getattr(facts, name))
    db.session.flush()
    audit.record(actor.user_id, "visit.offer", "listing", listing_id, {"free_hours": facts.free_hours})


@transactional
def set_days(
    actor: Actor, listing_id: int, plans: Mapping[date, DayPlan], *, reopen: bool = True
) -> list[date]:
    """Open dates, or change their price and places. Without ``reopen`` those that were closed stay as they are: these
    are returned.

    Raises NotFound, Conflict ``visits.no_offer`` before it is said what a visit is, InvalidInput ``visits.needs_share``
    where a household's money hangs on lots, ``visits.day``, ``visits.places``, a price under its floor; Conflict
    ``visits.fewer_than_booked``.
    """
    listing = _with_offer(actor, listing_id)
    if purchase_terms([listing.product_id]):
        raise InvalidInput("visits.needs_share", field="weekday_price_fen")
    today = clock.today()
    for on, plan in plans.items():
        check_day(on, plan, today)
    limits = pricing.bounds([listing.product_id], [], PLATFORM_FEE_BP.get())
    for price_fen in sorted({plan.price_fen for plan in plans.values()}):
        faults = limits.faults(listing.product_id, None, price_fen, field="weekday_price_fen")
        for fault in [*sku_faults("-", GRAMS, price_fen), *faults]:
            raise fault
    known = _dates(listing_id, plans)
    stay = [] if reopen else _closed(known)
    plans = {on: plan for on, plan in plans.items() if on not in stay}
    if not plans:
        return stay
    for on, plan in sorted(plans.items()):
        if on in known:
            _change(actor, known[on], on, plan)
    _open(actor, listing_id, {on: plan for on, plan in sorted(plans.items()) if on not in known})
    db.session.expire_all()
    products.refresh_projection(listing.product_id)
    products.touched(listing)
    days = [on.isoformat() for on in sorted(plans)]
    audit.record(
        actor.user_id,
        "visit.days",
        "listing",
        listing_id,
        {"first": days[0], "last": days[-1], "days": len(days)},
    )
    return stay


def _closed(known: Mapping[date, int]) -> list[date]:
    closed = set(
        db.session.scalars(select(Sku.id).where(Sku.id.in_(known.values()), Sku.is_active.is_(False)))
    )
    return sorted(on for on, sku_id in known.items() if sku_id in closed)


def _with_offer(actor: Actor, listing_id: int) -> Listing:
    """The listing, its calendar locked until the transaction ends: two saves of it take turns."""
    listing = products.own_listing(actor, listing_id)
    locked = select(VisitOffer.listing_id).where(VisitOffer.listing_id == listing_id).with_for_update()
    if db.session.scalar(locked) is None:
        raise Conflict("visits.no_offer")
    return listing


def _dates(listing_id: int, days: Collection[date]) -> dict[date, int]:
    rows = db.session.execute(
        select(VisitDate.on_date, VisitDate.sku_id).where(
            VisitDate.listing_id == listing_id, VisitDate.on_date.in_(sorted(days))
        )
    )
    return {on: sku_id for on, sku_id in rows}  # noqa: C416 - dict() can't type a row


def _open(actor: Actor, listing_id: int, plans: Mapping[date, DayPlan]) -> None:
    if not plans:
        return
    made = db.session.execute(
        insert(Sku).returning(Sku.name, Sku.id),
        [
            {
                "listing_id": listing_id,
                "name": name_of(on),
                "grams": GRAMS,
                "price_fen": plan.price_fen,
                "projected_income_fen": 0,
                "position": on.toordinal(),
                "is_active": True,
            }
            for on, plan in plans.items()
        ],
    )
    id_of = {name: sku_id for name, sku_id in made}  # noqa: C416 - dict() can't type a row
    rows = [{"sku_id": id_of[name_of(on)], "listing_id": listing_id, "on_date": on} for on in plans]
    insert_rows(VisitDate, rows)
    for on, plan in plans.items():
        stock.receive(id_of[name_of(on)], plan.places, actor.user_id)


def _change(actor: Actor, sku_id: int, on: date, plan: DayPlan) -> None:
    db.session.execute(update(Sku).where(Sku.id == sku_id).values(price_fen=plan.price_fen, is_active=True))
    row_id, places = db.session.execute(
        select(StockRow.id, StockRow.received + StockRow.adjusted).where(StockRow.sku_id == sku_id)
    ).one()
    if plan.places == places:
        return
    try:
        stock.adjust(row_id, plan.places - places, BY_HAND, actor.user_id)
    except DomainError as error:
        if error.code != "stock.short":
            raise
        raise Conflict("visits.fewer_than_booked", field="weekday_places", day=name_of(on)) from error


@transactional
def close_days(actor: Actor, listing_id: int, days: Collection[date]) -> None:
    """Sell no more places on these dates; who has booked is expected all the same. Raises NotFound, Conflict."""
    listing = _with_offer(actor, listing_id)
    closed = sorted(_dates(listing_id, days).values())
    db.session.execute(update(Sku).where(Sku.id.in_(closed)).values(is_active=False))
    db.session.expire_all()
    products.touched(listing)
    audit.record(
        actor.user_id,
        "visit.close_days",
        "listing",
        listing_id,
        {"days": [on.isoformat() for on in sorted(days)]},
    )


@transactional
def close_past() -> int:
    """Job: dates that are over are for sale no longer; the listing's lowest price is that of a date to come. Returns
    how many were closed."""
    over = db.session.execute(
        select(VisitDate.sku_id, VisitDate.listing_id)
        .join(Sku, Sku.id == VisitDate.sku_id)
        .where(VisitDate.on_date < clock.today(), Sku.is_active)
        .limit(500)
    ).all()
    if over:
        db.session.execute(
            update(Sku).where(Sku.id.in_([row.sku_id for row in over])).values(is_active=False)
        )
        for listing_id in sorted({row.listing_id for row in over}):
            products.touched(db.session.get_one(Listing, listing_id))
    return len(over)
