"""批量编辑: all packings of a supplier in one table, changed on the page or as a workbook."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask import Response, flash, redirect, request
from flask.typing import ResponseReturnValue

from catalog.products import imports, pricing
from catalog.products.own_queries import SKUS_PER_PAGE, OwnSku, own_skus_by_id, own_skus_page
from catalog.products.packings import PackingsRefused, SkuEdit, check_packings, save_packings
from catalog.products.parameters import PLATFORM_FEE_BP
from catalog.products.workflow import ListingState
from marketplace.accounts.web import require_actor
from marketplace.importing.views import Table, hand_in
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import asked_text, attach_error
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import template_response, xlsx_response
from supplier_portal.guards import current_supplier_id
from supplier_portal.listings.forms import SkuRowForm, SkuTableForm
from supplier_portal.nav import render_desk

_SENT = re.compile(r"s([0-9]{1,9})-seen")
HINTS = (
    "带编号的行改那个规格；编号空着，按商品名和规格名认，认得出的是修改，认不出的是新规格。",
    "商品名是新的，就新建一个草稿：写明它是哪个产品。图片和介绍请到商品页补上，再上架。",
    "空着的格子不改原来的内容；允许偏差、限购、预售写“无”就是取消。",
    "库存和底价只给您看，改了也不算；整张表要么全部写入，要么一行也不写。",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A packing with the fields of its row; ``floor_fen`` None while no terms are in force."""

    sku: OwnSku
    form: SkuRowForm
    floor_fen: int | None


def _rows(skus: Sequence[OwnSku], *, sent: bool) -> list[Row]:
    limits = pricing.bounds(
        {sku.goods.product_id for sku in skus}, [sku.sku_id for sku in skus], PLATFORM_FEE_BP.get()
    )
    return [
        Row(sku, SkuRowForm.of(sku, sent=sent), limits.floor(sku.goods.product_id, sku.sku_id))
        for sku in skus
    ]


def table() -> ResponseReturnValue:
    """GET: a page of packings. POST: the rows sent, all of them saved or none."""
    if request.method == "POST":
        return _save()
    text = asked_text()
    state = next((each for each in ListingState if each.value == request.args.get("state")), None)
    page = own_skus_page(current_supplier_id(), page_number(request.args.get("page")), text, state)
    return render_desk(
        "supplier_portal/listings/table.html",
        form=SkuTableForm(),
        rows=_rows(page.items, sent=False),
        page=page,
        wrong=0,
    )


def _save() -> ResponseReturnValue:
    form = SkuTableForm()
    ids = sorted({int(found[1]) for name in request.form if (found := _SENT.fullmatch(name))})
    if not ids:
        return redirect(request.full_path.rstrip("?"), 303)
    if len(ids) > SKUS_PER_PAGE:
        raise NotFound
    rows = _rows(own_skus_by_id(current_supplier_id(), ids), sent=True)
    fit = [row for row in rows if row.form.validate()]
    edits = [_edit(row) for row in fit]
    if not form.validate() or len(fit) < len(rows):
        # what could be read is judged all the same, so that all that is wrong is shown at once
        _attach(fit, check_packings(require_actor(), edits))
    else:
        try:
            saved = save_packings(require_actor(), edits)
        except PackingsRefused as refused:
            _attach(fit, refused.errors)
        else:
            changed = sum(each.is_changed for each in saved)
            flash(f"改好了 {changed} 个规格。" if changed else "和存着的一样，什么也没有改。", "success")
            return redirect(request.full_path.rstrip("?"), 303)
    page = render_desk(
        "supplier_portal/listings/table.html",
        form=form,
        rows=rows,
        page=None,
        wrong=sum(bool(row.form.errors) for row in rows),
    )
    return page, 422


def _attach(rows: Sequence[Row], errors: Iterable[tuple[int, DomainError]]) -> None:
    for place, error in errors:
        attach_error(rows[place].form, error)
        if error.code == "listing.changed_meanwhile":  # whoever saves again has read it
            rows[place].form.seen.data = rows[place].sku.facts.fingerprint


def _edit(row: Row) -> SkuEdit:
    """What a row's fields make of its packing; what has no field stays."""
    form, facts = row.form, row.sku.facts
    selling = replace(facts.selling, limit_units=form.limit_units.data, limit_days=form.limit_days.data or 0)
    facts = replace(
        facts,
        name=str(form.name.data),
        grams=int(form.grams.data),
        price_fen=int(form.price_fen.data),
        is_active=bool(form.is_active.data),
        selling=selling,
    )
    return SkuEdit(row.sku.goods.listing_id, row.sku.sku_id, facts, str(form.seen.data or ""))


def export() -> Response:
    """All packings as the table that can be handed in again."""
    header, rows = imports.table_of(current_supplier_id())
    return xlsx_response(f"商品规格 {clock.today().isoformat()}", header, rows)


def template() -> Response:
    return template_response("商品规格导入模板", imports.COLUMNS)


def hand_in_table() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    return hand_in(
        Table(
            f"packings-{supplier_id}",  # who works for two suppliers hands in for one of them
            "商品规格",
            "批量编辑",
            "个规格",
            "supplier.listing_table",
            partial(imports.plan_packings, supplier_id),
            partial(imports.import_packings, supplier_id),
            lambda: imports.COLUMNS,
            HINTS,
            render_desk,
        )
    )
