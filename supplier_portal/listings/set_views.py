"""A set of packings at once: 5斤 and 10斤 of two sizes are four, made together. And by what a buyer chooses them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products import pricing
from catalog.products.axes import add_set, set_axes
from catalog.products.own_queries import ListingFacts
from catalog.products.packings import PackingsRefused, SkuEdit, check_packings
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.queries import skus_of
from catalog.products.rules import MAX_SKUS, SkuFacts, crossed, grams_in
from catalog.visits.queries import is_visit_listing
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import Conflict, DomainError, InvalidInput
from marketplace.kernel.forms import attach_error, errors_at, status_of
from supplier_portal.listings.forms import AxesForm, ChoosingForm, CrossedSkuForm, PictureForm, SkuTableForm
from supplier_portal.listings.views import listing_page, own, texts_form
from supplier_portal.nav import render_desk


@dataclass(frozen=True, slots=True)
class Cell:
    """``form`` None: the listing has a packing of that name."""

    name: str
    form: CrossedSkuForm | None


def show(listing_id: int) -> ResponseReturnValue:
    """GET: the two lists; with them in the address, what they make. POST: those with a price, all of them or none."""
    listing = own(listing_id)
    if is_visit_listing(listing_id):
        raise Conflict("visits.by_date")
    taken = {sku.name for sku in skus_of(listing_id, active_only=False)}
    axes, form = _axes_form(listing), SkuTableForm()
    rows, columns = axes.words() if request.args and axes.validate() else ([], [])
    cells = _cells(crossed(rows, columns), taken)
    if sum(cell.form is not None for row in cells for cell in row) + len(taken) > MAX_SKUS:
        axes.rows.errors = [f"一个商品最多 {MAX_SKUS} 个规格，已经有 {len(taken)} 个，请少写几行"]
        cells = []
    if form.is_submitted() and form.validate() and (made := _save(listing_id, axes, cells, form)):
        flash(f"加好了 {made} 个规格，接下来登记库存。", "success")
        return redirect(url_for("supplier.listing", listing_id=listing_id) + "#skus", 303)
    page = render_desk(
        "supplier_portal/listings/set.html",
        listing=listing,
        axes=axes,
        form=form,
        columns=columns or ["规格"],
        rows=list(zip(rows, cells, strict=False)),
        floor_fen=pricing.floors(listing.product_id, [], PLATFORM_FEE_BP.get()).get(None),
    )
    return page, 422 if form.is_submitted() else 200


def _axes_form(listing: ListingFacts) -> AxesForm:
    """With the names the listing's two lists have already."""
    first, second = listing.axes or ("", "")
    named = {"first": first, "second": second}
    return AxesForm(formdata=request.args or None, meta={"csrf": False}, data=named)


def choosing(listing_id: int) -> ResponseReturnValue:
    """POST: name the two lists a buyer chooses by, or make them one."""
    listing, form = own(listing_id), ChoosingForm()
    first, second = str(form.first.data or ""), str(form.second.data or "")
    if form.validate_on_submit():
        with errors_at(form):
            set_axes(require_actor(), listing_id, first, second)
            flash(f"买家先选{first}，再选{second}。" if first else "买家从一张单子里选规格。", "success")
            return redirect(url_for("supplier.listing", listing_id=listing_id) + "#skus", 303)
    return listing_page(
        listing, texts_form(listing, formdata=None), PictureForm(formdata=None), None, form
    ), status_of(form)


def _cells(names: Sequence[Sequence[str]], taken: set[str]) -> list[list[Cell]]:
    return [
        [
            Cell(name, None if name in taken else _form(f"c{row}-{column}-", name))
            for column, name in enumerate(each)
        ]
        for row, each in enumerate(names)
    ]


def _form(prefix: str, name: str) -> CrossedSkuForm:
    return CrossedSkuForm(prefix=prefix, meta={"csrf": False}, data={"grams": grams_in(name)})


def _save(listing_id: int, axes: AxesForm, cells: Sequence[Sequence[Cell]], form: SkuTableForm) -> int:
    """How many were made: 0 with what is wrong at its field, or at the form where no price was filled in."""
    fields = [(cell.name, cell.form) for row in cells for cell in row if cell.form is not None]
    fit = [(name, each) for name, each in fields if each.validate()]
    wanted = [(name, each) for name, each in fit if each.price_fen.data is not None]
    edits = [
        SkuEdit(listing_id, None, SkuFacts(name, int(each.grams.data), int(each.price_fen.data)))
        for name, each in wanted
    ]
    if len(fit) < len(fields):
        # what could be read is judged all the same, so that all that is wrong is shown at once
        errors: Sequence[tuple[int, DomainError]] = check_packings(require_actor(), edits)
    elif not wanted:
        form.form_errors.append("还没有填售价：要哪几个，就填哪几格。")
        return 0
    else:
        try:
            return add_set(require_actor(), listing_id, axes.axes(), edits)
        except PackingsRefused as refused:
            errors = refused.errors
        except InvalidInput as unnamed:  # the names of the lists
            attach_error(axes, unnamed)
            return 0
    for place, error in errors:
        attach_error(wanted[place][1], error)
    return 0
