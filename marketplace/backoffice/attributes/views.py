"""商品属性: what goods of a category can say of themselves, and how many do."""

from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog.attributes import defining, queries
from catalog.attributes.queries import DefinedAttribute
from catalog.attributes.rules import MOST_POSITION, AttributeKind, OptionDraft
from certification.products.queries import category_choices
from marketplace.accounts.web import require_actor
from marketplace.backoffice.attributes.forms import (
    EVERYWHERE,
    KINDS,
    AttributeForm,
    NewAttributeForm,
    OptionForm,
)
from marketplace.backoffice.nav import render_desk
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import errors_at, errors_flashed, status_of


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def index() -> ResponseReturnValue:
    form = NewAttributeForm()
    form.category.choices = [(EVERYWHERE, "所有要发货的商品"), *category_choices()]
    if form.validate_on_submit():
        with errors_at(form):
            _add(form)
            flash("加好了，供应商编辑商品时能填，买家一分钟后能筛选。", "success")
            return redirect(url_for("backoffice.attributes"), 303)
    page = render_desk(
        "backoffice/attributes/index.html", rows=queries.defined_attributes(), kinds=KINDS, form=form
    )
    return page, status_of(form)


def _add(form: NewAttributeForm) -> None:
    code = None if form.category.data == EVERYWHERE else str(form.category.data)
    kind = AttributeKind(form.kind.data)
    defining.add_attribute(require_actor(), code, str(form.name.data), kind, _lines(form.options.data))


def _found(attribute_id: int) -> DefinedAttribute:
    found = queries.defined_attributes(attribute_id)
    if not found:
        raise NotFound
    return found[0]


def edit(attribute_id: int) -> ResponseReturnValue:
    row = _found(attribute_id)
    form = AttributeForm(obj=None if request.method == "POST" else row)
    if request.method == "GET":
        form.options.data = ""
    fields = {option.id: OptionForm.of(option, sent=form.is_submitted()) for option in row.options}
    if form.is_submitted():
        wrong = [option_id for option_id, each in fields.items() if not each.validate()]
        if form.validate() and not wrong:
            with errors_at(form):
                _change(attribute_id, form, fields)
                flash("存好了，买家一分钟后看得到。", "success")
                return redirect(url_for("backoffice.attributes"), 303)
        if wrong:
            form.form_errors.append(f"有 {len(wrong)} 个选项要改，看它下面的红字。")
    page = render_desk("backoffice/attributes/edit.html", row=row, kinds=KINDS, form=form, fields=fields)
    return page, status_of(form)


def _change(attribute_id: int, form: AttributeForm, fields: Mapping[int, OptionForm]) -> None:
    kept = [each.draft(option_id) for option_id, each in fields.items()]
    after = max((draft.position for draft in kept), default=0)
    new = [
        OptionDraft(None, text, min(after + number, MOST_POSITION))
        for number, text in enumerate(_lines(form.options.data), 1)
    ]
    defining.change_attribute(
        require_actor(), attribute_id, str(form.name.data), int(form.position.data), kept + new
    )


def retire(attribute_id: int) -> ResponseReturnValue:
    """POST"""
    defining.retire_attribute(require_actor(), attribute_id)
    flash("停用了：供应商填不到，买家筛不到；已经填的商品照旧写着。", "success")
    return redirect(url_for("backoffice.attribute", attribute_id=attribute_id), 303)


def restore(attribute_id: int) -> ResponseReturnValue:
    """POST"""
    defining.restore_attribute(require_actor(), attribute_id)
    flash("恢复了，供应商又能填，买家一分钟后又能筛选。", "success")
    return redirect(url_for("backoffice.attribute", attribute_id=attribute_id), 303)


def remove(attribute_id: int) -> ResponseReturnValue:
    """POST"""
    with errors_flashed():
        defining.remove_attribute(require_actor(), attribute_id)
        flash("删掉了。", "success")
        return redirect(url_for("backoffice.attributes"), 303)
    return redirect(url_for("backoffice.attribute", attribute_id=attribute_id), 303)
