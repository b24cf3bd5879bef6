"""One way for every table: the form, what the file would do, and doing it when that was looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.importing.forms import ConfirmForm, UploadForm
from marketplace.kernel import waiting_files
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import error_text, errors_at, status_of
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.spreadsheets import MAX_BYTES, Column
from marketplace.kernel.waiting_files import WaitingFile

#: what a page shows of a long plan
SHOWN_ROWS, SHOWN_ERRORS = 50, 200


@dataclass(frozen=True, slots=True)
class Table:
    """What can be handed in. ``purpose`` keeps files of several kinds apart, ``listed`` is what the page is called that
    lists such things, ``endpoint`` its address (``<endpoint>_import`` and ``<endpoint>_template`` belong to it);
    ``hints`` say in words how to fill the table, ``render`` makes a page of the desk it is handed in at."""

    purpose: str
    title: str
    listed: str
    unit: str
    endpoint: str
    plan: Callable[[Actor, bytes], ImportPlan]
    write: Callable[[Actor, bytes, str], ImportPlan]
    columns: Callable[[], Sequence[Column]]
    hints: tuple[str, ...]
    render: Callable[..., str]


def hand_in(table: Table) -> ResponseReturnValue:
    """GET: the form, or with ``?file=`` what that file would do. POST: a file, or the word to write one."""
    if request.method == "POST":
        return _confirm(table) if request.form.get("token") else _upload(table)
    token = request.args.get("file", "")
    if not token:
        return _form_page(table, UploadForm(formdata=None))
    actor = require_actor()
    try:
        waiting = waiting_files.read(token, actor.user_id, table.purpose)
        plan = table.plan(actor, waiting.content)
    except (NotFound, InvalidInput) as error:
        flash(error_text(error), "warning")
        return redirect(url_for(f"{table.endpoint}_import"), 303)
    return _plan_page(table, waiting, plan)


def _upload(table: Table) -> ResponseReturnValue:
    form = UploadForm()
    upload = form.file.data
    content = upload.stream.read(MAX_BYTES + 1) if upload else b""
    if form.validate_on_submit():
        actor = require_actor()
        with errors_at(form, only_fields=True):
            if not content:
                raise InvalidInput("upload.empty", field="file")
            table.plan(actor, content)
            waiting = waiting_files.keep(content, upload.filename, actor.user_id, table.purpose)
            return redirect(url_for(f"{table.endpoint}_import", file=waiting.token), 303)
    return _form_page(table, form)


def _confirm(table: Table) -> ResponseReturnValue:
    actor = require_actor()
    form = ConfirmForm()
    token, _, seen = str(form.token.data).partition(".")
    try:
        waiting = waiting_files.read(token, actor.user_id, table.purpose)
        if not form.validate():
            return redirect(url_for(f"{table.endpoint}_import", file=waiting.token), 303)
        done = table.write(actor, waiting.content, seen)
    except DomainError as error:
        flash(error_text(error), "warning")
        again = token if error.code == "imports.seen_other" else None
        return redirect(url_for(f"{table.endpoint}_import", file=again), 303)
    waiting_files.drop(waiting, actor.user_id, table.purpose)
    if done.writes_nothing:
        flash(f"表格里的 {done.unchanged} {table.unit}和登记的一样，什么都没有改。", "success")
    else:
        flash(
            f"写好了：新增 {len(done.new)}，修改 {len(done.changed)}，没有变的 {done.unchanged}。", "success"
        )
    return redirect(url_for(table.endpoint), 303)


def _form_page(table: Table, form: UploadForm) -> ResponseReturnValue:
    page = table.render("importing/form.html", table=table, form=form, columns=table.columns())
    return page, status_of(form)


def _plan_page(table: Table, waiting: WaitingFile, plan: ImportPlan) -> ResponseReturnValue:
    context: dict[str, Any] = {
        "table": table,
        "filename": waiting.name,
        "plan": plan,
        "upload_form": UploadForm(formdata=None),
        "confirm_form": ConfirmForm(formdata=None, token=f"{waiting.token}.{plan.fingerprint}"),
        "shown_rows": SHOWN_ROWS,
        "shown_errors": SHOWN_ERRORS,
    }
    return table.render("importing/plan.html", **context)
