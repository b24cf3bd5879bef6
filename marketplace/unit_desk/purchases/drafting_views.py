"""Putting a purchase order together: the catalogue, and what a buyer decides beside the goods."""

from datetime import timedelta
from typing import Any, cast

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Permission
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import attach_error, choices_of, error_text
from marketplace.kernel.paging import page_number
from marketplace.parties.unit_queries import admitted_unit_ids, unit_names
from marketplace.regions import picker
from marketplace.regions.queries import full_names_of, names_of
from marketplace.regions.rules import NATION_CODE, is_code
from marketplace.unit_desk.guards import current_unit_id, may
from marketplace.unit_desk.nav import render_desk
from marketplace.unit_desk.purchases.figures import desk_counts, open_purchase
from marketplace.unit_desk.purchases.forms import FactsForm
from orders.bulk import catalogue as goods
from orders.bulk import commands, queries
from orders.bulk.commands import PurchaseFacts
from orders.bulk.parameters import KEEP_DAYS
from orders.bulk.queries import Purchase
from orders.bulk.rules import PaymentTerm, Purpose
from orders.bulk.workflow import PURCHASE
from orders.cart.rules import parse_units
from orders.ordering.commands import DeliverTo

USUAL_DAYS = 14
#: arguments of the catalogue that a click on 加到采购单 keeps
FILTERS = ("q", "category", "county", "bulk", "page")


def catalogue() -> ResponseReturnValue:
    """Everything on sale with its bulk prices."""
    return _catalogue_page()


def _catalogue_page(status: int = 200, wrong: tuple[int, str] | None = None) -> ResponseReturnValue:
    unit_id = current_unit_id()
    values = request.args
    counties = goods.counties_on_sale()
    wanted = goods.Wanted(
        values.get("q", "").strip()[:40],
        values.get("category", "")[:40],
        values.get("county", "")[:12],
        values.get("bulk") == "1",
    )
    page = goods.offers(wanted, page_number(values.get("page")))
    draft_id = queries.newest_draft(unit_id, require_actor().user_id)
    names = names_of(counties)
    text = render_desk(
        "unit_desk/purchases/catalogue.html",
        counts=desk_counts(),
        page=page,
        wanted=wanted,
        categories=goods.categories_on_sale(),
        counties=[(code, names.get(code, code)) for code in counties],
        places=full_names_of({offer.origin_code for offer in page.items}),
        draft=queries.draft_row(draft_id) if draft_id else None,
        buys=may(Permission.UNIT_BUYER, unit_id),
        wrong=wrong,
    )
    return text, status


def add() -> ResponseReturnValue:
    """POST: units of a packing onto the person's own draft, made where there is none."""
    unit_id, actor = current_unit_id(), require_actor()
    sku_text = request.form.get("sku_id", "")
    if not (sku_text.isascii() and sku_text.isdigit()) or len(sku_text) > 9:
        raise NotFound
    sku_id = int(sku_text)
    try:
        units = parse_units(request.form.get("units", ""))
        draft_id = queries.newest_draft(unit_id, actor.user_id)
        if draft_id is None:
            draft_id = commands.start_purchase(actor, unit_id, _usual(unit_id))
        commands.add_line(actor, draft_id, sku_id, units)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _catalogue_page(error.status, (sku_id, error_text(error)))
    flash("加到采购单了。", "success")
    village = request.form.get("village", "")
    if is_code(village):  # from the page of a paired village, which asks for its own right to be seen
        near = request.form.get("near") or None
        listing = request.form.get("listing", "")[:9]
        page = request.form.get("page", type=int)
        back = url_for("unit.village", code=village, near=near, page=page, added=sku_id)
        return redirect(f"{back}#g{listing}" if listing.isdigit() else back, 303)
    kept = {name: request.args[name] for name in FILTERS if name in request.args}
    return redirect(url_for("unit.catalogue", **cast("Any", kept)) + f"#sku-{sku_id}", 303)


def _usual(unit_id: int) -> PurchaseFacts:
    """As the unit bought last; everything can be changed before it is submitted."""
    last = queries.last_facts(unit_id)
    day = clock.today() + timedelta(days=USUAL_DAYS)
    if last is None:
        return PurchaseFacts(unit_id, day)
    purpose, term, place = last
    return PurchaseFacts(unit_id, day, purpose, term, place)


def new() -> ResponseReturnValue:
    """A purchase order of its own, beside whatever draft there is."""
    unit_id = current_unit_id()
    usual = _usual(unit_id)
    form = _form(unit_id, usual)
    return _facts_page(form, unit_id, usual.deliver_to.street_code, None)


def edit(purchase_id: int) -> ResponseReturnValue:
    purchase = open_purchase(purchase_id)
    if not PURCHASE.allows(purchase.state, "submit"):
        flash("采购单已经提交或处理完，现在不能改。", "warning")
        return redirect(url_for("unit.purchase", purchase_id=purchase_id), 303)
    facts = PurchaseFacts(
        purchase.budget_unit_id,
        purchase.deliver_on,
        purchase.purpose,
        purchase.payment_term,
        purchase.deliver_to,
        purchase.payer,
        purchase.note,
    )
    form = _form(purchase.unit_id, facts)
    return _facts_page(form, purchase.unit_id, purchase.deliver_to.street_code, purchase)


def _form(unit_id: int, facts: PurchaseFacts) -> FactsForm:
    form = FactsForm(
        data={
            "budget_unit_id": facts.budget_unit_id,
            "purpose": facts.purpose.value,
            "payment_term": facts.payment_term.value,
            "deliver_on": facts.deliver_on,
            "recipient": facts.deliver_to.recipient,
            "mobile": facts.deliver_to.mobile,
            "detail": facts.deliver_to.detail,
            "payer": facts.payer,
            "note": facts.note,
        }
    )
    mine = admitted_unit_ids(require_actor().unit_ids) | {unit_id}
    names = unit_names(mine)
    form.budget_unit_id.choices = choices_of(
        sorted(names.items(), key=lambda item: (item[0] != unit_id, item[0]))
    )
    return form


def _facts_page(
    form: FactsForm, unit_id: int, street_code: str, purchase: Purchase | None
) -> ResponseReturnValue:
    """GET shows, POST keeps; 下一步 of the place shows again with what was typed."""
    wrong_place: list[str] = []
    status = 200
    if form.is_submitted() and not request.form.get("region_next"):
        saved = _save(form, unit_id, purchase, wrong_place)
        if saved is not None:
            flash("采购要求存好了。", "success")
            return redirect(url_for("unit.purchase", purchase_id=saved), 303)
        status = 422
    chosen = (
        picker.chosen_in(request.form, "region", len(picker.NATIONAL))
        if form.is_submitted()
        else picker.path_below(NATION_CODE, street_code)
    )
    context: dict[str, Any] = {
        "form": form,
        "purchase": purchase,
        "levels": picker.levels(NATION_CODE, picker.NATIONAL, chosen),
        "wrong_place": wrong_place,
        "keep_days": KEEP_DAYS.get(),
    }
    return render_desk("unit_desk/purchases/facts.html", counts=desk_counts(), **context), status


def _save(form: FactsForm, unit_id: int, purchase: Purchase | None, wrong_place: list[str]) -> int | None:
    street = picker.chosen_in(request.form, "region", len(picker.NATIONAL))[-1]
    if not street:
        wrong_place.append(error_text(InvalidInput("address.street")))
    if not form.validate() or not street:
        return None
    facts = PurchaseFacts(
        budget_unit_id=int(form.budget_unit_id.data),
        deliver_on=form.deliver_on.data,  # type: ignore[arg-type] # required
        purpose=Purpose(form.purpose.data),
        payment_term=PaymentTerm(form.payment_term.data),
        deliver_to=DeliverTo(
            form.recipient.data or "", form.mobile.data or "", street[:12], form.detail.data or ""
        ),
        payer=form.payer.data or "",
        note=form.note.data or "",
    )
    actor = require_actor()
    try:
        if purchase is None:
            return commands.start_purchase(actor, unit_id, facts)
        commands.edit_purchase(actor, purchase.id, facts)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        if error.field == "region":
            wrong_place.append(error_text(error))
        else:
            attach_error(form, error)
        return None
    return purchase.id
