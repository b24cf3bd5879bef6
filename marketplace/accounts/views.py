"""Pages to log in, register, log out and change one's password."""

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts import commands
from marketplace.accounts.forms import LoginForm, PasswordForm, RegisterForm
from marketplace.accounts.web import current_actor, end_session, require_actor, safe_next, start_session
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import attach_error
from marketplace.kernel.settings import DEMO_PASSWORD, Settings

DEVICE_COOKIE = "device"
#: Extension key of a function that names the endpoint a person lands on; the composition root knows the desks.
LANDING = "accounts.landing"
DEVICE_AGE = 400 * 86400


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _refused() -> frozenset[str]:
    return frozenset() if _settings().is_demo else frozenset({DEMO_PASSWORD})


def _cookie_name() -> str:
    return f"__Host-{DEVICE_COOKIE}" if _settings().https else DEVICE_COOKIE


def _landing() -> str:
    """Where somebody arrives who came from nowhere: the first of their desks, else the shop."""
    endpoint: str = current_app.extensions[LANDING]()
    return url_for(endpoint)


def _sign_in(identifier: str, password: str, remember: bool, target: str | None) -> ResponseReturnValue:
    user_id, device = commands.log_in(
        commands.LoginTry(
            identifier=identifier,
            password=password,
            address=request.remote_addr or "-",
            device_token=request.cookies.get(_cookie_name()),
            cookies=request.cookies,
            refused=_refused(),
        )
    )
    start_session(user_id, remember=remember)
    response = make_response(redirect(safe_next(current_app, target) or _landing()))
    response.set_cookie(
        _cookie_name(),
        device,
        max_age=DEVICE_AGE,
        httponly=True,
        samesite="Lax",
        secure=_settings().https,
        path="/",
    )
    return response


def login() -> ResponseReturnValue:
    target = request.values.get("next")
    if request.method == "GET" and current_actor() is not None:
        return redirect(safe_next(current_app, target) or _landing())
    form = LoginForm(data={"next": target} if request.method == "GET" else None)
    if form.validate_on_submit():
        try:
            return _sign_in(
                str(form.identifier.data), str(form.password.data), form.remember.data, form.next.data
            )
        except DomainError as error:
            attach_error(form, error)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/login.html", form=form, next=target), status


def register() -> ResponseReturnValue:
    target = request.values.get("next")
    form = RegisterForm(data={"next": target} if request.method == "GET" else None)
    if form.validate_on_submit():
        try:
            commands.register_user(
                str(form.identifier.data), str(form.password.data), str(form.display_name.data), _refused()
            )
            response = _sign_in(str(form.identifier.data), str(form.password.data), False, form.next.data)
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("注册好了，欢迎来逛逛。", "success")
            return response
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/register.html", form=form, next=target), status


def logout() -> ResponseReturnValue:
    actor = require_actor()
    commands.end_all_sessions(actor.user_id, actor.user_id, "accounts.logout")
    end_session()
    flash("已经退出登录。", "success")
    return redirect(url_for("home.show"))


def password() -> ResponseReturnValue:
    actor = require_actor()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            commands.change_password(
                actor.user_id, str(form.current.data), str(form.password.data), _refused()
            )
        except DomainError as error:
            attach_error(form, error)
        else:
            start_session(actor.user_id)
            flash("密码改好了，其他设备上的登录都已失效。", "success")
            return redirect(url_for("member.show"))
    return render_template("accounts/password.html", form=form), 422 if form.is_submitted() else 200
