"""Which households are to be paid, paying them with a voucher, and the supplier's statement."""

from datetime import date

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.exports import Fen, csv_response
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_card, household_cards, is_linked
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name
from marketplace.reporting.rules import Period, period_choices, read_period
from orders.ledger.queries import due_households, due_rows
from orders.ledger.words import ENTRY_WORDS
from orders.settlement import commands, queries
from orders.settlement.queries import DisbursementFacts
from orders.settlement.workflow import DisbursementState
from supplier_portal.guards import current_supplier_id
from supplier_portal.nav import render_desk
from supplier_portal.statements.forms import BounceForm, DisbursementForm

STATE_WORDS = {
    DisbursementState.PAID: ("已打款，等农户确认", "info"),
    DisbursementState.BOUNCED: ("银行退回", "warn"),
    DisbursementState.ACKNOWLEDGED: ("农户已收到", "done"),
}
KIND_WORDS = ENTRY_WORDS


def disbursements() -> str:
    supplier_id = current_supplier_id()
    due = due_households(supplier_id)
    state = next((s for s in DisbursementState if s.value == request.args.get("state")), None)
    page = queries.disbursements_of_supplier(supplier_id, page_number(request.args.get("page")), state)
    cards = household_cards({row.household_id for row in due} | {paid.household_id for paid in page.items})
    return render_desk(
        "supplier_portal/statements/disbursements.html",
        due=due,
        due_fen=sum(row.fen for row in due),
        page=page,
        state_shown=state.value if state else "",
        cards=cards,
        villages=_villages({card.village_code for card in cards.values()}),
        state_words=STATE_WORDS,
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
        state_words=STATE_WORDS,
        can_bounce=paid.state is DisbursementState.PAID,
    )
    return page, status_of(form)


def _period() -> Period:
    return read_period(
        request.args.get("period", ""),
        request.args.get("from", ""),
        request.args.get("to", ""),
        clock.today(),
    )


def _address(period: Period) -> dict[str, str]:
    if period.key != "custom":
        return {"period": period.key}
    return {"period": "custom", "from": period.start.isoformat(), "to": period.end.isoformat()}


def statement() -> str:
    supplier_id = current_supplier_id()
    period = _period()
    return render_desk(
        "supplier_portal/statements/statement.html",
        page=queries.statement_rows(
            supplier_id, period.start, period.end, page_number(request.args.get("page"))
        ),
        totals=queries.statement_totals(supplier_id, period.start, period.end),
        due_fen=sum(row.fen for row in due_households(supplier_id)),
        period=period,
        address=_address(period),
        choices=period_choices(clock.today()),
        kind_words=KIND_WORDS,
    )


def export_statement() -> FlaskResponse:
    """The statement of a period, every entry, as CSV."""
    period = _period()
    page = queries.statement_rows(current_supplier_id(), period.start, period.end, None)
    header = [
        "时间",
        "什么事",
        "订单号",
        "商品款（元）",
        "平台服务费（元）",
        "运费（元）",
        "应付农户（元）",
        "已打给农户（元）",
        "拒付损失（元）",
        "归自己（元）",
    ]
    rows = [
        [
            row.at.astimezone(clock.BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M"),
            ENTRY_WORDS[row.kind],
            row.order_number or "",
            Fen(row.goods_fen),
            Fen(row.fee_fen),
            Fen(row.freight_fen),
            Fen(row.household_fen),
            Fen(row.disbursed_fen),
            Fen(row.loss_fen),
            Fen(row.own_fen),
        ]
        for row in page.items
    ]
    return csv_response(f"结算对账-{_file_day(period.start)}-{_file_day(period.end)}", header, rows)


def _file_day(day: date) -> str:
    return f"{day:%Y%m%d}"
