"""Writing listings and packings. Every command checks that the listing is the actor's; a foreign one is
NotFound. What a list shows of its packings (cheapest price, first picture) is repeated on the listing here, once.

Amounts are fen, weights grams. A change that buyers can search for is told to the index through the outbox.
"""

from collections.abc import Sequence

from sqlalchemy import Integer, bindparam, case, func, select, update

from catalog.products import pricing, rules
from catalog.products.models import Listing, ListingPicture, Sku
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.selling_rules import (
    ALL_YEAR,
    Season,
    check_season,
    jin_fen,
)
from catalog.products.workflow import LISTING, ListingState
from certification.certificates.queries import in_force
from certification.linkage.queries import terms_in_force
from certification.linkage.rules import projected_income_fen
from certification.products.models import DeclaredProduct
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import sellers_of
from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.media import Media
from marketplace.kernel.transaction import transactional
from marketplace.messages.commands import tell
from marketplace.messages.topics import Topic
from marketplace.regions.rules import county_code_of

SEARCH_TOPIC = "search.index"
PROJECTION_TOPIC = "products.refresh_projection"


def own_listing(actor: Actor, listing_id: int) -> Listing:
    """Locked until the transaction ends: the platform may take it off sale at the same moment. Raises NotFound for a
    listing that is not the actor's."""
    listing = db.session.get(Listing, listing_id, with_for_update=True, populate_existing=True)
    if listing is None or not actor.acts_for_supplier(listing.supplier_id):
        raise NotFound
    return listing


def touched(listing: Listing) -> None:
    """Repeat on the listing what its packings and pictures say, and tell the search index."""
    db.session.flush()
    _repeat_cheapest(listing)
    listing.presale_until = db.session.scalar(
        select(func.max(Sku.presale_until)).where(Sku.listing_id == listing.id, Sku.is_active)
    )
    listing.cover_token = db.session.scalar(
        select(Media.token)
        .join(ListingPicture, ListingPicture.media_id == Media.id)
        .where(ListingPicture.listing_id == listing.id)
        .order_by(ListingPicture.position)
        .limit(1)
    )
    listing.updated_at = clock.now()
    db.session.flush()
    outbox.enqueue(SEARCH_TOPIC, {"listing_id": listing.id})


def _repeat_cheapest(listing: Listing) -> None:
    cheapest = db.session.execute(
        select(Sku.price_fen, Sku.projected_income_fen, Sku.name, Sku.grams, Sku.tolerance_grams)
        .where(Sku.listing_id == listing.id, Sku.is_active)
        .order_by(Sku.price_fen, Sku.position, Sku.id)
        .limit(1)
    ).first()
    if cheapest is None:  # a visit without an open date keeps what it cost last
        return
    listing.from_price_fen, listing.from_income_fen, listing.from_sku_name = cheapest[:3]
    listing.from_jin_fen = jin_fen(cheapest[0], cheapest[3], cheapest[4])
    listing.from_income_bp = rules.income_share_bp(listing.from_income_fen, listing.from_price_fen)


@transactional
def create_listing(
    actor: Actor,
    product_id: int,
    title: str,
    *,
    subtitle: str = "",
    description: str = "",
    specs: Sequence[Sequence[str]] = (),
    season_months: Sequence[int] = (),
    season: Season = ALL_YEAR,
) -> int:
    """A draft listing of a certified product; returns its id.

    Raises NotFound for a foreign product, InvalidInput ``listing.no_certificate`` or at the text that does not fit.
    """
    product = db.session.get(DeclaredProduct, product_id)
    if product is None or not actor.acts_for_supplier(product.supplier_id):
        raise NotFound
    rules.check_texts(title, subtitle, specs, season_months)
    check_season(season)
    if product_id not in in_force([product_id]):
        raise InvalidInput("listing.no_certificate", field="product_id")
    listing = Listing(
        product_id=product_id,
        supplier_id=product.supplier_id,
        category_code=product.category_code,
        county_code=county_code_of(product.origin_code),
        state=ListingState.DRAFT,
        title=title,
        subtitle=subtitle,
        description=description,
        specs=[list(row) for row in specs],
        season_months=sorted(set(season_months)),
        sale_from=season.sale_from,
        sale_until=season.sale_until,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    db.session.add(listing)
    db.session.flush()
    audit.record(actor.user_id, "listing.create", "listing", listing.id)
    return listing.id


@transactional
def edit_listing(
    actor: Actor,
    listing_id: int,
    title: str,
    *,
    subtitle: str = "",
    description: str = "",
    specs: Sequence[Sequence[str]] = (),
    season_months: Sequence[int] = (),
    season: Season = ALL_YEAR,
) -> None:
    """Change the texts and the days it is sold. What was ordered before keeps the words it was ordered with."""
    listing = own_listing(actor, listing_id)
    rules.check_texts(title, subtitle, specs, season_months)
    check_season(season)
    listing.title, listing.subtitle, listing.description = title, subtitle, description
    listing.specs = [list(row) for row in specs]
    listing.season_months = sorted(set(season_months))
    listing.sale_from, listing.sale_until = season.sale_from, season.sale_until
    touched(listing)
    audit.record(actor.user_id, "listing.edit", "listing", listing_id)


@transactional
def check_lots_fit(sku_id: int, field: str) -> None:
    """Refuse a lot just received, or units counted back, where the agreed total is more than the packing's price can
    carry.

    Raises InvalidInput ``listing.lot_above_price`` at ``field``, which undoes the receipt around it.
    """
    sku = db.session.get_one(Sku, sku_id)
    product_id = db.session.scalars(select(Listing.product_id).where(Listing.id == sku.listing_id)).one()
    floor = pricing.floors(product_id, [sku_id], PLATFORM_FEE_BP.get()).get(sku_id, 0)
    if sku.price_fen < floor:
        raise InvalidInput("listing.lot_above_price", field=field, floor_fen=floor, price_fen=sku.price_fen)


@transactional
def withdraw_mispriced(product_id: int) -> None:
    """Stop offering packings whose price no longer carries what households are owed: units of a dearer lot came back
    from a sale after the price was cut, or new terms took effect.

    Nothing else could be done about a price that is not ours: households are never cut, and neither is a refund
    refused. A packing alone stops where another of its listing sells on, else the listing leaves the shelf; both come
    back with a price that fits. Its people are told.
    """
    for sku_id in pricing.mispriced(product_id, PLATFORM_FEE_BP.get()):
        sku = db.session.get_one(Sku, sku_id)
        listing = db.session.get_one(Listing, sku.listing_id)
        others = select(Sku.id).where(Sku.listing_id == listing.id, Sku.is_active, Sku.id != sku_id).limit(1)
        if db.session.scalar(others) is not None:
            sku.is_active = False
        elif listing.state is ListingState.ON_SALE:
            listing.state = LISTING.next(listing.state, "take_off_sale")
        touched(listing)
        audit.record(None, "listing.mispriced", "listing", listing.id, {"sku_id": sku_id})
        tell(
            Topic.LINKAGE,
            sellers_of(listing.supplier_id),
            f"{listing.title}（{sku.name}）停卖了：售价不够付给农户的钱",
            "按协议和批次约定，现在的售价付不够农户，请改价后再上架。",
            endpoint="supplier.listing",
            params={"listing_id": listing.id},
        )


@transactional
def put_on_sale(actor: Actor, listing_id: int) -> None:
    """Offer the listing. Raises InvalidInput with the first thing missing: certificate, terms, packing, picture, floor
    price; Conflict ``moderation.withheld`` while the platform holds it back; IllegalTransition when it is on sale
    already."""
    listing = own_listing(actor, listing_id)
    if listing.state is ListingState.WITHHELD:
        raise Conflict("moderation.withheld")
    state = LISTING.next(listing.state, "put_on_sale")
    missing = rules.blockers(pricing.readiness(listing_id, PLATFORM_FEE_BP.get()))
    if missing:
        raise InvalidInput(missing[0])
    refresh_projection(listing.product_id)
    listing.state = state
    listing.first_on_sale_at = listing.first_on_sale_at or clock.now()
    touched(listing)
    audit.record(actor.user_id, "listing.put_on_sale", "listing", listing_id)


@transactional
def take_off_sale(actor: Actor, listing_id: int) -> None:
    """Stop offering it; what was ordered goes on. Raises IllegalTransition when it is not on sale."""
    listing = own_listing(actor, listing_id)
    listing.state = LISTING.next(listing.state, "take_off_sale")
    touched(listing)
    audit.record(actor.user_id, "listing.take_off_sale", "listing", listing_id)


@transactional
def refresh_projection(product_id: int) -> None:
    """Reckon again what one unit of each packing would bring households: terms, price or the first lot changed.

    0 while no terms are in force. Writes only what differs.
    """
    rows = db.session.execute(
        select(Sku.id, Sku.listing_id, Sku.price_fen, Sku.projected_income_fen)
        .join(Listing, Listing.id == Sku.listing_id)
        .where(Listing.product_id == product_id)
    ).all()
    if not rows:
        return
    terms = terms_in_force([product_id]).get(product_id)
    lots = pricing.first_lots([row.id for row in rows])
    changed = set()
    for row in rows:
        fen = projected_income_fen(terms, row.price_fen, lots.get(row.id)) if terms else 0
        if fen != row.projected_income_fen:
            db.session.execute(update(Sku).where(Sku.id == row.id).values(projected_income_fen=fen))
            changed.add(row.listing_id)
    for listing_id in sorted(changed):
        _repeat_cheapest(db.session.get_one(Listing, listing_id))


@transactional
def index_again(product_id: int) -> None:
    """A declared product is called otherwise: its listings are to be found by the new words."""
    for listing_id in db.session.scalars(select(Listing.id).where(Listing.product_id == product_id)).all():
        outbox.enqueue(SEARCH_TOPIC, {"listing_id": listing_id})


def index_supplier_again(supplier_id: int) -> None:
    """A supplier is called otherwise: what it lists is to be found by its new name."""
    for listing_id in db.session.scalars(select(Listing.id).where(Listing.supplier_id == supplier_id)).all():
        outbox.enqueue(SEARCH_TOPIC, {"listing_id": listing_id})


_SOLD = Listing.sold_units + bindparam("units", type_=Integer)
_SELL_UNITS = (
    update(Listing)
    .where(Listing.id == bindparam("listing"))
    .values(sold_units=case((_SOLD < 0, 0), else_=_SOLD))
    .returning(Listing.product_id)
    .execution_options(synchronize_session=False)
)


@transactional
def add_sold_units(listing_id: int, units: int) -> None:
    """Count paid units; negative when they were refunded, never below 0.

    A sale may have emptied the first lot: what the next unit would bring is reckoned again by the worker.
    """
    product_id = db.session.scalar(_SELL_UNITS, {"listing": listing_id, "units": units})
    if product_id is not None:
        outbox.enqueue(PROJECTION_TOPIC, {"product_id": product_id})
