"""The register of pairing: list, record, form, withdrawal."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.registers.forms import PairingForm, ReasonForm, pairing_form
from marketplace.backoffice.registers.shared import Scope, asked_county, history, scope_of
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.exports import csv_response
from marketplace.kernel.forms import asked_text, errors_at, status_of, typed_id
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import template_response, xlsx_response
from marketplace.pairing import commands
from marketplace.pairing.commands import ArrangementFacts, arrangement_for
from marketplace.pairing.imports import compact_code, table_of, template_columns
from marketplace.pairing.queries import (
    PairingFilter,
    RegisterRow,
    Standing,
    count_by_standing,
    register_page,
    register_rows,
)
from marketplace.pairing.rules import PairingKind
from marketplace.parties.household_queries import find_household_by_code, household_card, household_cards
from marketplace.parties.unit_queries import admitted_units, get_unit
from marketplace.regions.forms import only_next_level
from marketplace.regions.naming import load_places
from marketplace.regions.queries import full_name, full_names_of

STANDINGS = {
    Standing.IN_FORCE: ("进行中", "info"),
    Standing.COMING: ("还没开始", "warn"),
    Standing.OVER: ("已到期", "done"),
    Standing.WITHDRAWN: ("已撤下", "danger"),
}


def _unit_id() -> int | None:
    return typed_id(request.args.get("unit")) or None


def _filter(scope: Scope, *, standing: bool = True) -> PairingFilter:
    kind, asked = request.args.get("kind", ""), request.args.get("standing", "")
    return PairingFilter(
        regions=scope.regions,
        text=asked_text(),
        kind=PairingKind(kind) if kind in set(PairingKind) else None,
        county=asked_county(scope),
        standing=Standing(asked) if standing and asked in set(Standing) else None,
        unit_id=_unit_id(),
    )


def index() -> ResponseReturnValue:
    scope, today = scope_of(require_actor()), clock.today()
    page = register_page(_filter(scope), today, page_number(request.args.get("page")))
    counts = count_by_standing(_filter(scope, standing=False), today)
    return render_desk(
        "backoffice/registers/pairings.html",
        page=page,
        scope=scope,
        today=today,
        words=STANDINGS,
        chips=[("", "全部", sum(counts.values()))]
        + [(each.value, word, counts[each]) for each, (word, _) in STANDINGS.items()],
        asked=request.args.get("standing", ""),
        kinds=[(kind.value, kind.label) for kind in PairingKind],
        places=full_names_of({row.village_code for row in page.items}),
        households=household_cards(row.household_id for row in page.items if row.household_id),
        unit=page.items[0].unit_name if _unit_id() is not None and page.items else "",
    )


def template() -> Response:
    return template_response("结对登记模板", template_columns())


def export() -> Response:
    """The register under the filters of the page, as the table that can be imported again."""
    rows = register_rows(_filter(scope_of(require_actor())), clock.today())
    header, table = table_of(rows, load_places())
    name = f"结对登记 {clock.today().isoformat()}"
    write = csv_response if request.args.get("format") == "csv" else xlsx_response
    return write(name, header, table)


def _years(row: RegisterRow | None) -> list[int]:
    year = clock.today().year
    return sorted({year, year + 1, *(row.targets if row else {})})


def new() -> ResponseReturnValue:
    regions = scope_of(require_actor()).regions
    asked = _unit_id()
    unit = next((uscc for number, _, uscc in admitted_units() if number == asked), "") if asked else ""
    form = pairing_form(
        _years(None),
        data={
            "unit": unit,
            "village": regions[0].code if regions else None,
            "starts_on": clock.today().replace(month=1, day=1),
        },
    )
    return _edit(form, None)


def edit(arrangement_id: int) -> ResponseReturnValue:
    row = arrangement_for(require_actor(), arrangement_id)
    if row.withdrawn_at is not None:
        return redirect(url_for("registers.pairing", arrangement_id=arrangement_id), 303)
    form = pairing_form(
        _years(row),
        data={
            "unit": row.unit_uscc,
            "kind": row.kind.value,
            "village": row.village_code,
            "household": row.household_code,
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "note": row.note,
            **{f"target_{year}": fen for year, fen in row.targets.items()},
        },
    )
    return _edit(form, row)


def _facts(form: PairingForm, row: RegisterRow | None) -> ArrangementFacts:
    """What the form says, its names turned into ids; raises InvalidInput at the field."""
    household_id, code = None, compact_code(form.household.data)
    village = form.village.data or ""
    if code:
        household_id = find_household_by_code(code)
        if household_id is None:
            raise InvalidInput("pairing.household", field="household")
        village = village if _is_village(form) else household_card(household_id).village_code
    return ArrangementFacts(
        _named_unit(form.unit.data or "", row),
        village,
        PairingKind(str(form.kind.data)),
        form.starts_on.data or clock.today(),
        form.ends_on.data,
        household_id,
        form.targets(),
        form.note.data or "",
    )


def _is_village(form: PairingForm) -> bool:
    return bool(form.village.levels and form.village.levels[-1].code)


def _named_unit(text: str, row: RegisterRow | None) -> int:
    """A unit by its code or its exact name; raises InvalidInput where none or several are meant."""
    wanted = text.strip()
    if row is not None and wanted.upper() in {row.unit_uscc, row.unit_name.upper()}:
        return row.unit_id
    found = [number for number, name, uscc in admitted_units() if wanted.upper() == uscc or wanted == name]
    if len(found) != 1:
        raise InvalidInput("pairing.unit", field="unit")
    return found[0]


def _edit(form: PairingForm, row: RegisterRow | None) -> ResponseReturnValue:
    if not only_next_level(request.form, "village") and form.validate_on_submit():
        with errors_at(form, only_fields=True):
            actor = require_actor()
            saved = commands.save_arrangement(actor, _facts(form, row), row.id if row else None)
            flash("改好了，已经买的按新的内容重新计算。" if row else "登记好了。", "success")
            return redirect(url_for("registers.pairing", arrangement_id=saved), 303)
    page = render_desk("backoffice/registers/pairing_edit.html", form=form, row=row, units=admitted_units())
    return page, status_of(form)


def show(arrangement_id: int) -> ResponseReturnValue:
    return _page(arrangement_for(require_actor(), arrangement_id)), 200


def _page(row: RegisterRow, form: ReasonForm | None = None) -> str:
    return render_desk(
        "backoffice/registers/pairing.html",
        row=row,
        unit=get_unit(row.unit_id),
        word=STANDINGS[row.standing(clock.today())],
        place=full_name(row.village_code),
        household=household_card(row.household_id) if row.household_id else None,
        form=form or ReasonForm(formdata=None),
        history=history("pairing", row.id),
    )


def withdraw(arrangement_id: int) -> ResponseReturnValue:
    actor = require_actor()
    row = arrangement_for(actor, arrangement_id)
    form = ReasonForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            commands.withdraw_arrangement(actor, arrangement_id, form.reason.data or "")
            flash("已经撤下，不再计入任何数字；记录留着。", "success")
            return redirect(url_for("registers.pairing", arrangement_id=arrangement_id), 303)
    return _page(row, form), status_of(form)
