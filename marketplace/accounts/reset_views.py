"""忘了密码: ask for a link, and set a new password by it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import password_resets
from marketplace.accounts.forms import ForgotForm, NewPasswordForm
from marketplace.accounts.login_views import refused_passwords
from marketplace.kernel import mail
from marketplace.kernel.forms import errors_at, status_of


def forgot() -> ResponseReturnValue:
    form = ForgotForm()
    if form.validate_on_submit():
        password_resets.ask(str(form.identifier.data))
        return redirect(url_for("accounts.forgot", sent=1), 303)
    return render_template(
        "accounts/forgot.html",
        form=form,
        is_sent=request.args.get("sent") == "1",
        mail_is_on=mail.is_on(),
        minutes=password_resets.MINUTES,
    ), status_of(form)


def reset(token: str) -> ResponseReturnValue:
    password_resets.read_link(token)
    form = NewPasswordForm()
    if form.validate_on_submit():
        with errors_at(form):
            password_resets.reset(token, str(form.password.data), refused_passwords())
            flash("新密码设好了，用它登录。", "success")
            return redirect(url_for("accounts.login"), 303)
    return render_template("accounts/reset.html", form=form), status_of(form)
