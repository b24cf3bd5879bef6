"""Signed pages of a linkage agreement, private."""

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from certification.linkage.papers import add_scan, get_scan_media, remove_scan
from certification.linkage.queries import terms_of
from marketplace.accounts.web import require_actor
from marketplace.kernel.forms import errors_at, errors_flashed, status_of
from marketplace.kernel.media import send_document
from marketplace.parties.household_queries import household_cards
from supplier_portal.certification.agreement_forms import ScanForm
from supplier_portal.certification.agreement_views import offer_households, own, show_page
from supplier_portal.certification.forms import upload_of


def add(agreement_id: int) -> ResponseReturnValue:
    agreement = own(agreement_id)
    form = ScanForm()
    members = terms_of([agreement_id])[agreement_id].members
    cards = household_cards([member.household_id for member in members])
    offer_households(form, [(cards[member.household_id], member) for member in members])
    sent = upload_of(form.file)
    if form.validate() and sent is not None:
        with errors_at(form):
            add_scan(require_actor(), agreement_id, form.scan_kind(), sent, form.household_id.data or None)
            flash("签字件存好了，只有你们和审核的人看得到。", "success")
            return redirect(url_for("supplier.agreement", agreement_id=agreement_id) + "#scans")
    elif sent is None:
        form.file.errors = ["请选一个文件，照片或 PDF 都行"]
    return show_page(agreement, form), status_of(form)


def file(agreement_id: int, scan_id: int) -> Response:
    return send_document(get_scan_media(own(agreement_id), scan_id))


def remove(agreement_id: int, scan_id: int) -> ResponseReturnValue:
    own(agreement_id)
    with errors_flashed():
        remove_scan(require_actor(), agreement_id, scan_id)
        flash("这一页删了。", "success")
    return redirect(url_for("supplier.agreement", agreement_id=agreement_id) + "#scans")
