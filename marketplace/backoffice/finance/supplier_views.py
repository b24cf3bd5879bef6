"""What stands behind a supplier's sums: its statement entry by entry, and what it owes households share by share."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of, page_number
from marketplace.parties.household_queries import household_codes
from marketplace.parties.queries import get_supplier
from marketplace.regions.queries import full_names_of
from marketplace.reporting.asking import asked_period
from marketplace.reporting.rules import period_choices
from orders.ledger.queries import due_households, due_rows
from orders.ledger.words import ENTRY_WORDS
from orders.settlement.queries import statement_rows, statement_totals
from orders.settlement.tables import due_response, statement_response


def statement(supplier_id: int) -> ResponseReturnValue:
    """The same rows and sums as the supplier reads."""
    supplier, period = get_supplier(supplier_id), asked_period()
    page = page_number(request.args.get("page"))
    return render_desk(
        "backoffice/finance/statement.html",
        supplier=supplier,
        page=statement_rows(supplier_id, period.start, period.end, page),
        totals=statement_totals(supplier_id, period.start, period.end),
        due_fen=sum(row.fen for row in due_households(supplier_id)),
        period=period,
        choices=period_choices(clock.today()),
        kind_words=ENTRY_WORDS,
    )


def export_statement(supplier_id: int) -> Response:
    get_supplier(supplier_id)
    period = asked_period()
    rows = statement_rows(supplier_id, period.start, period.end, None).items
    return statement_response(rows, period.start, period.end)


def due(supplier_id: int) -> ResponseReturnValue:
    """Households by the number they have in the register."""
    supplier, page = get_supplier(supplier_id), page_number(request.args.get("page"))
    owed = due_households(supplier_id)
    rows = due_rows(supplier_id, limit=PAGE_SIZE, offset=offset_of(page))
    return render_desk(
        "backoffice/finance/due.html",
        supplier=supplier,
        households=len(owed),
        due_fen=sum(each.fen for each in owed),
        page=Page(rows, page, sum(each.rows for each in owed)),
        codes=household_codes({row.household_id for row in rows}),
        villages=full_names_of({row.village_code for row in rows}),
    )


def export_due(supplier_id: int) -> Response:
    return due_response(get_supplier(supplier_id).name, due_rows(supplier_id))
