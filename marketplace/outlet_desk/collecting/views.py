"""收货: what may be taken in, weighing and agreeing, the receipt, and what was taken in so far."""

from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.stock.lots import get_lot
from catalog.stock.receiving import receive_lot
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import attach_error, choices_of
from marketplace.kernel.paging import page_number
from marketplace.kernel.settings import Settings
from marketplace.outlet_desk.collecting import queries
from marketplace.outlet_desk.collecting.forms import CollectForm
from marketplace.outlet_desk.guards import current_outlet, current_outlet_id
from marketplace.outlet_desk.nav import render_desk
from marketplace.parties.household_queries import household_cards
from marketplace.presentation import qr_code
from marketplace.regions.queries import full_name, names_of
from orders.bulk.rules import amount_in_words


def lots() -> ResponseReturnValue:
    outlet_id = current_outlet_id()
    today = clock.today()
    return render_desk(
        "outlet_desk/lots.html",
        page=queries.collected_page(outlet_id, page_number(request.args.get("page"))),
        today=queries.collected_between(outlet_id, today, today),
        month=queries.collected_between(outlet_id, today.replace(day=1), today),
    )


def choose() -> ResponseReturnValue:
    return render_desk("outlet_desk/collect_choose.html", groups=queries.collectables(current_outlet_id()))


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What the figures typed so far come to; None where they say nothing yet."""

    grams: int | None
    fen: int | None
    whole_units: int | None


def _reckon(form: CollectForm, sku_grams: int) -> Reckoned:
    grams = fen = None
    try:
        grams = form.grams()
        fen = form.agreed_fen()
    except InvalidInput:
        pass  # half a form
    return Reckoned(grams, fen, grams // sku_grams if grams and sku_grams else None)


def collect(sku_id: int) -> ResponseReturnValue:
    outlet = current_outlet()
    what = queries.collectable(outlet.id, sku_id)
    form = CollectForm(data={"received_on": clock.today(), "place": outlet.name})
    cards = household_cards({member.household_id for member in what.terms.members})
    villages = names_of(card.village_code for card in cards.values())
    form.household_id.choices = choices_of(
        (card.id, f"{villages.get(card.village_code, '')} {card.head} {card.code}")
        for card in sorted(cards.values(), key=lambda card: (card.village_code, card.code))
    )
    status = 200
    if form.is_submitted() and request.form.get("step") != "refresh":
        status = 422
        if form.validate():
            try:
                lot_id = receive_lot(
                    require_actor(), sku_id, int(form.household_id.data), form.delivery(), outlet_id=outlet.id
                )
            except NotFound:
                raise
            except DomainError as error:
                error.field = "weight" if error.field == "grams" else error.field
                attach_error(form, error)
                status = error.status
            else:
                flash("收下了，已经进了供应商的库存。", "success")
                return redirect(url_for("outlet.receipt", lot_id=lot_id), 303)
    page = render_desk("outlet_desk/collect.html", form=form, what=what, sum=_reckon(form, what.sku.grams))
    return page, status


def receipt(lot_id: int) -> ResponseReturnValue:
    """Paper for the household: its code, never a name."""
    outlet = current_outlet()
    queries.collected_lot(outlet.id, lot_id)
    lot = get_lot(lot_id)
    settings: Settings = current_app.extensions["settings"]
    link = url_for("trace.show", code=lot.trace_code) if lot.trace_code else ""
    return render_template(
        "outlet_desk/receipt.html",
        outlet=outlet,
        lot=lot,
        village=full_name(lot.village_code).replace("陕西省西安市", ""),
        words=amount_in_words(lot.total_fen),
        code=qr_code(settings.public_url.rstrip("/") + link if link else lot.number),
    )
