"""The register of outlets: list, record, form, closing and opening, and who works one."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.accounts.queries import display_names
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.registers.forms import OperatorForm, OutletForm, ReasonForm
from marketplace.backoffice.registers.shared import Scope, asked_county, history, scope_of
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.exports import csv_response
from marketplace.kernel.forms import asked_text, errors_at, status_of
from marketplace.kernel.paging import page_number
from marketplace.kernel.spreadsheets import template_response, xlsx_response
from marketplace.outlets import commands
from marketplace.outlets.commands import OutletFacts, outlet_for
from marketplace.outlets.imports import COLUMNS, table_of
from marketplace.outlets.queries import (
    OutletFilter,
    OutletRow,
    count_by_tier,
    operators_of,
    outlets_matching,
    outlets_page,
)
from marketplace.outlets.rules import OutletTier
from marketplace.regions.forms import only_next_level
from marketplace.regions.naming import load_places
from marketplace.regions.queries import full_name, full_names_of

OPEN = {"yes": True, "no": False}


def _filter(scope: Scope, *, tier: bool = True) -> OutletFilter:
    asked = request.args.get("tier", "")
    return OutletFilter(
        regions=scope.regions,
        text=asked_text(),
        tier=OutletTier(asked) if tier and asked in set(OutletTier) else None,
        is_open=OPEN.get(request.args.get("open", "")),
        county=asked_county(scope),
    )


def index() -> ResponseReturnValue:
    scope = scope_of(require_actor())
    page = outlets_page(_filter(scope), page_number(request.args.get("page")))
    counts = count_by_tier(_filter(scope, tier=False))
    operators = operators_of([row.id for row in page.items])
    return render_desk(
        "backoffice/registers/outlets.html",
        page=page,
        scope=scope,
        chips=[("", "全部", sum(counts.values()))]
        + [(tier.value, tier.label, counts.get(tier, 0)) for tier in OutletTier],
        asked=request.args.get("tier", ""),
        places=full_names_of([row.region_code for row in page.items]),
        operators=operators,
        names=display_names({each.user_id for found in operators.values() for each in found}),
    )


def template() -> Response:
    return template_response("网点登记模板", COLUMNS)


def export() -> Response:
    """The register under the filters of the page, as the table that can be imported again."""
    header, rows = table_of(outlets_matching(_filter(scope_of(require_actor()))), load_places())
    name = f"网点登记 {clock.today().isoformat()}"
    write = csv_response if request.args.get("format") == "csv" else xlsx_response
    return write(name, header, rows)


def _facts(form: OutletForm) -> OutletFacts:
    return OutletFacts(
        form.name.data or "",
        OutletTier(str(form.tier.data)),
        form.region.data or "",
        form.street.levels[-1].code,  # a county alone is no street
        form.address.data or "",
        form.phone.data or "",
        form.opening_hours.data or "",
        bool(form.takes_pickups.data),
        bool(form.collects_produce.data),
        form.opened_on.data,
    )


def new() -> ResponseReturnValue:
    actor = require_actor()
    regions = scope_of(actor).regions
    start = regions[0].code if regions else None
    form = OutletForm(
        data={"region": start, "street": start, "takes_pickups": True, "collects_produce": True}
    )
    return _edit(form, None)


def edit(outlet_id: int) -> ResponseReturnValue:
    row = outlet_for(require_actor(), outlet_id)
    data = {name: getattr(row, name) for name in ("name", "address", "phone", "opening_hours", "opened_on")}
    data |= {"takes_pickups": row.takes_pickups, "collects_produce": row.collects_produce}
    form = OutletForm(
        data={**data, "tier": row.tier.value, "region": row.region_code, "street": row.street_code}
    )
    return _edit(form, row)


def _edit(form: OutletForm, row: OutletRow | None) -> ResponseReturnValue:
    asks_next_level = only_next_level(request.form, "region") or only_next_level(request.form, "street")
    if not asks_next_level and form.validate_on_submit():
        with errors_at(form, only_fields=True):
            outlet_id = commands.save_outlet(require_actor(), _facts(form), row.id if row else None)
            flash("改好了。" if row else "登记好了。接着任命负责人，他就能用网点工作台。", "success")
            return redirect(url_for("registers.outlet", outlet_id=outlet_id), 303)
    return render_desk("backoffice/registers/outlet_edit.html", form=form, row=row), status_of(form)


def show(outlet_id: int) -> ResponseReturnValue:
    return _page(outlet_for(require_actor(), outlet_id)), 200


def _page(
    row: OutletRow, reason_form: ReasonForm | None = None, operator_form: OperatorForm | None = None
) -> str:
    operators = operators_of([row.id])[row.id]
    return render_desk(
        "backoffice/registers/outlet.html",
        row=row,
        place=full_name(row.region_code),
        street=full_name(row.street_code),
        operators=operators,
        names=display_names({each.user_id for each in operators}),
        reason_form=reason_form or ReasonForm(formdata=None, prefix="state-"),
        operator_form=operator_form or OperatorForm(formdata=None),
        history=history("outlet", row.id),
    )


def set_state(outlet_id: int) -> ResponseReturnValue:
    """POST: close an open outlet, open a closed one."""
    actor = require_actor()
    row = outlet_for(actor, outlet_id)
    form = ReasonForm(prefix="state-")
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            commands.set_open(actor, outlet_id, not row.is_open, form.reason.data or "")
            flash("已经停业，公开页面上不再出现。" if row.is_open else "已经恢复营业。", "success")
            return redirect(url_for("registers.outlet", outlet_id=outlet_id), 303)
    return _page(row, reason_form=form), status_of(form)


def appoint(outlet_id: int) -> ResponseReturnValue:
    actor = require_actor()
    row = outlet_for(actor, outlet_id)
    form = OperatorForm()
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            commands.appoint_operator(actor, outlet_id, form.identifier.data or "", form.reason.data or "")
            flash("任命好了，对方重新登录后就能用网点工作台。", "success")
            return redirect(url_for("registers.outlet", outlet_id=outlet_id), 303)
    return _page(row, operator_form=form), status_of(form)


def dismiss(outlet_id: int, assignment_id: int) -> ResponseReturnValue:
    """POST: take the outlet from an operator."""
    actor = require_actor()
    row = outlet_for(actor, outlet_id)
    form = ReasonForm(prefix="state-")
    if assignment_id not in {each.assignment_id for each in operators_of([row.id])[row.id]}:
        raise NotFound
    if form.validate_on_submit():
        with errors_at(form, only_fields=True):
            commands.withdraw_operator(actor, outlet_id, assignment_id, form.reason.data or "")
            flash("已经收回，对方的登录已失效。", "success")
            return redirect(url_for("registers.outlet", outlet_id=outlet_id), 303)
    return _page(row, reason_form=form), status_of(form)
