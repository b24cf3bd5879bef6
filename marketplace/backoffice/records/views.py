"""The audit list, and the parameters with their sources."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import display_names, users_named
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.records import queries
from marketplace.backoffice.records.detail_words import detail_words
from marketplace.backoffice.records.forms import ParameterForm
from marketplace.backoffice.records.parameter_words import UNITS
from marketplace.backoffice.records.queries import AuditFilter
from marketplace.backoffice.records.words import (
    AREAS,
    SUBJECTS,
    action_word,
    subject_word,
    titled,
)
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import asked_text, errors_at, status_of, typed_id
from marketplace.kernel.looked_for import asked_day
from marketplace.kernel.parameters import Parameter, override, overrides


def audit() -> ResponseReturnValue:
    who = asked_text("who")
    wanted = AuditFilter(
        actors=users_named(who) if who else None,
        area=request.args.get("area", "")[:40],
        action=request.args.get("action", "")[:80],
        subject=request.args.get("kind", "")[:60],
        subject_id=asked_text("subject"),
        since=asked_day("since"),
        until=asked_day("until"),
    )
    before = typed_id(request.args.get("before")) or None
    found = queries.audit_slice(wanted, before)
    return render_desk(
        "backoffice/audit.html",
        found=found,
        is_first=before is None,
        names=display_names({row.actor_id for row in found.items if row.actor_id is not None}),
        areas=list(AREAS.items()),
        subjects=list(SUBJECTS.items()),
        action_word=action_word,
        subject_word=subject_word,
        detail_words=detail_words,
    )


def parameters() -> ResponseReturnValue:
    set_rows = overrides()
    return render_desk(
        "backoffice/parameters.html",
        declared=sorted(Parameter.declared.values(), key=lambda each: each.key),
        overrides=set_rows,
        names=display_names({row.set_by for row in set_rows.values() if row.set_by is not None}),
        units=UNITS,
        titled=titled,
    )


def parameter(key: str) -> ResponseReturnValue:
    declared = Parameter.declared.get(key)
    if declared is None:
        raise NotFound
    form = ParameterForm(data={"value": declared.get()})
    if form.validate_on_submit():
        with errors_at(form):
            override(key, int(form.value.data), form.source.data or "", require_actor().user_id)
            flash("新的值已经生效。已经下的单按下单时的值，不会变。", "success")
            return redirect(url_for("backoffice.parameters"))
    page = render_desk(
        "backoffice/parameter.html",
        form=form,
        declared=declared,
        current=overrides().get(key),
        unit=UNITS.get(declared.unit, declared.unit),
        titled=titled,
    )
    return page, status_of(form)
