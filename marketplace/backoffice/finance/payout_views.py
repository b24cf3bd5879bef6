"""Payouts to households: who still owes, what was paid, with the vouchers."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from marketplace.accounts.models import Role
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.kernel import clock
from marketplace.kernel.exports import Fen, csv_response
from marketplace.kernel.forms import asked_choice
from marketplace.kernel.looked_for import asked_for
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_cards
from marketplace.parties.queries import supplier_names
from marketplace.regions.queries import full_names_of
from orders.settlement import overdue, queries
from orders.settlement.tables import disbursements_response
from orders.settlement.words import DISBURSEMENT_WORDS
from orders.settlement.workflow import DisbursementState


def _asked_state() -> DisbursementState | None:
    return asked_choice(DisbursementState)


def disbursements() -> ResponseReturnValue:
    state, looked = _asked_state(), asked_for()
    page = queries.disbursements(None, state, page_number(request.args.get("page")), looked)
    counts = queries.count_disbursements(None, looked)
    owing = overdue.owing()
    return render_desk(
        "backoffice/finance/disbursements.html",
        counts={"finance.disbursements": sum(each.is_overdue for each in owing)},
        owing=owing,
        owing_fen=sum(each.fen for each in owing),
        page=page,
        looked=looked,
        state=state.value if state else "",
        chips=[
            ("", "全部", sum(counts.values())),
            *((each.value, word, counts.get(each, 0)) for each, (word, _tone) in DISBURSEMENT_WORDS.items()),
        ],
        states=DISBURSEMENT_WORDS,
        opens_vouchers=require_actor().has_role(Role.FINANCE, Role.AUDITOR),
        cards=household_cards({paid.household_id for paid in page.items}),
        suppliers=supplier_names({paid.supplier_id for paid in page.items}),
        villages=full_names_of({paid.village_code for paid in page.items}),
    )


def export() -> Response:
    """What the list of payments shows, whole."""
    return disbursements_response(queries.all_disbursements(None, _asked_state(), asked_for()))


def owing_table() -> Response:
    """Who owes households, as a table to call them by."""
    return csv_response(
        f"待打款-{clock.today():%Y%m%d}",
        ("供应商", "户数", "金额（元）", "最早确认", "最晚该打", "逾期"),
        [
            [
                each.supplier,
                each.households,
                Fen(each.fen),
                f"{each.since.astimezone(clock.BUSINESS_ZONE):%Y-%m-%d}",
                f"{each.due_at.astimezone(clock.BUSINESS_ZONE):%Y-%m-%d}",
                "是" if each.is_overdue else "",
            ]
            for each in overdue.owing()
        ],
    )
