"""Work sheets that ask a village who worked how long: answered household by household, mostly on a phone."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from certification.linkage import sheet_queries, sheets
from certification.linkage.models import WorkSheet
from certification.linkage.queries import get_agreement
from certification.linkage.sheet_rules import hours_text
from certification.linkage.words import SHEET_WORDS
from certification.linkage.workflow import SheetState
from certification.products.queries import get_product
from marketplace.accounts.web import require_actor
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from marketplace.kernel.forms import error_text
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_cards
from marketplace.parties.queries import get_supplier
from marketplace.regions.queries import names_of
from marketplace.review_desk.nav import render_desk


def index() -> str:
    """What the actor's villages are asked; a town or county has no households of its own and sees none."""
    villages = sheets.own_villages(require_actor())
    asked = request.args.get("state", SheetState.SUBMITTED.value)
    state = next((each for each in SheetState if each.value == asked), None)
    page = sheet_queries.sheets_of_villages(villages, page_number(request.args.get("page")), state)
    return render_desk(
        "review_desk/sheets.html",
        page=page,
        shown=state.value if state else "all",
        has_village=bool(villages),
        words=SHEET_WORDS,
        hours=hours_text,
    )


def show(sheet_id: int) -> ResponseReturnValue:
    return _page(sheet_id, "")


def _page(sheet_id: int, error: str, typed: str = "") -> str:
    actor = require_actor()
    villages = sheets.own_villages(actor)
    rows = sheet_queries.rows_of_sheet(sheet_id, villages)
    sheet = db.session.get(WorkSheet, sheet_id)
    if sheet is None or not rows or sheet.submitted_at is None:
        raise NotFound
    agreement = get_agreement(sheet.agreement_id)
    return render_desk(
        "review_desk/sheet.html",
        sheet=sheet,
        rows=rows,
        others=len(sheet_queries.rows_of_sheet(sheet_id)) - len(rows),
        cards=household_cards({row.household_id for row in rows}),
        villages=names_of({row.village_code for row in rows}),
        product=get_product(agreement.product_id),
        seller=get_supplier(agreement.supplier_id),
        words=SHEET_WORDS,
        hours=hours_text,
        open=sheet.state is SheetState.SUBMITTED and not actor.acts_for_supplier(agreement.supplier_id),
        is_own=actor.acts_for_supplier(agreement.supplier_id),
        left=sum(row.confirmed_at is None for row in rows),
        error=error,
        typed=typed,
    )


def confirm(sheet_id: int, household_id: int) -> ResponseReturnValue:
    try:
        sheets.confirm_hours(require_actor(), sheet_id, household_id)
    except (Conflict, Forbidden) as error:
        flash(error_text(error), "danger")
    else:
        closed = db.session.get_one(WorkSheet, sheet_id).state is SheetState.CLOSED
        flash("确认了。都确认完了，工钱从现在起按这张表分。" if closed else "确认了。", "success")
    return redirect(url_for("review.sheet", sheet_id=sheet_id))


def give_back(sheet_id: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "")[:500]
    try:
        sheets.return_sheet(require_actor(), sheet_id, reason)
    except InvalidInput as error:
        return _page(sheet_id, error_text(error), reason), 422
    except DomainError as error:
        if error.status == NotFound.status:
            raise
        flash(error_text(error), "danger")
    else:
        flash("退回给供应商了，改好会再交来。", "success")
    return redirect(url_for("review.sheet", sheet_id=sheet_id))
