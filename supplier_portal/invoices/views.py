"""The supplier issues invoices, sets the rates of its products and takes the list to its accountant."""

from datetime import date

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from certification.products.queries import get_product, products_of
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.exports import Fen
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import xlsx_response
from marketplace.reporting.rules import Period, period_choices, read_period
from orders.invoices import commands, queries
from orders.invoices.queries import InvoiceFacts
from orders.invoices.rules import GENERAL_RATE, RATES, InvoiceNeed, Item, undone
from orders.invoices.words import COLORS, KINDS, NEEDS
from supplier_portal.guards import current_supplier_id
from supplier_portal.invoices.forms import PaperForm, RateForm
from supplier_portal.nav import render_desk

HEADER = (
    *("开票日期", "发票号码", "颜色", "订单号", "购买方", "购买方税号"),
    *("项目", "税率", "依据", "不含税金额", "税额", "价税合计"),
)


def index() -> str:
    supplier_id = current_supplier_id()
    need = asked_choice(InvoiceNeed, absent=InvoiceNeed.BLUE)
    counts = queries.count_invoices(supplier_id)
    period = _period()
    return render_desk(
        "supplier_portal/invoices/index.html",
        counts={"supplier.invoices": counts.get(InvoiceNeed.BLUE, 0) + counts.get(InvoiceNeed.RED, 0)},
        page=queries.supplier_invoices(supplier_id, need, page_number(request.args.get("page"))),
        current=need.value if need else "all",
        chips=[
            *((each.value, word, counts.get(each, 0)) for each, (word, _tone) in NEEDS.items()),
            ("all", "全部", sum(counts.values())),
        ],
        needs=NEEDS,
        kinds=KINDS,
        period=period,
        periods=[(each.key, each.label) for each in period_choices(clock.today())],
    )


def _period() -> Period:
    asked = request.args
    return read_period(asked.get("period", ""), asked.get("start", ""), asked.get("end", ""), clock.today())


def invoice(request_id: int) -> ResponseReturnValue:
    """GET: what the paper says; POST: the paper that was issued."""
    actor = require_actor()
    found = queries.supplier_invoice(actor, request_id)
    form = PaperForm()
    if not form.is_submitted():
        form.issued_on.data = clock.today()
    if form.validate_on_submit():
        number, issued_on = str(form.number.data), form.issued_on.data or clock.today()
        with errors_at(form):
            if not form.document.data:
                raise InvalidInput("invoices.document", field="document")
            if form.seen.data != _seen(found):
                raise Conflict("invoices.seen_other")
            if found.need is InvoiceNeed.BLUE:
                commands.issue(actor, request_id, number, issued_on, form.document.data)
            else:
                whole = form.how.data == "whole"
                commands.redden(actor, request_id, number, issued_on, form.document.data, whole=whole)
            flash("记下了，买家马上看得到。", "success")
            return redirect(url_for("supplier.invoice", request_id=request_id), 303)
    return _page(found, form)


def _items(found: InvoiceFacts, draft: queries.Draft) -> list[Item]:
    """What the next paper would say."""
    if found.need is InvoiceNeed.BLUE:
        return draft.items
    return undone(commands.on_paper(found), draft.items)


def _seen(found: InvoiceFacts) -> str:
    """The need and the sum: a paper made for another one is not taken."""
    return f"{found.need.value}:{sum(item.fen for item in _items(found, queries.draft_of(found.order_id)))}"


def _page(found: InvoiceFacts, form: PaperForm) -> ResponseReturnValue:
    draft = queries.draft_of(found.order_id)
    form.seen.data = _seen(found)
    page = render_desk(
        "supplier_portal/invoices/invoice.html",
        invoice=found,
        form=form,
        draft=draft,
        items=_items(found, draft),
        may_remove=commands.may_remove(found),
        needs=NEEDS,
        kinds=KINDS,
        colors=COLORS,
        rates=RATES,
    )
    return page, status_of(form)


def paper(request_id: int, paper_id: int) -> Response:
    found = queries.supplier_invoice(require_actor(), request_id)
    return send_document(queries.paper_media(found.id, paper_id))


def paper_remove(request_id: int, paper_id: int) -> Response:
    commands.remove_paper(require_actor(), request_id, paper_id)
    flash("拿掉了，请重新传。", "success")
    return redirect(url_for("supplier.invoice", request_id=request_id), 303)


def rates() -> str:
    products = products_of(current_supplier_id())
    terms = queries.tax_terms(current_supplier_id(), [product.id for product in products])
    return render_desk("supplier_portal/invoices/rates.html", products=products, terms=terms, rates=RATES)


def rate(product_id: int) -> ResponseReturnValue:
    """GET and POST: the rate of one product."""
    supplier_id = current_supplier_id()
    product = get_product(product_id)
    if product.supplier_id != supplier_id:
        raise NotFound
    form = RateForm()
    if not form.is_submitted():
        known = queries.tax_terms(supplier_id, [product_id]).get(product_id)
        form.rate_bp.data = known.rate_bp if known else GENERAL_RATE
        form.basis.data = known.basis if known else ""
    if form.validate_on_submit():
        with errors_at(form):
            commands.set_tax_rate(require_actor(), supplier_id, product_id, form.terms())
            flash("税率存好了，以后开的票照这个。", "success")
            return redirect(url_for("supplier.tax_rates"), 303)
    page = render_desk("supplier_portal/invoices/rate.html", product=product, form=form)
    return page, status_of(form)


def export() -> FlaskResponse:
    """The accountant's list of a period: one row for every row of every paper."""
    period = _period()
    first, last = period.start, period.end
    rows = (
        [
            f"{row.issued_on:%Y-%m-%d}",
            row.number,
            COLORS[row.color],
            row.order_number,
            row.title,
            row.tax_number or "",
            row.item.name,
            RATES[row.item.rate_bp],
            row.item.basis,
            Fen(row.item.fen - row.item.tax_fen),
            Fen(row.item.tax_fen),
            Fen(row.item.fen),
        ]
        for row in queries.book_rows(current_supplier_id(), first, last)
    )
    return xlsx_response(f"发票-{_day(first)}-{_day(last)}", HEADER, rows)


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"
