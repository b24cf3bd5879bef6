"""Work sheets of a supplier: who worked how long, and what the villages say to it."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.linkage import sheet_queries, sheets
from certification.linkage.models import LinkageAgreement, WorkSheet
from certification.linkage.queries import agreements_of, get_agreement, terms_of
from certification.linkage.rules import LinkageMode
from certification.linkage.sheet_rules import hours_text
from certification.linkage.words import SHEET_WORDS
from certification.linkage.workflow import AgreementState, SheetState
from certification.products.queries import get_product
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import attach_error, errors_flashed, typed_id
from marketplace.kernel.images import read_limited
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import MAX_BYTES, CellError, xlsx_response
from marketplace.parties.household_queries import HouseholdCard, household_cards
from marketplace.regions.queries import names_of
from supplier_portal.certification.agreement_views import own
from supplier_portal.certification.forms import upload_of
from supplier_portal.certification.sheet_forms import COLUMNS, SheetForm, SheetRefused
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk


def index() -> ResponseReturnValue:
    supplier_id = current_supplier_id()
    agreement_id = typed_id(request.args.get("agreement")) or None
    state = next((each for each in SheetState if each.value == request.args.get("state")), None)
    page = sheet_queries.sheets_of_supplier(
        supplier_id, page_number(request.args.get("page")), agreement_id, state
    )
    active = [row for row in agreements_of(supplier_id) if row.state is AgreementState.ACTIVE]
    terms = terms_of([row.id for row in active])
    return render_desk(
        "supplier_portal/certification/sheets.html",
        page=page,
        shown=state.value if state else "",
        words=SHEET_WORDS,
        hours=hours_text,
        paying=[row for row in active if terms[row.id].term(LinkageMode.LABOUR)],
    )


def new(agreement_id: int) -> ResponseReturnValue:
    agreement = own(agreement_id)
    if terms_of([agreement_id])[agreement_id].term(LinkageMode.LABOUR) is None:
        raise NotFound
    form = SheetForm(data={"until_on": clock.today()})
    cards = _members(agreement_id)

    def save(data: bytes | None) -> int:
        facts = form.facts(request.form, _codes(cards), data)
        return sheets.open_sheet(require_actor(), agreement_id, facts)

    return _handled(form, agreement, cards, {}, save, None)


def edit(sheet_id: int) -> ResponseReturnValue:
    sheet, agreement = _own_sheet(sheet_id)
    if sheet.state not in sheets.EDITABLE:
        flash("工时表已经交给村里，现在不能改。", "danger")
        return redirect(url_for("supplier.sheet", sheet_id=sheet_id))
    form = SheetForm(obj=sheet)
    cards = _members(agreement.id)
    typed = {
        row.household_id: (hours_text(row.minutes), row.note) for row in sheet_queries.rows_of_sheet(sheet_id)
    }

    def save(data: bytes | None) -> int:
        sheets.change_sheet(require_actor(), sheet_id, form.facts(request.form, _codes(cards), data))
        return sheet_id

    return _handled(form, agreement, cards, typed, save, sheet)


def _handled(
    form: SheetForm,
    agreement: LinkageAgreement,
    cards: dict[int, HouseholdCard],
    typed: dict[int, tuple[str, str]],
    save: Callable[[bytes | None], int],
    sheet: WorkSheet | None,
) -> ResponseReturnValue:
    errors: list[CellError] = []
    if form.validate_on_submit():
        try:
            sent = upload_of(form.file)
            sheet_id = save(read_limited(sent.stream, MAX_BYTES) if sent else None)
        except SheetRefused as error:
            attach_error(form, error)
            errors = list(error.errors)
        except DomainError as error:
            if error.status == NotFound.status:
                raise
            attach_error(form, error)
        else:
            flash("存好了。核对没错，就交给村里确认。", "success")
            return redirect(url_for("supplier.sheet", sheet_id=sheet_id))
    if form.is_submitted():
        typed = {
            each: (request.form.get(f"hours_{each}", ""), request.form.get(f"note_{each}", ""))
            for each in cards
        }
    page = render_desk(
        "supplier_portal/certification/sheet_form.html",
        form=form,
        agreement=agreement,
        product=get_product(agreement.product_id),
        sheet=sheet,
        cards=list(cards.values()),
        villages=names_of({card.village_code for card in cards.values()}),
        typed=typed,
        cell_errors=errors,
    )
    return page, 422 if form.is_submitted() else 200


def show(sheet_id: int) -> ResponseReturnValue:
    sheet, agreement = _own_sheet(sheet_id)
    rows = sheet_queries.rows_of_sheet(sheet_id)
    cards = household_cards({row.household_id for row in rows})
    return render_desk(
        "supplier_portal/certification/sheet.html",
        sheet=sheet,
        agreement=agreement,
        product=get_product(agreement.product_id),
        rows=rows,
        cards=cards,
        villages=names_of({row.village_code for row in rows}),
        words=SHEET_WORDS,
        hours=hours_text,
        total=sum(row.minutes for row in rows),
        unit_fen=terms_of([agreement.id])[agreement.id].unit_fen,
        in_use=agreement.work_sheet_id == sheet.id,
        editable=sheet.state in sheets.EDITABLE,
    )


def submit(sheet_id: int) -> ResponseReturnValue:
    _own_sheet(sheet_id)
    with errors_flashed():
        sheets.submit_sheet(require_actor(), sheet_id)
        flash("交给村里了，村干部会逐户确认。", "success")
    return redirect(url_for("supplier.sheet", sheet_id=sheet_id))


def template(agreement_id: int) -> Response:
    """A workbook with a row per household, hours left empty."""
    own(agreement_id)
    cards = _members(agreement_id)
    header = [column.label + ("*" if column.required else "") for column in COLUMNS]
    return xlsx_response("工时表", header, [[card.code, "", ""] for card in cards.values()])


def _own_sheet(sheet_id: int) -> tuple[WorkSheet, LinkageAgreement]:
    sheet = sheets.own_sheet(require_actor(), sheet_id)
    agreement = get_agreement(sheet.agreement_id)
    if agreement.supplier_id != current_supplier_id():
        raise NotFound
    return sheet, agreement


def _members(agreement_id: int) -> dict[int, HouseholdCard]:
    found = household_cards(member.household_id for member in terms_of([agreement_id])[agreement_id].members)
    return dict(sorted(found.items(), key=lambda each: (each[1].village_code, each[1].code)))


def _codes(cards: dict[int, Any]) -> dict[int, str]:
    return {household_id: card.code for household_id, card in cards.items()}
