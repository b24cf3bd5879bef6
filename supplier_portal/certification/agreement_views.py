"""Linkage agreements of a supplier: making, amending by version, ending, and the printed contract."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certification.applications.commands import change_agreement
from certification.linkage import queries
from certification.linkage.commands import amend_agreement, create_agreement, end_agreement
from certification.linkage.models import LinkageAgreement
from certification.linkage.papers import scans_of
from certification.linkage.rules import LinkageMode, SaleTerms, ScanKind, terms_in_words
from certification.linkage.sheet_queries import sheet_in_use
from certification.linkage.versions import changes_between, history_of, versions_of
from certification.linkage.words import MODE_WORDS, SCAN_WORDS
from certification.linkage.workflow import AgreementState
from certification.products.queries import get_product, products_of
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import choices_of, errors_at, errors_flashed, typed_id
from marketplace.kernel.media import Media, send_document
from marketplace.parties.household_queries import household_cards, household_codes, households_of
from marketplace.regions.queries import names_of
from supplier_portal.certification.agreement_forms import AgreementForm, AmendForm, ScanForm
from supplier_portal.certification.forms import upload_of
from supplier_portal.guards import current_supplier, current_supplier_id
from supplier_portal.nav import render_desk

STATE_WORDS = {
    "draft": ("草稿，随认定申请生效", "info"),
    "active": ("生效中", "done"),
    "ended": ("已终止", ""),
}
HISTORY_WORDS = {
    "linkage.create": "拟了草稿",
    "linkage.amend": "拟了修订草稿",
    "linkage.update": "改了草稿",
    "linkage.activate": "随认定生效",
    "linkage.superseded": "由新版接替",
    "linkage.end": "终止",
    "linkage.scan_add": "加了签字件",
    "linkage.scan_remove": "删了签字件",
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
    form = AgreementForm(
        data={
            "starts_on": today,
            "ends_on": today + timedelta(days=2 * 365),
            "product_id": typed_id(request.args.get("product")) or None,
        }
    )
    form.product_id.choices = choices_of((row.id, row.name) for row in products_of(supplier_id))

    def save() -> int:
        return create_agreement(
            require_actor(),
            supplier_id,
            form.product_id.data,
            form.facts(request.form),
            upload_of(form.document),
        )

    return _handled(form, None, "签一份协议", save, "协议存好了。接下来申请认定，村里会逐户确认。")


def edit(agreement_id: int) -> ResponseReturnValue:
    agreement = own(agreement_id)
    terms = queries.terms_of([agreement_id])[agreement_id]
    form = AgreementForm(data=_as_typed(agreement, terms))
    form.product_id.choices = choices_of([(agreement.product_id, get_product(agreement.product_id).name)])

    def save() -> int:
        change_agreement(require_actor(), agreement_id, form.facts(request.form), upload_of(form.document))
        return agreement_id

    return _handled(form, terms, "改协议", save, "协议改好了。")


def amend(agreement_id: int) -> ResponseReturnValue:
    """A new version as a draft; the old one binds until the change is certified."""
    agreement = own(agreement_id)
    terms = queries.terms_of([agreement_id])[agreement_id]
    form = AmendForm(data=_as_typed(agreement, terms))
    form.product_id.choices = choices_of([(agreement.product_id, get_product(agreement.product_id).name)])

    def save() -> int:
        return amend_agreement(
            require_actor(), agreement_id, form.facts(request.form), form.reason.data or ""
        )

    return _handled(
        form, terms, "修订协议", save, "修订草稿存好了。再提一份变更申请，村里逐户确认、审定以后换成新版。"
    )


def _handled(
    form: AgreementForm, terms: SaleTerms | None, title: str, save: Callable[[], int], done: str
) -> ResponseReturnValue:
    enterprises = queries.leading_enterprises(current_supplier_id())
    form.leading_enterprise_id.choices = choices_of([(0, "没有，或没入驻（在下面写名称）"), *enterprises])
    if form.validate_on_submit():
        with errors_at(form):
            agreement_id = save()
            flash(done, "success")
            return redirect(url_for("supplier.agreement", agreement_id=agreement_id))
    return _form_page(form, terms, title), 422 if form.is_submitted() else 200


def show(agreement_id: int) -> ResponseReturnValue:
    return show_page(own(agreement_id), None)


def show_page(agreement: LinkageAgreement, scan_form: ScanForm | None) -> str:
    """The record page; ``scan_form`` where a page was refused."""
    facts = _facts(agreement)
    form = scan_form or ScanForm(formdata=None)
    offer_households(form, facts["members"])
    return render_desk(
        "supplier_portal/certification/agreement.html",
        **facts,
        words=STATE_WORDS,
        versions=versions_of(agreement.product_id, agreement.supplier_id),
        changes=_changes(agreement, facts["sale_terms"]),
        amends=queries.get_agreement(agreement.amends_id) if agreement.amends_id else None,
        history=history_of(agreement.id),
        history_words=HISTORY_WORDS,
        scan_form=form,
        scan_words=SCAN_WORDS,
        is_draft=agreement.state is AgreementState.DRAFT,
        is_active=agreement.state is AgreementState.ACTIVE,
        sheet=sheet_in_use(agreement.id),
    )


def offer_households(form: ScanForm, members: list[Any]) -> None:
    form.household_id.choices = choices_of(
        [(0, "—"), *((card.id, f"{card.head} {card.code}") for card, _ in members)]
    )


def print_page(agreement_id: int) -> ResponseReturnValue:
    """The contract on paper, with lines to sign on: whole for the partners, a row a household."""
    return render_template(
        "supplier_portal/certification/agreement_print.html",
        **_facts(own(agreement_id)),
        seller=current_supplier(),
        back=url_for("supplier.agreement", agreement_id=agreement_id),
    )


def _facts(agreement: LinkageAgreement) -> dict[str, Any]:
    terms = queries.terms_of([agreement.id])[agreement.id]
    cards = household_cards([member.household_id for member in terms.members])
    scans = scans_of(agreement.id)
    return {
        "agreement": agreement,
        "product": get_product(agreement.product_id),
        "sale_terms": terms,
        "terms": terms_in_words(terms.terms),
        "modes": [MODE_WORDS[term.mode] for term in terms.terms],
        "shared": bool({LinkageMode.DIVIDEND, LinkageMode.TRUSTEESHIP} & {term.mode for term in terms.terms}),
        "rented": terms.term(LinkageMode.RENT) is not None,
        "pays_wages": terms.term(LinkageMode.LABOUR) is not None,
        "members": [(cards[member.household_id], member) for member in terms.members],
        "villages": names_of({card.village_code for card in cards.values()}),
        "scans": scans,
        "signed": {scan.household_id for scan in scans if scan.kind is ScanKind.HOUSEHOLD},
        "codes": {card.id: card.code for card in cards.values()},
    }


def _changes(agreement: LinkageAgreement, terms: SaleTerms) -> list[Any]:
    if agreement.amends_id is None:
        return []
    before = queries.get_agreement(agreement.amends_id)
    old = queries.terms_of([before.id])[before.id]
    codes = household_codes({each.household_id for each in (*old.members, *terms.members)})
    return changes_between(before, old, agreement, terms, codes)


def end(agreement_id: int) -> ResponseReturnValue:
    with errors_flashed():
        end_agreement(require_actor(), agreement_id, request.form.get("reason", "")[:500])
        flash("协议已终止，商品马上停售。", "success")
    return redirect(url_for("supplier.agreement", agreement_id=agreement_id))


def document(agreement_id: int) -> Response:
    agreement = own(agreement_id)
    media = db.session.get(Media, agreement.document_id) if agreement.document_id else None
    if media is None:
        raise NotFound
    return send_document(media)


def own(agreement_id: int) -> LinkageAgreement:
    """Raises NotFound for another supplier's."""
    agreement = queries.get_agreement(agreement_id)
    if agreement.supplier_id != current_supplier_id():
        raise NotFound
    return agreement


def _as_typed(agreement: LinkageAgreement, terms: SaleTerms) -> dict[str, Any]:
    by_mode = {term.mode: term for term in terms.terms}
    typed: dict[str, Any] = {mode.value: mode in by_mode for mode in LinkageMode}
    for mode, name in (
        (LinkageMode.TRUSTEESHIP, "trusteeship_percent"),
        (LinkageMode.DIVIDEND, "share_percent"),
        (LinkageMode.RENT, "rent_percent"),
    ):
        typed[name] = f"{by_mode[mode].share_bp / 100:g}" if mode in by_mode else ""
    return {
        **typed,
        "product_id": agreement.product_id,
        "sponsor_fee_fen": by_mode[LinkageMode.OWN].sponsor_fee_fen if LinkageMode.OWN in by_mode else None,
        "unit_fen": terms.unit_fen or None,
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        "party_branch": agreement.party_branch,
        "leading_enterprise": "" if agreement.leading_enterprise_id else agreement.leading_enterprise,
        "leading_enterprise_id": agreement.leading_enterprise_id or 0,
    }


def _form_page(form: AgreementForm, terms: SaleTerms | None, title: str) -> str:
    supplier = current_supplier()
    cards = {card.id: card for card in households_of(supplier.id)}
    if supplier.household_id is not None and supplier.household_id not in cards:
        cards.update(household_cards([supplier.household_id]))
    if form.is_submitted():
        sent = request.form
        chosen = {
            each: (sent.get(f"shares_{each}", "1"), sent.get(f"mu_{each}", ""))
            for each in sent.getlist("household")
        }
    else:
        chosen = {
            str(each.household_id): (
                str(each.shares),
                f"{each.mu_hundredths / 100:g}" if each.mu_hundredths else "",
            )
            for each in (terms.members if terms else ())
        }
    return render_desk(
        "supplier_portal/certification/agreement_form.html",
        form=form,
        title=title,
        cards=list(cards.values()),
        villages=names_of({card.village_code for card in cards.values()}),
        chosen=chosen,
        is_pilot=supplier.is_pilot,
        examples=form.examples(),
    )
