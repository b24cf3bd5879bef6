"""Units to admit, and those admitted."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.registers.shared import history
from marketplace.backoffice.suppliers.forms import ReasonForm
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_text, errors_at, status_of
from marketplace.kernel.media import send_document
from marketplace.kernel.paging import page_number
from marketplace.pairing.queries import arrangements_of_unit
from marketplace.parties import unit_queries
from marketplace.parties.rules import UnitKind
from marketplace.parties.unit_commands import decide_unit
from marketplace.parties.unit_queries import UnitRow
from marketplace.parties.workflow import UNIT, UnitState
from marketplace.regions.picker import CITY_CODE
from marketplace.regions.queries import children_of, full_name, full_names_of

STATES = {
    UnitState.SUBMITTED: ("待核实", "warn"),
    UnitState.RETURNED: ("已退回", "info"),
    UnitState.ADMITTED: ("已入驻", "done"),
    UnitState.SUSPENDED: ("已暂停", "danger"),
}
DONE = {
    "admit": "已经通过，单位可以采购了。",
    "return": "已经退回，对方会看到原因。",
    "suspend": "已经暂停，不能再下新单。",
    "reinstate": "已经恢复。",
}


def index() -> ResponseReturnValue:
    asked, kind = request.args.get("state", UnitState.SUBMITTED.value), request.args.get("kind", "")
    states = [state for state in STATES if asked in {state.value, "all"}]
    counties = [(row.code, row.name) for row in children_of(CITY_CODE)]
    county = request.args.get("county", "")
    page = unit_queries.units_page(
        page=page_number(request.args.get("page")),
        states=states or list(STATES),
        kind=UnitKind(kind) if kind in set(UnitKind) else None,
        text=asked_text(),
        region_code=county if county in {code for code, _ in counties} else "",
    )
    counts = unit_queries.count_units_by_state()
    return render_desk(
        "backoffice/units.html",
        page=page,
        words=STATES,
        asked=asked,
        chips=[(state.value, word, counts.get(state, 0)) for state, (word, _) in STATES.items()],
        kinds=[(each.value, each.label) for each in UnitKind],
        counties=counties,
        places=full_names_of({unit.region_code for unit in page.items}),
    )


def show(unit_id: int) -> ResponseReturnValue:
    return _page(unit_queries.get_unit(unit_id)), 200


def _page(unit: UnitRow, form: ReasonForm | None = None, action: str = "") -> str:
    members = unit_queries.members_of_unit(unit.id)
    year = clock.today().year
    arrangements = arrangements_of_unit(unit.id, clock.today())
    return render_desk(
        "backoffice/unit.html",
        unit=unit,
        word=STATES[unit.state],
        actions=UNIT.actions(unit.state),
        contact=unit_queries.unit_contact(unit.id),
        place=full_name(unit.region_code),
        members=members,
        people=display_names({each for each in (unit.registered_by, unit.decided_by) if each is not None}),
        plan=unit_queries.plan_of(unit.id, year),
        year=year,
        arrangements=arrangements,
        villages=full_names_of({row.village_code for row in arrangements}),
        history=history("unit", unit.id),
        is_own=unit_queries.is_unit_member(require_actor().user_id, unit.id),
        form=form or ReasonForm(formdata=None),
        tried=action,
    )


def paper(unit_id: int) -> ResponseReturnValue:
    return send_document(unit_queries.unit_paper(unit_id))


def admit(unit_id: int) -> ResponseReturnValue:
    decide_unit(require_actor(), unit_id, "admit")
    flash(DONE["admit"], "success")
    return redirect(url_for("backoffice.unit", unit_id=unit_id), 303)


def decide(unit_id: int, action: str) -> ResponseReturnValue:
    """Return, suspend or reinstate, with a reason."""
    if action not in DONE:
        raise NotFound
    unit = unit_queries.get_unit(unit_id)
    form = ReasonForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            decide_unit(require_actor(), unit_id, action, form.reason.data or "")
            flash(DONE[action], "success")
            return redirect(url_for("backoffice.unit", unit_id=unit_id), 303)
    return _page(unit, form, action), status_of(form)
