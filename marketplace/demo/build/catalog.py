"""Pictures, listings, SKUs and supply lots."""

import hashlib
import re
from pathlib import Path

from catalog.products.models import Listing, ListingPicture, Sku, SupplierPicture, TierPrice
from catalog.products.rules import income_share_bp
from catalog.products.selling_rules import Packing, jin_fen, most_tolerance
from catalog.products.workflow import ListingState
from certification.linkage.models import SupplyLot
from certification.linkage.rules import LotPayment, projected_income_fen
from marketplace.demo.build.attributes import define_attributes, say_of_itself
from marketplace.demo.build.people import owner_of
from marketplace.demo.build.world import LotRow, StoredPicture, World
from marketplace.demo.content.loader import LotKind, Product
from marketplace.demo.content.loader import Sku as PlannedSku
from marketplace.demo.content.tiers import tiers_of
from marketplace.kernel.clock import local_day_start
from marketplace.kernel.media import store_picture_bytes
from marketplace.regions.queries import names_of

#: how often a lot came in by an outlet, where there is one
COLLECTED_EVERY = 2
_WEIGHED = re.compile(r"[0-9]+斤")
PICTURES = Path(__file__).resolve().parent.parent / "pictures"


def build_catalog(world: World) -> None:
    if not world.content.copy:
        define_attributes(world)
    for product in sorted(world.content.products.values(), key=lambda product: product.code):
        _list(world, product)
    _libraries(world)
    _lots(world)


def store_pictures(world: World) -> None:
    """Each once, also when copies of the content show it again."""
    shown = [*world.content.products.values(), *world.content.visits.values()]
    names = {p.name for product in shown for p in product.pictures}
    missing = sorted(names - world.pictures.keys())
    for index, name in enumerate(missing):
        content = (PICTURES / f"{name}.webp").read_bytes()
        stored = store_picture_bytes(content, f"{name}.webp", world.users["admin"])
        world.pictures[name] = StoredPicture(stored.id, stored.token)
        world.progress("商品图片", index + 1, len(missing))


def _projection(world: World, product: Product, sku: PlannedSku) -> int:
    # the next unit comes from a lot whose agreed total ÷ units is the plan's amount per unit
    lot = (sku.household_fen, 1) if sku.household_fen else None
    return projected_income_fen(world.terms[product.code], sku.price_fen, lot)


def _list(world: World, product: Product) -> None:
    cheapest = min(product.skus, key=lambda sku: sku.price_fen)
    cover = world.pictures[product.pictures[0].name].token
    listing = Listing(
        product_id=world.products[product.code],
        supplier_id=world.suppliers[product.supplier],
        category_code=product.category,
        county_code=f"{product.origin[:6]}000000",
        state=ListingState.ON_SALE,
        title=product.title,
        subtitle=product.subtitle,
        description="\n\n".join(product.paragraphs),
        axes=list(product.axes),
        specs=[[label, value] for label, value in product.specs.items()],
        season_months=[] if len(product.months) == 12 else list(product.months),
        cover_token=cover,
        from_price_fen=cheapest.price_fen,
        from_income_fen=_projection(world, product, cheapest),
        from_income_bp=income_share_bp(_projection(world, product, cheapest), cheapest.price_fen),
        from_sku_name=cheapest.name,
        from_jin_fen=jin_fen(cheapest.price_fen, cheapest.grams, 0) if _is_weighed(cheapest.name) else 0,
        first_on_sale_at=world.now - (world.now - world.start) * (len(world.listings) % 60 + 1) / 61,
        updated_at=world.now,
        created_at=world.start,
    )
    world.rows.add(listing)
    world.listings[product.code] = listing
    world.covers[product.code] = cover
    say_of_itself(world, product, listing.id)
    _fill(world, product, listing)


def _fill(world: World, product: Product, listing: Listing) -> None:
    """The listing's packings and pictures."""
    pictures = [
        ListingPicture(
            listing_id=listing.id,
            media_id=world.pictures[picture.name].id,
            position=index,
            alt=picture.alt,
        )
        for index, picture in enumerate(product.pictures)
    ]
    world.rows.add_all(pictures)
    shown = {of.name: row.id for of, row in zip(product.pictures, pictures, strict=True)}
    rows = [
        Sku(
            listing_id=listing.id,
            name=sku.name,
            picture_id=shown[sku.picture] if sku.picture else None,
            grams=sku.grams,
            price_fen=sku.price_fen,
            projected_income_fen=_projection(world, product, sku),
            position=index,
            packing=_packing(sku.name),
            tolerance_grams=most_tolerance(sku.grams) if _is_weighed(sku.name) else None,
        )
        for index, sku in enumerate(product.skus)
    ]
    world.rows.add_all(rows)
    world.skus.update({sku.key: row.id for sku, row in zip(product.skus, rows, strict=True)})
    world.rows.add_all(
        TierPrice(sku_id=world.skus[sku.key], min_units=tier.min_units, price_fen=tier.price_fen)
        for sku in product.skus
        for tier in tiers_of(product, sku)
    )


def _libraries(world: World) -> None:
    """Every supplier has the pictures of its listings in its library, each once."""
    names: dict[tuple[int, int], str] = {}
    for product in world.content.products.values():
        for picture in product.pictures:
            of = world.suppliers[product.supplier], world.pictures[picture.name].id
            names.setdefault(of, picture.alt)
    world.rows.add_all(
        SupplierPicture(supplier_id=supplier_id, media_id=media_id, name=name, added_at=world.start)
        for (supplier_id, media_id), name in sorted(names.items())
    )


def _is_weighed(name: str) -> bool:
    """What is called by its 斤 is sold by them."""
    return _WEIGHED.match(name) is not None


def _packing(name: str) -> Packing:
    word = next((each for each in Packing if each is not Packing.PIECE and each.word in name), None)
    return word or (Packing.BOX if _is_weighed(name) else Packing.PIECE)


def _lots(world: World) -> None:
    places = names_of({lot.place for lot in world.plan.lots})
    for index, planned in enumerate(world.plan.lots):
        month = f"{planned.received_on:%Y%m}"
        number = world.next_number(f"lots.{month}")
        product = world.content.products[world.content.skus[planned.sku_key].product]
        household_id = world.households[planned.household]
        bought = planned.kind is LotKind.BOUGHT
        lot = SupplyLot(
            number=f"P{month}{number:05d}",
            trace_code=_trace_code(f"P{month}{number:05d}"),
            agreement_id=world.terms[product.code].agreement_id,
            household_id=household_id,
            sku_id=world.skus[planned.sku_key],
            payment=LotPayment.BOUGHT if bought else LotPayment.CONSIGNED,
            grams=planned.grams,
            grade=planned.grade,
            place=f"{places.get(planned.place, '')}分拣点",
            received_on=planned.received_on,
            total_fen=planned.agreed_total_fen,
            units=planned.units,
            voucher_number=f"SG{month}{number:05d}" if bought else None,
            recorded_at=local_day_start(planned.received_on),
            recorded_by=world.users[owner_of(world.content.suppliers[product.supplier])],
        )
        _collect(world, lot, product.supplier, planned.place, index)
        world.rows.add(lot)
        world.lots[lot.id] = LotRow(
            lot.id, household_id, world.villages[household_id], lot.total_fen, lot.units, bought
        )
        world.lots_by_sku.setdefault(planned.sku_key, []).append((planned.received_on, lot.id))


def _trace_code(number: str) -> str:
    """The same for the same lot in every loading; nobody guesses a code that opens nothing private."""
    return f"demo{hashlib.sha256(number.encode()).hexdigest()[:20]}"


def _collect(world: World, lot: SupplyLot, supplier: str, village: str, number: int) -> None:
    """Some of what a household brings, it brings to an outlet of its place that collects for the supplier."""
    outlets = world.content.outlets
    near = [code for code in world.collectors.get(supplier, []) if outlets[code].is_near(village)]
    if near and number % COLLECTED_EVERY == 0:
        outlet = near[number % len(near)]
        lot.outlet_id, lot.recorded_by = world.outlets[outlet], world.operators[outlet]
