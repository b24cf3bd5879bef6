"""Goods coming in and being counted: lots of households, plain stock, corrections."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.stock import receiving
from catalog.stock.lots import LotRecord, get_lot, lots_of_supplier
from catalog.stock.queries import movements_of
from certification.linkage.rules import LotPayment
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import asked_choice, attach_error, choices_of, errors_at, status_of, typed_id
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.kernel.settings import Settings
from marketplace.parties.household_queries import household_cards
from marketplace.presentation import qr_code
from marketplace.regions.queries import full_name, names_of
from marketplace.regions.rules import place_name
from orders.bulk.rules import amount_in_words
from orders.ledger.rules import IncomeState
from orders.ledger.words import STATE_WORDS as INCOME_WORDS
from supplier_portal.guards import current_supplier_id
from supplier_portal.listings import commands, queries
from supplier_portal.listings.forms import AdjustForm, LotForm, SpoilForm, StockForm
from supplier_portal.nav import render_desk


def index() -> ResponseReturnValue:
    payment = asked_choice(LotPayment, "payment")
    return render_desk(
        "supplier_portal/listings/lots.html",
        page=lots_of_supplier(current_supplier_id(), page_number(request.args.get("page")), payment),
        payment=payment.value if payment else "",
    )


def _choices(form: LotForm) -> bool:
    """Fill both selects with what may be received now; whether there is anything."""
    skus = receiving.skus_of_suppliers([current_supplier_id()])
    terms = receiving.purchase_terms({sku.product_id for sku in skus})
    form.sku_id.choices = choices_of(
        (sku.sku_id, f"{sku.title} · {sku.name}") for sku in skus if sku.product_id in terms
    )
    cards = household_cards({member.household_id for each in terms.values() for member in each.members})
    villages = names_of({card.village_code for card in cards.values()})
    form.household_id.choices = choices_of(
        (card.id, f"{card.code} · {card.head} · {villages.get(card.village_code, '')}")
        for card in sorted(cards.values(), key=lambda card: card.code)
    )
    return bool(form.sku_id.choices and form.household_id.choices)


def new() -> ResponseReturnValue:
    form = LotForm(
        data={
            "received_on": clock.today(),
            "sku_id": typed_id(request.args.get("sku")) or None,
            "payment": LotPayment.CONSIGNED.value,
        }
    )
    possible = _choices(form)
    if form.validate_on_submit():
        with errors_at(form):
            lot_id = receiving.receive_lot(
                require_actor(),
                int(form.sku_id.data),
                int(form.household_id.data),
                form.delivery(),
                form.upload(),
            )
            flash("收货登记好了，已经入库。打印小票，两边签字各留一份。", "success")
            return redirect(url_for("supplier.lot", lot_id=lot_id))
    page = render_desk("supplier_portal/listings/lot.html", form=form, possible=possible)
    return page, status_of(form)


def show(lot_id: int) -> ResponseReturnValue:
    """Where the units of a lot went, and what they brought."""
    return _lot_page(_own(lot_id), SpoilForm(formdata=None))


def _lot_page(lot: LotRecord, form: SpoilForm) -> str:
    income = queries.lot_income(lot.id)
    return render_desk(
        "supplier_portal/listings/lot_show.html",
        lot=lot,
        village=place_name(full_name(lot.village_code)),
        movements=movements_of(lot.stock_row_id, 50),
        income=[(INCOME_WORDS[state], income[state]) for state in INCOME_WORDS if state in income],
        income_fen=sum(
            fen for state, fen in income.items() if state is not IncomeState.REVERSED_AFTER_PAYOUT
        ),
        form=form,
        trace_url=_trace_url(lot),
    )


def spoil(lot_id: int) -> ResponseReturnValue:
    """POST: write off units that can't be sold any more."""
    lot = _own(lot_id)
    form = SpoilForm()
    if form.validate_on_submit():
        try:
            commands.spoil_lot(require_actor(), lot_id, int(form.units.data), str(form.reason.data))
        except DomainError as error:
            if error.status == NotFound.status:
                raise
            error.field = error.field or "units"
            attach_error(form, error)
        else:
            flash("报损记好了，已经从库存里去掉。", "success")
            return redirect(url_for("supplier.lot", lot_id=lot_id))
    return _lot_page(_own(lot.id), form), 422


def receipt(lot_id: int) -> ResponseReturnValue:
    """Paper for both sides: the household is named by its code, the total in words, a code for the trace page."""
    lot = _own(lot_id)
    return render_template(
        "supplier_portal/listings/lot_receipt.html",
        lot=lot,
        village=full_name(lot.village_code).replace("陕西省西安市", ""),
        words=amount_in_words(lot.total_fen),
        code=qr_code(_trace_url(lot) or lot.number),
    )


def _own(lot_id: int) -> LotRecord:
    lot = get_lot(lot_id)
    if lot.supplier_id != current_supplier_id():
        raise NotFound
    return lot


def _trace_url(lot: LotRecord) -> str | None:
    if lot.trace_code is None:
        return None
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url.rstrip("/") + url_for("trace.show", code=lot.trace_code)


def voucher(lot_id: int) -> ResponseReturnValue:
    media_id = queries.get_voucher_id(lot_id, current_supplier_id())
    return send_document(db.session.get_one(Media, media_id))


def receive(sku_id: int) -> ResponseReturnValue:
    """Units that come from no lot."""
    sku = receiving.get_sku(sku_id)
    if sku.supplier_id != current_supplier_id():
        raise NotFound
    form = StockForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.receive_stock(require_actor(), sku_id, int(form.units.data), form.reason.data or "")
            flash("入库了。", "success")
            return redirect(url_for("supplier.listing", listing_id=sku.listing_id) + "#skus")
    page = render_desk("supplier_portal/listings/receive.html", form=form, sku=sku)
    return page, status_of(form)


def adjust(stock_row_id: int) -> ResponseReturnValue:
    """Say how many are really there; the difference is recorded with its reason."""
    line = queries.get_stock_line(stock_row_id)
    if line.supplier_id != current_supplier_id():
        raise NotFound
    form = AdjustForm(data={"counted": line.available})
    if form.validate_on_submit():
        try:
            commands.adjust_stock(
                require_actor(), stock_row_id, int(form.counted.data) - line.available, str(form.reason.data)
            )
        except DomainError as error:
            if error.field == "units":
                error.field = "counted"
            attach_error(form, error)
        else:
            flash("库存改好了。", "success")
            return redirect(
                url_for("supplier.lots")
                if line.lot_number
                else url_for("supplier.listing", listing_id=line.listing_id)
            )
    page = render_desk(
        "supplier_portal/listings/adjust.html", form=form, line=line, movements=movements_of(stock_row_id, 30)
    )
    return page, 422 if form.is_submitted() else 200
