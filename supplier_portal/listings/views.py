"""A supplier's goods on the shelf: list, texts, packings, pictures, on and off sale."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.attributes.queries import attributes_of_listing, options_of
from catalog.products import commands, library, pictures, pricing, queries
from catalog.products.moderation import holdings_of
from catalog.products.own_queries import ListingFacts, get_listing, listable_products, own_listings
from catalog.products.packings import save_sku
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import SkuRow
from catalog.products.rules import MAX_PICTURES, MAX_TIERS, Tier, blockers
from catalog.products.selling_rules import Season, most_tolerance
from catalog.products.tiers import kept_tiers, save_tiers, tier_prices
from catalog.products.videos import video_of
from catalog.stock.receiving import purchase_terms
from catalog.visits.queries import is_visit_listing
from certification.certificates.queries import in_force
from certification.linkage.queries import terms_in_force
from certification.linkage.rules import terms_in_words
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_text, choices_of, errors_at, errors_flashed, status_of
from marketplace.kernel.plain_text import one_line
from supplier_portal.guards import current_supplier_id
from supplier_portal.listings.commands import save_listing
from supplier_portal.listings.forms import (
    AttributesForm,
    ChoosingForm,
    NewListingForm,
    PictureForm,
    SkuForm,
    TakeForm,
    TierForm,
    VideoForm,
    listing_form,
)
from supplier_portal.listings.queries import plain_rows
from supplier_portal.nav import render_desk

#: pictures of the library that a listing's page offers; the rest is one press away
AT_HAND = 12


def own(listing_id: int) -> ListingFacts:
    """A listing of the supplier one works for at present. Raises NotFound."""
    listing = get_listing(listing_id)
    if listing.supplier_id != current_supplier_id():
        raise NotFound
    return listing


def index() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    rows = own_listings([supplier_id])
    certified = listable_products([supplier_id])
    listed = {row.product_id for row in rows}
    asked = request.args.get("state", "")
    text = asked_text()
    return render_desk(
        "supplier_portal/listings/index.html",
        rows=[
            row
            for row in rows
            if (not asked or row.state.value == asked) and (not text or text in row.title + row.product_name)
        ],
        total=len(rows),
        listable=[(product_id, name) for product_id, name in certified if product_id not in listed],
        may_add=bool(certified),
    )


def new() -> ResponseReturnValue:
    products = listable_products([current_supplier_id()])
    form = NewListingForm(
        data={"product_id": _wanted(products), "title": dict(products).get(_wanted(products) or 0)}
    )
    form.product_id.choices = choices_of(products)
    if form.validate_on_submit():
        with errors_at(form):
            listing_id = commands.create_listing(
                require_actor(),
                int(form.product_id.data),
                **form.texts(),  # type: ignore[arg-type]
            )
            flash("草稿存好了。接下来加规格和图片。", "success")
            return redirect(url_for("supplier.listing", listing_id=listing_id))
    page = render_desk("supplier_portal/listings/new.html", form=form, products=products)
    return page, status_of(form)


def _wanted(products: list[tuple[int, str]]) -> int | None:
    asked = request.args.get("product", "")
    return next((each for each, _ in products if str(each) == asked), products[0][0] if products else None)


def show(listing_id: int) -> ResponseReturnValue:
    """Everything about one listing, with the form of its texts."""
    listing = own(listing_id)
    form = texts_form(listing)
    if form.validate_on_submit():
        with errors_at(form):
            save_listing(require_actor(), listing_id, form.texts(), form.option_ids())
            flash("改好了。", "success")
            return redirect(url_for("supplier.listing", listing_id=listing_id))
    page = listing_page(listing, form, PictureForm(formdata=None))
    return page, status_of(form)


def texts_form(listing: ListingFacts, **kwargs: Any) -> AttributesForm:
    """The form of a listing's texts as they stand."""
    data = {
        "title": listing.title,
        "subtitle": listing.subtitle,
        "description": listing.description,
        "specs": "\n".join(f"{label}：{value}" for label, value in listing.specs),
        "season_months": listing.season_months,
        "sale_from": listing.sale_from,
        "sale_until": listing.sale_until,
    }
    said = options_of(listing.listing_id)
    return listing_form(attributes_of_listing(listing.listing_id), said, data, **kwargs)


def listing_page(
    listing: ListingFacts,
    form: AttributesForm,
    picture_form: PictureForm,
    video_form: VideoForm | None = None,
    choosing: ChoosingForm | None = None,
) -> str:
    """Everything about a listing, with the forms that were sent as they were sent."""
    fee_bp = PLATFORM_FEE_BP.get()
    skus = queries.skus_of(listing.listing_id, active_only=False)
    ready = pricing.readiness(listing.listing_id, fee_bp)
    terms = terms_in_force([listing.product_id]).get(listing.product_id)
    return render_desk(
        "supplier_portal/listings/show.html",
        listing=listing,
        season=Season(listing.sale_from, listing.sale_until),
        today=clock.today(),
        form=form,
        picture_form=picture_form,
        skus=skus,
        choosing=choosing or choosing_form(listing),
        floors=pricing.floors(listing.product_id, [sku.sku_id for sku in skus], fee_bp),
        pictures=queries.pictures_of(listing.listing_id),
        most_pictures=MAX_PICTURES,
        at_hand=library.library_page(listing.supplier_id, besides=listing.listing_id, per_page=AT_HAND),
        take_form=TakeForm(formdata=None),
        video=video_of(listing.listing_id),
        video_form=video_form or VideoForm(formdata=None),
        ready=ready,
        missing=set(blockers(ready)),
        certificate=in_force([listing.product_id]).get(listing.product_id),
        terms=terms_in_words(terms.terms) if terms else [],
        in_lots=bool(purchase_terms([listing.product_id])),
        held=holdings_of(listing.listing_id),
        plain_rows=plain_rows([sku.sku_id for sku in skus]),
        is_visit=is_visit_listing(listing.listing_id),
    )


def choosing_form(listing: ListingFacts) -> ChoosingForm:
    first, second = listing.axes or ("", "")
    return ChoosingForm(formdata=None, data={"first": first, "second": second})


def sku(listing_id: int, sku_id: int | None = None) -> ResponseReturnValue:
    """Add a packing, or change one; the floor price is shown before it is typed."""
    listing = own(listing_id)
    row = _sku_row(listing_id, sku_id)
    form = SkuForm(data=_sku_data(row) if row is not None else {})
    form.offer_pictures(queries.pictures_of(listing_id))
    if form.validate_on_submit():
        with errors_at(form):
            save_sku(
                require_actor(),
                listing_id,
                sku_id,
                name=str(form.name.data),
                grams=int(form.grams.data),
                price_fen=int(form.price_fen.data),
                is_active=bool(form.is_active.data),
                selling=form.selling(),
                picture_id=form.picture_id.data or None,
            )
            flash("规格存好了。", "success")
            return redirect(url_for("supplier.listing", listing_id=listing_id) + "#skus")
    page = sku_page(listing, row, form, None)
    return page, status_of(form)


def sku_page(listing: ListingFacts, row: SkuRow | None, form: SkuForm, tier_form: TierForm | None) -> str:
    """The page of a packing; its bulk prices have a form of their own once it exists."""
    fee_bp = PLATFORM_FEE_BP.get()
    sku_id = row.sku_id if row else None
    kept = kept_tiers(sku_id) if sku_id is not None else []
    if tier_form is None:
        tier_form = TierForm(formdata=None, data=tier_data(kept))
    return render_desk(
        "supplier_portal/listings/sku.html",
        listing=listing,
        form=form,
        row=row,
        floor_fen=pricing.floors(listing.product_id, [] if sku_id is None else [sku_id], fee_bp).get(sku_id),
        fee_bp=fee_bp,
        most_tolerance=most_tolerance(row.grams) if row else None,
        tier_form=tier_form,
        tier_rows=range(_rows_shown(tier_form)),
        kept=kept,
        offered=tier_prices([sku_id])[sku_id] if sku_id is not None else [],
    )


def _rows_shown(form: TierForm) -> int:
    """The rows filled in and one more, three at least."""
    filled = [
        row
        for row in range(MAX_TIERS)
        if any(
            field.data is not None or (field.raw_data and field.raw_data[0])
            for field in (form[f"min_units_{row}"], form[f"price_fen_{row}"])
        )
    ]
    return min(MAX_TIERS, max(3, max(filled, default=0) + 2))


def tier_data(kept: list[Tier]) -> dict[str, int]:
    data: dict[str, int] = {}
    for number, tier in enumerate(kept):
        data[f"min_units_{number}"] = tier.min_units
        data[f"price_fen_{number}"] = tier.price_fen
    return data


def sku_form(listing_id: int, row: SkuRow) -> SkuForm:
    """The packing's form as it stands, for a page that another form was sent from."""
    form = SkuForm(formdata=None, data=_sku_data(row))
    form.offer_pictures(queries.pictures_of(listing_id))
    return form


def _sku_data(row: SkuRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "grams": row.grams,
        "price_fen": row.price_fen,
        "is_active": row.is_active,
        "picture_id": row.picture_id or 0,
        "packing": row.packing.value,
        "tolerance_grams": row.tolerance_grams,
        "limit_units": row.limit_units,
        "limit_days": row.limit_days or None,
        "presale_until": row.presale_until,
        "ship_by": row.ship_by,
    }


def tiers(listing_id: int, sku_id: int) -> ResponseReturnValue:
    """POST: the bulk prices of a packing, all of them at once."""
    listing = own(listing_id)
    row = _sku_row(listing_id, sku_id)
    form = TierForm()
    if row is None:
        raise NotFound
    if form.validate_on_submit():
        with errors_at(form):
            save_tiers(require_actor(), sku_id, form.tiers())
            flash("批量价存好了，单位采购马上看得到。", "success")
            return redirect(
                url_for("supplier.listing_sku", listing_id=listing_id, sku_id=sku_id) + "#tiers", 303
            )
    return sku_page(listing, row, sku_form(listing_id, row), form), status_of(form)


def _sku_row(listing_id: int, sku_id: int | None) -> SkuRow | None:
    if sku_id is None:
        return None
    found = [row for row in queries.skus_of(listing_id, active_only=False) if row.sku_id == sku_id]
    if not found:
        raise NotFound
    return found[0]


def picture_add(listing_id: int) -> ResponseReturnValue:
    listing = own(listing_id)
    form = PictureForm()
    if form.validate_on_submit():
        with errors_at(form):
            pictures.add_picture(require_actor(), listing_id, form.picture.data, str(form.alt.data))
            flash("图片传好了。", "success")
            return redirect(url_for("supplier.listing", listing_id=listing_id) + "#pictures")
    return listing_page(listing, texts_form(listing, formdata=None), form), status_of(form)


def picture(listing_id: int, picture_id: int) -> ResponseReturnValue:
    """Earlier, later, other words, or gone."""
    own(listing_id)
    actor, act = require_actor(), request.form.get("act", "")
    with errors_flashed():
        if act == "remove":
            pictures.remove_picture(actor, listing_id, picture_id)
        elif act in {"earlier", "later"}:
            pictures.move_picture(actor, listing_id, picture_id, -1 if act == "earlier" else 1)
        else:
            alt = one_line(request.form.get("alt", ""))
            pictures.describe_picture(actor, listing_id, picture_id, alt)
        flash("改好了。", "success")
    return redirect(url_for("supplier.listing", listing_id=listing_id) + "#pictures")


def sale(listing_id: int) -> ResponseReturnValue:
    """Put on sale, or take off."""
    own(listing_id)
    on = request.form.get("act") == "on"
    with errors_flashed():
        (commands.put_on_sale if on else commands.take_off_sale)(require_actor(), listing_id)
        flash("上架了，买家现在看得到。" if on else "下架了。已经下的单照常发货。", "success")
    return redirect(url_for("supplier.listing", listing_id=listing_id))
