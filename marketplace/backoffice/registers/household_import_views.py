"""The households' table: handed in, checked by the worker while one watches, confirmed as a whole."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.importing.forms import UploadForm
from marketplace.kernel import import_runs
from marketplace.kernel.errors import DomainError, InvalidInput
from marketplace.kernel.forms import error_text, errors_at, status_of
from marketplace.kernel.import_runs import ImportRun, RunState
from marketplace.kernel.spreadsheets import MAX_BYTES, template_response, xlsx_response
from marketplace.parties.household_imports import COLUMNS, KIND

SHOWN_ERRORS = 200
HINTS = (
    "一行一户，按户主身份证号认：登记过的是修改，没有的是新登记。",
    "空着的格子不改原来的内容；银行账户只有新登记的户能用表格填。",
    "整张表要么全部写入，要么一行也不写；同一个表格再导入一次，什么也不会变。",
)
WORDS = {
    RunState.WAITING: "排队等着核对",
    RunState.CHECKING: "正在核对",
    RunState.CHECKED: "核对完，没有问题",
    RunState.REFUSED: "有格子要改",
    RunState.APPLYING: "正在写入",
    RunState.APPLIED: "已写入",
    RunState.FAILED: "没有办成",
    RunState.DROPPED: "已放弃",
}
RUNNING = frozenset({RunState.WAITING, RunState.CHECKING, RunState.APPLYING})


def index() -> ResponseReturnValue:
    actor = require_actor()
    form = UploadForm()
    if form.validate_on_submit():
        upload = form.file.data
        with errors_at(form):
            content = upload.stream.read(MAX_BYTES + 1) if upload else b""
            if not content:
                raise InvalidInput("upload.empty", field="file")
            if len(content) > MAX_BYTES:
                raise InvalidInput("sheets.too_large", field="file", megabytes=MAX_BYTES // 1024 // 1024)
            run_id = import_runs.start_run(actor.user_id, KIND, content, upload.filename)
            return redirect(url_for("registers.households_run", run_id=run_id), 303)
    page = render_desk(
        "backoffice/registers/household_import.html",
        form=form,
        columns=COLUMNS,
        hints=HINTS,
        runs=import_runs.runs_of(actor.user_id, KIND),
        words=WORDS,
    )
    return page, status_of(form)


def run(run_id: int) -> ResponseReturnValue:
    """How far it is; asked again every second by the page while the worker is at it."""
    found = import_runs.get_run(require_actor().user_id, run_id)
    return render_desk(
        "backoffice/registers/household_run.html",
        run=found,
        word=WORDS[found.state],
        running=found.state in RUNNING,
        error=_error(found),
        findings=found.findings,
        shown=SHOWN_ERRORS,
    )


def _error(found: ImportRun) -> str:
    if not found.error:
        return ""
    return error_text(DomainError(found.error, count=found.findings.get("error_count", 0)))


def decide(run_id: int) -> ResponseReturnValue:
    actor = require_actor()
    try:
        if request.form.get("action") == "write":
            import_runs.confirm_run(actor.user_id, run_id, request.form.get("seen", ""))
        else:
            import_runs.drop_run(actor.user_id, run_id)
            flash("已放弃，文件已经删掉。", "success")
            return redirect(url_for("registers.households_import"), 303)
    except DomainError as error:
        if error.status == 404:
            raise
        flash(error_text(error), "warning")
    return redirect(url_for("registers.households_run", run_id=run_id), 303)


def errors(run_id: int) -> ResponseReturnValue:
    """Every bad cell as a table, to be worked through beside the one handed in."""
    found = import_runs.get_run(require_actor().user_id, run_id)
    return xlsx_response("要改的格子", ["行", "列", "问题"], found.findings.get("errors", []))


def template() -> ResponseReturnValue:
    return template_response("农户登记导入模板", COLUMNS)
