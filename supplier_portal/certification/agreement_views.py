"""Linkage agreements of a supplier."""

from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications.commands import change_agreement
from certification.linkage import queries
from certification.linkage.commands import create_agreement, end_agreement
from certification.linkage.models import LinkageAgreement
from certification.linkage.rules import LinkageMode, SaleTerms, terms_in_words
from certification.linkage.workflow import AgreementState
from certification.products.queries import get_product, products_of
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import attach_error, choices_of, error_text
from marketplace.kernel.media import Media, send_document
from marketplace.parties.household_queries import household_cards, households_of
from marketplace.regions.queries import names_of
from supplier_portal.certification.forms import AgreementForm, upload_of
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk

STATE_WORDS = {
    "draft": ("草稿，随认定申请生效", "info"),
    "active": ("生效中", "done"),
    "ended": ("已终止", ""),
}


def index() -> ResponseReturnValue:
    return render_desk(
        "supplier_portal/certification/agreements.html",
        rows=queries.agreements_of(current_supplier_id()),
        words=STATE_WORDS,
        today=clock.today(),
    )


def new() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    today = clock.today()
    asked = request.args.get("product", "")
    form = AgreementForm(
        data={
            "starts_on": today,
            "ends_on": today + timedelta(days=2 * 365),
            "product_id": int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None,
        }
    )
    _offer(form, supplier_id)
    if form.validate_on_submit():
        try:
            agreement_id = create_agreement(
                require_actor(),
                supplier_id,
                form.product_id.data,
                form.facts(request.form),
                upload_of(form.document),
            )
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("协议存好了。接下来申请认定，村里会逐户确认。", "success")
            return redirect(url_for("supplier.agreement", agreement_id=agreement_id))
    return _form_page(form, None), 422 if form.is_submitted() else 200


def edit(agreement_id: int) -> ResponseReturnValue:
    agreement = _own(agreement_id)
    terms = queries.terms_of([agreement_id])[agreement_id]
    form = AgreementForm(data=_as_typed(agreement, terms))
    _offer(form, agreement.supplier_id)
    form.product_id.choices = choices_of([(agreement.product_id, get_product(agreement.product_id).name)])
    if form.validate_on_submit():
        try:
            change_agreement(
                require_actor(), agreement_id, form.facts(request.form), upload_of(form.document)
            )
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("协议改好了。", "success")
            return redirect(url_for("supplier.agreement", agreement_id=agreement_id))
    return _form_page(form, terms), 422 if form.is_submitted() else 200


def show(agreement_id: int) -> ResponseReturnValue:
    agreement = _own(agreement_id)
    terms = queries.terms_of([agreement_id])[agreement_id]
    cards = household_cards([member.household_id for member in terms.members])
    return render_desk(
        "supplier_portal/certification/agreement.html",
        agreement=agreement,
        product=get_product(agreement.product_id),
        terms=terms_in_words(terms.terms),
        shared=terms.term(LinkageMode.DIVIDEND) is not None,
        members=[(cards[member.household_id], member.shares) for member in terms.members],
        villages=names_of({card.village_code for card in cards.values()}),
        words=STATE_WORDS,
        is_draft=agreement.state is AgreementState.DRAFT,
    )


def end(agreement_id: int) -> ResponseReturnValue:
    try:
        end_agreement(require_actor(), agreement_id, request.form.get("reason", "")[:500])
    except DomainError as error:
        if error.status == NotFound.status:
            raise
        flash(error_text(error), "danger")
    else:
        flash("协议已终止，商品马上停售。", "success")
    return redirect(url_for("supplier.agreement", agreement_id=agreement_id))


def document(agreement_id: int) -> Response:
    agreement = _own(agreement_id)
    media = db.session.get(Media, agreement.document_id) if agreement.document_id else None
    if media is None:
        raise NotFound
    return send_document(media)


def _own(agreement_id: int) -> LinkageAgreement:
    agreement = queries.get_agreement(agreement_id)
    if agreement.supplier_id != current_supplier_id():
        raise NotFound
    return agreement


def _offer(form: AgreementForm, supplier_id: int) -> None:
    form.product_id.choices = choices_of((row.id, row.name) for row in products_of(supplier_id))


def _as_typed(agreement: LinkageAgreement, terms: SaleTerms) -> dict[str, Any]:
    own, dividend = terms.term(LinkageMode.OWN), terms.term(LinkageMode.DIVIDEND)
    return {
        "product_id": agreement.product_id,
        "purchase": terms.term(LinkageMode.PURCHASE) is not None,
        "own": own is not None,
        "sponsor_fee_fen": own.sponsor_fee_fen if own else None,
        "dividend": dividend is not None,
        "share_percent": f"{dividend.share_bp / 100:g}" if dividend else "",
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        "party_branch": agreement.party_branch,
        "leading_enterprise": agreement.leading_enterprise,
    }


def _form_page(form: AgreementForm, terms: SaleTerms | None) -> str:
    supplier = current_supplier()
    cards = {card.id: card for card in households_of(supplier.id)}
    if supplier.household_id is not None and supplier.household_id not in cards:
        cards.update(household_cards([supplier.household_id]))
    if form.is_submitted():
        chosen = {each: request.form.get(f"shares_{each}", "1") for each in request.form.getlist("household")}
    else:
        chosen = {str(each.household_id): str(each.shares) for each in terms.members} if terms else {}
    return render_desk(
        "supplier_portal/certification/agreement_form.html",
        form=form,
        cards=list(cards.values()),
        villages=names_of({card.village_code for card in cards.values()}),
        chosen=chosen,
        is_pilot=supplier.is_pilot,
        is_new=terms is None,
    )
