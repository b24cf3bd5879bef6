"""Pages to register and to change one's password."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import commands
from marketplace.accounts.forms import PasswordForm, RegisterForm
from marketplace.accounts.login_views import refused_passwords, sign_in
from marketplace.accounts.web import require_actor, start_session
from marketplace.kernel.forms import errors_at, status_of


def register() -> ResponseReturnValue:
    target = request.values.get("next")
    form = RegisterForm(data={"next": target} if request.method == "GET" else None)
    if form.validate_on_submit():
        with errors_at(form):
            commands.register_user(
                str(form.identifier.data),
                str(form.password.data),
                str(form.display_name.data),
                refused_passwords(),
            )
            response = sign_in(str(form.identifier.data), str(form.password.data), False, form.next.data)
            flash("注册好了，欢迎来逛逛。", "success")
            return response
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/register.html", form=form, next=target), status


def password() -> ResponseReturnValue:
    actor = require_actor()
    form = PasswordForm()
    if form.validate_on_submit():
        with errors_at(form):
            commands.change_password(
                actor.user_id, str(form.current.data), str(form.password.data), refused_passwords()
            )
            start_session(actor.user_id)
            flash("密码改好了，其他设备上的登录都已失效。", "success")
            return redirect(url_for("member.show"))
    return render_template("accounts/password.html", form=form), status_of(form)
