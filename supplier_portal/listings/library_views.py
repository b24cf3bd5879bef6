"""图片库: a supplier's pictures found, uploaded, named and deleted, and taken for a listing."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.products import library, pictures
from catalog.products.library import UnfitPictures
from catalog.products.rules import MAX_PICTURES, MAX_PICTURES_AT_ONCE
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import asked_text, error_text, errors_at, errors_flashed, status_of, uploads_of
from marketplace.kernel.paging import page_number
from marketplace.kernel.plain_text import one_line
from supplier_portal.guards import current_supplier_id
from supplier_portal.listings.forms import LibraryForm, NameForm, TakeForm
from supplier_portal.listings.views import own
from supplier_portal.nav import render_desk


def _asked() -> tuple[str, int]:
    """Words and page of the address."""
    return asked_text(), page_number(request.args.get("page"))


def index() -> ResponseReturnValue:
    words, page = _asked()
    return render_desk(
        "supplier_portal/listings/pictures.html",
        page=library.library_page(current_supplier_id(), words, page),
        words=words,
    )


def new() -> ResponseReturnValue:
    """Upload several, all or none."""
    form = LibraryForm()
    if form.validate_on_submit():
        with errors_at(form):
            _add(form)
            flash(f"{len(uploads_of(form.files))} 张图片传好了，在商品里可以直接选用。", "success")
            return redirect(url_for("supplier.pictures"), 303)
    return render_desk(
        "supplier_portal/listings/picture_new.html", form=form, most=MAX_PICTURES_AT_ONCE
    ), status_of(form)


def _add(form: LibraryForm) -> None:
    uploads = uploads_of(form.files)
    own_names = [one_line(each) for each in request.form.getlist("names")]
    try:
        library.add_pictures(require_actor(), current_supplier_id(), uploads, form.names(own_names))
    except UnfitPictures as error:
        form.files.errors = [
            f"第 {place} 个「{(uploads[place - 1].filename or '')[:60]}」：{error_text(each)}"
            for place, each in error.errors.items()
        ]
        raise


def show(picture_id: int) -> ResponseReturnValue:
    """One picture: large, its name, the listings that show it."""
    supplier_id = current_supplier_id()
    row = library.get_picture(supplier_id, picture_id)
    form = NameForm(data={"name": row.name})
    if form.validate_on_submit():
        with errors_at(form):
            library.rename_picture(require_actor(), picture_id, str(form.name.data))
            flash("改好了。", "success")
            return redirect(url_for("supplier.picture", picture_id=picture_id), 303)
    page = render_desk(
        "supplier_portal/listings/picture.html",
        row=row,
        form=form,
        listings=library.listings_with(supplier_id, picture_id),
    )
    return page, status_of(form)


def delete(picture_id: int) -> ResponseReturnValue:
    """POST: out of the library, unless a listing shows it."""
    library.get_picture(current_supplier_id(), picture_id)
    with errors_flashed():
        library.delete_picture(require_actor(), picture_id)
        flash("从图库删掉了。", "success")
        return redirect(url_for("supplier.pictures"), 303)
    return redirect(url_for("supplier.picture", picture_id=picture_id), 303)


def take(listing_id: int) -> ResponseReturnValue:
    """Pictures of the library for a listing: looked for here, or sent from the listing's page."""
    listing = own(listing_id)
    form = TakeForm()
    if form.validate_on_submit():
        with errors_at(form):
            added = pictures.take_pictures(require_actor(), listing_id, form.picture.data or [])
            flash(f"加了 {added} 张图片。" if added else "选的图片这件商品都有了。", "success")
            return redirect(url_for("supplier.listing", listing_id=listing_id) + "#pictures", 303)
    words, page = _asked()
    shown = library.library_page(listing.supplier_id, words, page, besides=listing_id)
    return (
        render_desk(
            "supplier_portal/listings/picture_take.html",
            listing=listing,
            form=form,
            page=shown,
            words=words,
            most_pictures=MAX_PICTURES,
        ),
        status_of(form),
    )
