"""A register's table: handed in, looked at without writing, confirmed as a whole. One way for every register."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.policies import Actor
from marketplace.accounts.web import require_actor
from marketplace.backoffice.nav import render_desk
from marketplace.backoffice.registers.forms import ConfirmForm, UploadForm
from marketplace.kernel import waiting_files
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.forms import attach_error, error_text
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.spreadsheets import MAX_BYTES, Column
from marketplace.kernel.waiting_files import WaitingFile
from marketplace.outlets.imports import COLUMNS as OUTLET_COLUMNS
from marketplace.outlets.imports import import_outlets, plan_outlets
from marketplace.pairing.imports import import_arrangements, plan_arrangements, template_columns

#: what a page shows of a long plan
SHOWN_ROWS, SHOWN_ERRORS = 50, 200


@dataclass(frozen=True, slots=True)
class Register:
    """``purpose`` keeps the files of the registers apart; ``hints`` say in words how to fill the table."""

    purpose: str
    title: str
    unit: str
    endpoint: str
    plan: Callable[[Actor, bytes], ImportPlan]
    write: Callable[[Actor, bytes], ImportPlan]
    columns: Callable[[], Sequence[Column]]
    hints: tuple[str, ...]


_HINTS = (
    "空着的格子不改原来的内容；整张表要么全部写入，要么一行也不写。",
    "村可以写代码，也可以写区县、镇街和村名；同名的地方系统会列出来请您选。",
    "同一个表格再导入一次，不会多出一份。",
)
OUTLETS = Register(
    "outlets",
    "网点",
    "个网点",
    "registers.outlets",
    plan_outlets,
    import_outlets,
    lambda: OUTLET_COLUMNS,
    ("编号空着就是新网点；带编号的行改那个网点。", *_HINTS),
)
PAIRINGS = Register(
    "pairings",
    "结对",
    "条结对",
    "registers.pairings",
    plan_arrangements,
    import_arrangements,
    template_columns,
    (
        "编号空着就是新的结对；带编号的行改那一条。",
        "帮扶到户的填户编号（村可以空着）；“到”写 长期 就是没有结束日期；目标写元，写 0 就是取消这一年的目标。",
        *_HINTS,
    ),
)


def outlets() -> ResponseReturnValue:
    return _import(OUTLETS)


def pairings() -> ResponseReturnValue:
    return _import(PAIRINGS)


def _import(register: Register) -> ResponseReturnValue:
    """GET: the form, or with ``?file=`` what that file would do. POST: a file, or the word to write one."""
    if request.method == "POST":
        return _confirm(register) if request.form.get("token") else _upload(register)
    token = request.args.get("file", "")
    if not token:
        return _form_page(register, UploadForm(formdata=None))
    actor = require_actor()
    try:
        waiting = waiting_files.read(token, actor.user_id, register.purpose)
        plan = register.plan(actor, waiting.content)
    except (NotFound, InvalidInput) as error:
        flash(error_text(error), "warning")
        return redirect(url_for(f"{register.endpoint}_import"), 303)
    return _plan_page(register, waiting, plan)


def _upload(register: Register) -> ResponseReturnValue:
    form = UploadForm()
    upload = form.file.data
    content = upload.stream.read(MAX_BYTES + 1) if upload else b""
    if not form.validate():
        return _form_page(register, form, 422)
    actor = require_actor()
    try:
        if not content:
            raise InvalidInput("upload.empty", field="file")
        register.plan(actor, content)
    except DomainError as error:
        if error.field is None:
            raise
        attach_error(form, error)
        return _form_page(register, form, error.status)
    waiting = waiting_files.keep(content, upload.filename, actor.user_id, register.purpose)
    return redirect(url_for(f"{register.endpoint}_import", file=waiting.token), 303)


def _confirm(register: Register) -> ResponseReturnValue:
    actor = require_actor()
    form = ConfirmForm()
    try:
        waiting = waiting_files.read(str(form.token.data), actor.user_id, register.purpose)
        if not form.validate():
            return redirect(url_for(f"{register.endpoint}_import", file=waiting.token), 303)
        done = register.write(actor, waiting.content)
    except DomainError as error:
        flash(error_text(error), "warning")
        return redirect(url_for(f"{register.endpoint}_import"), 303)
    waiting_files.drop(waiting, actor.user_id, register.purpose)
    if done.writes_nothing:
        flash(f"表格里的 {done.unchanged} {register.unit}和登记的一样，什么都没有改。", "success")
    else:
        flash(
            f"写好了：新增 {len(done.new)}，修改 {len(done.changed)}，没有变的 {done.unchanged}。", "success"
        )
    return redirect(url_for(register.endpoint), 303)


def _form_page(register: Register, form: UploadForm, status: int = 200) -> ResponseReturnValue:
    page = render_desk(
        "backoffice/registers/import.html", register=register, form=form, columns=register.columns()
    )
    return page, status


def _plan_page(register: Register, waiting: WaitingFile, plan: ImportPlan) -> ResponseReturnValue:
    context: dict[str, Any] = {
        "register": register,
        "filename": waiting.name,
        "plan": plan,
        "upload_form": UploadForm(formdata=None),
        "confirm_form": ConfirmForm(formdata=None, token=waiting.token),
        "shown_rows": SHOWN_ROWS,
        "shown_errors": SHOWN_ERRORS,
    }
    return render_desk("backoffice/registers/import_plan.html", **context)
