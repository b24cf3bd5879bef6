"""The household's own pages: what the shop brought it, in plain words, and one button to say that money arrived."""

from dataclasses import dataclass

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.exports import Fen, csv_response
from marketplace.kernel.media import Media, send_document
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_cards
from marketplace.parties.queries import supplier_names
from marketplace.regions.queries import get_region
from marketplace.regions.rules import is_within
from orders.ledger.queries import household_totals
from orders.ledger.rules import IncomeState
from orders.settlement import commands, queries
from orders.settlement.queries import DisbursementFacts, IncomeRow
from orders.settlement.workflow import DisbursementState


@dataclass(frozen=True, slots=True)
class Step:
    """How far one sale's money is, in words a household uses. ``tone`` colours it, the word says it."""

    word: str
    tone: str
    fen: int


def step_of(row: IncomeRow) -> Step:
    """Where the money of one sale is now; what was sold and given back shows as such, never as a debt."""
    kept = row.reversed_after_payout_fen
    if row.acknowledged_fen:
        return Step("已收到", "done", row.acknowledged_fen + kept)
    if row.disbursed_fen:
        return Step("已打款", "info", row.disbursed_fen + kept)
    if row.confirmed_fen:
        return Step("等合作社打款", "warn", row.confirmed_fen)
    if row.accrued_fen:
        return Step("买家还能退货", "", row.accrued_fen)
    if kept:
        return Step("已打款", "done", kept)
    return Step("买家退了", "", 0)


def home() -> str:
    actor = require_actor()
    mine = actor.household_ids
    if not mine:
        raise NotFound
    totals = household_totals(mine).values()
    sums = {state: sum(states.get(state, 0) for states in totals) for state in IncomeState}
    waiting = queries.disbursements_of_households(mine, DisbursementState.PAID)
    past = queries.disbursements_of_households(mine, limit=20)
    page = queries.household_income_rows(mine, page_number(request.args.get("page")))
    return render_template(
        "orders/settlement/household.html",
        cards=list(household_cards(mine).values()),
        # what was refunded to a buyer after payout stays the household's: it is money it has
        arrived_fen=sums[IncomeState.DISBURSED]
        + sums[IncomeState.ACKNOWLEDGED]
        + sums[IncomeState.REVERSED_AFTER_PAYOUT],
        coming_fen=sums[IncomeState.CONFIRMED],
        open_fen=sums[IncomeState.ACCRUED],
        waiting=waiting,
        past=[paid for paid in past if paid.state is not DisbursementState.PAID],
        names=supplier_names({paid.supplier_id for paid in (*waiting, *past)}),
        rows=[(row, step_of(row)) for row in page.items],
        page=page,
    )


def statement() -> FlaskResponse:
    """Every sale that brought one's household something, as a table to keep."""
    mine = require_actor().household_ids
    if not mine:
        raise NotFound
    return csv_response(
        f"我的收入-{clock.today():%Y%m%d}",
        ("日期", "订单", "货", "件数", "走到哪一步", "金额（元）"),
        [
            [
                f"{row.sold_at.astimezone(clock.BUSINESS_ZONE):%Y-%m-%d}",
                row.order_number,
                row.title,
                row.units,
                step.word,
                Fen(step.fen),
            ]
            for row in queries.all_household_income_rows(mine)
            for step in (step_of(row),)
        ],
    )


def acknowledge(disbursement_id: int) -> Response:
    commands.acknowledge(require_actor(), disbursement_id)
    flash("记下了：这笔钱您已经收到。", "success")
    return redirect(url_for("household.home"))


def _may_see(actor: Actor, paid: DisbursementFacts) -> bool:
    """The two parties, finance and the auditors, and officials in whose region the household lives."""
    if paid.household_id in actor.household_ids or actor.acts_for_supplier(paid.supplier_id):
        return True
    if actor.has_role(Role.FINANCE, Role.AUDITOR):
        return True
    regions = [get_region(code) for code in actor.official_regions]
    return any(is_within(paid.village_code, region.code, region.level) for region in regions)


def voucher(disbursement_id: int) -> FlaskResponse:
    """The bank's voucher of a disbursement; NotFound for whom it does not concern."""
    paid = queries.get_disbursement(disbursement_id)
    media = db.session.get(Media, paid.voucher_id)
    if media is None or not _may_see(require_actor(), paid):
        raise NotFound
    return send_document(media)
