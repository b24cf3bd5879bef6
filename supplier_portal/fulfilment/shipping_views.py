"""Many parcels at once, slips, and where parcels were seen."""

from datetime import datetime

from flask import Response, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.forms import errors_at, errors_flashed, status_of
from marketplace.kernel.spreadsheets import MAX_BYTES, Sheet, template_response, xlsx_response
from marketplace.kernel.transaction import transaction
from marketplace.parties.queries import get_supplier
from marketplace.regions.queries import full_name
from orders.fulfilment import bulk_shipping, desk, tracking
from orders.fulfilment.carriers import carriers
from supplier_portal.fulfilment.forms import SeenForm, TableForm
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk


def shipping() -> ResponseReturnValue:
    return _page()


def _page(
    ship_form: TableForm | None = None, seen_form: TableForm | None = None, sheet: Sheet | None = None
) -> ResponseReturnValue:
    """A form as it was sent, or the ``sheet`` with what is wrong in it."""
    ship_form, seen_form = ship_form or TableForm(formdata=None), seen_form or TableForm(formdata=None)
    counts = desk.count_supplier_orders(current_supplier_id())
    page = render_desk(
        "supplier_portal/fulfilment/shipping.html",
        ship_form=ship_form,
        seen_form=seen_form,
        waiting=sum(counts[which] for which in desk.TO_SHIP),
        most=bulk_shipping.MOST,
        carriers=list(carriers()),
        errors=sheet.errors[:200] if sheet else [],
    )
    return page, 422 if sheet else status_of(ship_form, seen_form)


def table() -> Response:
    """What waits, with addresses: for shipping alone, and on record."""
    supplier_id = current_supplier_id()
    rows = list(bulk_shipping.to_ship_rows(supplier_id))
    with transaction():
        audit.record(
            require_actor().user_id, "order.shipping_table", "supplier", supplier_id, {"orders": len(rows)}
        )
    return xlsx_response(f"待发货-{clock.today():%Y%m%d}", bulk_shipping.HEADER, rows)


def tracking_template() -> Response:
    return template_response("物流模板", tracking.COLUMNS)


def _sent(form: TableForm) -> bytes:
    if not form.file.data:
        raise InvalidInput("sheets.missing", field="file")
    return bytes(form.file.data.read(MAX_BYTES + 1))


def upload_shipped() -> ResponseReturnValue:
    form = TableForm()
    with errors_at(form):
        done = bulk_shipping.ship_table(require_actor(), current_supplier_id(), _sent(form))
        if done.parcels:
            flash(f"{done.parcels} 个包裹登记好了，买家能查到运单。", "success")
        if done.shared:
            numbers = "、".join(done.shared[:5])
            flash(f"运单号 {numbers} 填在了不止一单上：不是装在一个包裹里的，请照面单核对。", "warning")
        if done.sheet.errors:
            return _page(form, sheet=done.sheet)
        if not done.parcels:
            flash("表里没有填了运单号的行，什么也没有登记。", "warning")
        return redirect(url_for("supplier.shipping"), 303)
    return _page(form)


def upload_seen() -> ResponseReturnValue:
    form = TableForm()
    with errors_at(form):
        sheet, new = tracking.read_table(require_actor(), _sent(form))
        if sheet.errors:
            return _page(seen_form=form, sheet=sheet)
        flash(f"记下 {new} 条物流。" if new else "这些物流都记过了。", "success")
        return redirect(url_for("supplier.shipping"), 303)
    return _page(seen_form=form)


def seen(number: str, delivery_id: int) -> ResponseReturnValue:
    """POST: one sighting by hand."""
    found = desk.supplier_order(require_actor(), current_supplier_id(), number)
    if delivery_id not in {parcel.id for parcel in found.parcels}:
        raise NotFound
    form = SeenForm()
    if not form.validate() or form.at.data is None:
        flash("；".join(text for texts in form.errors.values() for text in texts), "danger")
    else:
        at: datetime = form.at.data.replace(tzinfo=clock.BUSINESS_ZONE)
        with errors_flashed():
            tracking.note_seen(require_actor(), delivery_id, at, str(form.text.data))
            flash("记下了，买家看得到。", "success")
    return redirect(url_for("supplier.order", number=number) + "#parcels", 303)


def slip(number: str) -> Response:
    """The label and packing slip as PDF."""
    from orders.fulfilment.slips import slip_pdf  # noqa: PLC0415 - 40 MB of fonts

    supplier_id = current_supplier_id()
    found = desk.supplier_order(require_actor(), supplier_id, number)
    if found.deliver_to is None:
        raise Conflict("fulfilment.no_address")
    content = slip_pdf(
        found, get_supplier(supplier_id).name, full_name(found.deliver_to.street_code), clock.now()
    )
    response = current_app.response_class(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename=slip-{number}.pdf"
    response.headers["Cache-Control"] = "private, no-store"
    return response
