"""我的资料: what the shop holds of a member, to take home; and leaving for good."""

import json

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired, Length

from marketplace.accounts.closing import close_account
from marketplace.accounts.web import end_session, require_actor
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.forms import Form, attach_error, error_text
from marketplace.kernel.transaction import transaction
from marketplace.storefront.own_file import all_of
from orders.my_orders.own_data import open_orders


class CloseForm(Form):
    password = PasswordField(
        "登录密码", [InputRequired("请填登录密码"), Length(max=128, message="密码太长了")]
    )
    sure = BooleanField("我知道注销以后找不回来", [InputRequired("请勾选，注销以后找不回来")])


def show() -> ResponseReturnValue:
    return _page(CloseForm(), 200)


def _page(form: CloseForm, status: int, against: str = "") -> ResponseReturnValue:
    actor = require_actor()
    return render_template(
        "storefront/data.html",
        form=form,
        against=against,
        open_orders=open_orders(actor.user_id),
        has_roles=bool(actor.grants),
    ), status


def take() -> Response:
    """POST: everything as one file; who took it when is on record."""
    actor = require_actor()
    text = json.dumps(all_of(actor), ensure_ascii=False, indent=1)
    with transaction():
        audit.record(actor.user_id, "accounts.take_data", "user", actor.user_id)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="xian-fupin-{clock.today()}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def close() -> ResponseReturnValue:
    """POST: the account is gone, and nobody is signed in any more."""
    form = CloseForm()
    if not form.validate():
        return _page(form, 422)
    try:
        close_account(require_actor().user_id, str(form.password.data))
    except Conflict as error:
        return _page(form, error.status, error_text(error))
    except DomainError as error:
        attach_error(form, error)
        return _page(form, error.status)
    end_session()
    flash("账户注销了。谢谢您帮过的每一户。", "success")
    return redirect(url_for("home.show"), 303)
