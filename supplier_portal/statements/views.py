"""Which households are to be paid, paying them with a voucher, and the supplier's statement."""

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_choice, errors_at, status_of
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_card, household_cards, is_linked
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from marketplace.reporting.asking import asked_period
from marketplace.reporting.rules import period_choices
from orders.ledger.queries import due_households, due_rows
from orders.ledger.words import ENTRY_WORDS
from orders.settlement import commands, queries
from orders.settlement.queries import DisbursementFacts
from orders.settlement.tables import disbursements_response, statement_response
from orders.settlement.words import DISBURSEMENT_WORDS
from orders.settlement.workflow import DisbursementState
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk
from supplier_portal.statements.forms import BounceForm, DisbursementForm

KIND_WORDS = ENTRY_WORDS


def _asked_state() -> DisbursementState | None:
    return asked_choice(DisbursementState)


def disbursements() -> str:
    supplier_id = current_supplier_id()
    due = due_households(supplier_id)
    state, looked = _asked_state(), asked_for()
    page = queries.disbursements(supplier_id, state, page_number(request.args.get("page")), looked)
    counts = queries.count_disbursements(supplier_id, looked)
    cards = household_cards({row.household_id for row in due} | {paid.household_id for paid in page.items})
    return render_desk(
        "supplier_portal/statements/disbursements.html",
        due=due,
        due_fen=sum(row.fen for row in due),
        page=page,
        looked=looked,
        state_shown=state.value if state else "",
        chips=[
            ("", "全部", sum(counts.values())),
            *((each.value, word, counts.get(each, 0)) for each, (word, _tone) in DISBURSEMENT_WORDS.items()),
        ],
        cards=cards,
        villages=_villages({card.village_code for card in cards.values()}),
        state_words=DISBURSEMENT_WORDS,
    )


def export_disbursements() -> FlaskResponse:
    """What the list of payments shows, whole."""
    return disbursements_response(
        queries.all_disbursements(current_supplier_id(), _asked_state(), asked_for())
    )


def _villages(codes: set[str]) -> dict[str, str]:
    return {code: place_name(name) for code, name in names_of(codes).items()}


def disburse(household_id: int) -> ResponseReturnValue:
    """The list that will be closed, and the voucher that proves it."""
    supplier_id = current_supplier_id()
    form = DisbursementForm()
    if form.validate_on_submit():
        with errors_at(form):
            paid = commands.record_disbursement(
                require_actor(),
                supplier_id,
                household_id,
                form.paid_on.data or clock.today(),
                form.voucher_number.data or "",
                form.voucher.data or None,
                _whole(form.expected.data),
            )
            flash("记下了。等农户或村里确认收到。", "success")
            return redirect(url_for("supplier.disbursement", disbursement_id=paid))
    rows = due_rows(supplier_id, household_id)
    if not rows and (request.method == "GET" or not is_linked(supplier_id, household_id)):
        raise NotFound
    total = sum(row.fen for row in rows)
    form.expected.data = str(total)
    if request.method == "GET":
        form.paid_on.data = clock.today()
    card = household_card(household_id)
    page = render_desk(
        "supplier_portal/statements/disburse.html",
        form=form,
        rows=rows,
        total=total,
        card=card,
        village=_villages({card.village_code}).get(card.village_code, ""),
    )
    return page, status_of(form)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def _own(disbursement_id: int) -> DisbursementFacts:
    paid = queries.get_disbursement(disbursement_id)
    if paid.supplier_id != current_supplier_id():
        raise NotFound
    return paid


def disbursement(disbursement_id: int) -> ResponseReturnValue:
    paid = _own(disbursement_id)
    form = BounceForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.record_bounce(require_actor(), disbursement_id, form.reason.data or "")
            flash("记下了：银行退回。这些收入重新列入待打款。", "success")
            return redirect(url_for("supplier.disbursements"))
    card = household_card(paid.household_id)
    page = render_desk(
        "supplier_portal/statements/disbursement.html",
        paid=paid,
        rows=queries.rows_of_disbursement(disbursement_id),
        card=card,
        village=_villages({card.village_code}).get(card.village_code, ""),
        form=form,
        state_words=DISBURSEMENT_WORDS,
        can_bounce=paid.state is DisbursementState.PAID,
    )
    return page, status_of(form)


def statement() -> str:
    supplier_id = current_supplier_id()
    period = asked_period()
    return render_desk(
        "supplier_portal/statements/statement.html",
        page=queries.statement_rows(
            supplier_id, period.start, period.end, page_number(request.args.get("page"))
        ),
        totals=queries.statement_totals(supplier_id, period.start, period.end),
        due_fen=sum(row.fen for row in due_households(supplier_id)),
        period=period,
        address=period.args(),
        choices=period_choices(clock.today()),
        kind_words=KIND_WORDS,
    )


def export_statement() -> FlaskResponse:
    """The statement of a period, every entry, as CSV."""
    period = asked_period()
    page = queries.statement_rows(current_supplier_id(), period.start, period.end, None)
    return statement_response(page.items, period.start, period.end)
