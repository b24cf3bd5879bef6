"""Payments to households of the official's own villages: the voucher, and the word that the money arrived."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.kernel.paging import page_number
from marketplace.parties.household_queries import household_cards
from marketplace.parties.queries import find_supplier, supplier_names
from marketplace.regions.queries import names_of, rows_of
from marketplace.regions.rules import RegionLevel, place_name
from marketplace.review_desk.nav import render_desk
from orders.settlement import commands, queries
from orders.settlement.queries import DisbursementFacts
from orders.settlement.rules import may_acknowledge
from orders.settlement.workflow import DisbursementState

STATE_WORDS = {
    DisbursementState.PAID: ("等确认", "warn"),
    DisbursementState.BOUNCED: ("银行退回", "danger"),
    DisbursementState.ACKNOWLEDGED: ("已收到", "done"),
}


def _villages(actor: Actor) -> list[str]:
    regions = rows_of(actor.official_regions).values()
    return [region.code for region in regions if region.level is RegionLevel.VILLAGE]


def acknowledgements() -> str:
    """Work list; an official of a town or county has no village of their own and sees none."""
    actor = require_actor()
    villages = _villages(actor)
    asked = request.args.get("state", DisbursementState.PAID.value)
    state = next((each for each in DisbursementState if each.value == asked), None)
    page = queries.disbursements_of_villages(villages, page_number(request.args.get("page")), state)
    supplier_ids = {paid.supplier_id for paid in page.items}
    paying = {supplier_id: _parties(supplier_id) for supplier_id in supplier_ids}
    return render_desk(
        "review_desk/acknowledgements.html",
        page=page,
        state_shown=state.value if state else "",
        has_village=bool(villages),
        cards=household_cards({paid.household_id for paid in page.items}),
        suppliers=supplier_names(supplier_ids),
        villages={code: place_name(name) for code, name in names_of(villages).items()},
        may={paid.id for paid in page.items if _may(actor, paid, paying[paid.supplier_id])},
        state_words=STATE_WORDS,
    )


def _parties(supplier_id: int) -> set[int]:
    found = find_supplier(supplier_id)
    sponsor = {found.sponsor_id} if found is not None and found.sponsor_id else set()
    return {supplier_id, *sponsor}


def _may(actor: Actor, paid: DisbursementFacts, paying: set[int]) -> bool:
    return paid.state is DisbursementState.PAID and may_acknowledge(
        household_id=paid.household_id,
        village_code=paid.village_code,
        paying_supplier_ids=paying,
        actor_household_ids=actor.household_ids,
        actor_regions=actor.official_regions,
        actor_supplier_ids=actor.supplier_ids,
    )


def acknowledge(disbursement_id: int) -> Response:
    commands.acknowledge(require_actor(), disbursement_id)
    flash("记下了：农户已经收到这笔钱。", "success")
    return redirect(url_for("review.acknowledgements"))
