"""The member's own pages of what keeps the account safe: where one is signed in, and the second factor."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts import second_factor, sessions
from marketplace.accounts.commands import find_device
from marketplace.accounts.forms import CodeForm, PasswordOnlyForm
from marketplace.accounts.login_views import device_token
from marketplace.accounts.one_time_codes import in_groups, setup_uri
from marketplace.accounts.queries import get_user
from marketplace.accounts.web import require_actor, safe_next, start_session
from marketplace.kernel.forms import errors_at, status_of
from marketplace.kernel.settings import Settings
from marketplace.presentation import qr_code

#: Extension key of the shop's name: what an authenticator app lists the account under.
ISSUER = "accounts.issuer"


def devices() -> ResponseReturnValue:
    user_id = require_actor().user_id
    return render_template(
        "accounts/sessions.html",
        sessions=sessions.live_sessions(user_id),
        own_id=current_user.session_id,
        tokens=sessions.count_tokens(user_id),
        trusted=second_factor.trusted_devices(user_id),
        factor=second_factor.own_factor(user_id),
    )


def end_session_of(session_id: int) -> ResponseReturnValue:
    sessions.end_one(require_actor().user_id, session_id)
    flash("那台设备已经退出登录。", "success")
    return redirect(url_for("accounts.sessions"), 303)


def end_other_sessions() -> ResponseReturnValue:
    sessions.end_others(require_actor().user_id, current_user.session_id)
    flash("其他设备都已退出登录，接口令牌也收回了。", "success")
    return redirect(url_for("accounts.sessions"), 303)


def forget_device(device_id: int) -> ResponseReturnValue:
    second_factor.forget_device(require_actor().user_id, device_id)
    flash("那台设备下次登录又要验证码了。", "success")
    return redirect(url_for("accounts.sessions"), 303)


def show() -> ResponseReturnValue:
    return _page()


def _page(*, password: PasswordOnlyForm | None = None, code: CodeForm | None = None) -> ResponseReturnValue:
    user_id = require_actor().user_id
    factor = second_factor.own_factor(user_id)
    uri = ""
    if factor is not None and factor.secret:
        user = get_user(user_id)
        uri = setup_uri(factor.secret, current_app.extensions[ISSUER], user.username or user.display_name)
    password, code = password or PasswordOnlyForm(formdata=None), code or CodeForm(formdata=None)
    return render_template(
        "accounts/second_factor.html",
        factor=factor,
        qr=qr_code(uri) if uri else None,
        uri=uri,
        typed=in_groups(factor.secret) if factor is not None else "",
        held_back=current_user.must_enrol,
        required=_is_required(),
        password=password,
        form=code,
        next=_next(),
    ), status_of(password, code)


def _next() -> str | None:
    return safe_next(current_app, request.values.get("next"))


def _is_required() -> bool:
    """Whether this member could not do without, once it is set up."""
    settings: Settings = current_app.extensions["settings"]
    return settings.requires_second_factor and second_factor.must_have(require_actor())


def _known_device() -> str | None:
    return find_device(require_actor().user_id, device_token())


def start() -> ResponseReturnValue:
    form = PasswordOnlyForm()
    if form.validate_on_submit():
        with errors_at(form):
            second_factor.begin(require_actor().user_id, str(form.password.data))
            return redirect(url_for("accounts.factor", next=_next()), 303)
    return _page(password=form)


def _codes_page(codes: list[str]) -> ResponseReturnValue:
    """Told once, in the answer itself: nothing keeps them."""
    return render_template("accounts/recovery_codes.html", codes=codes, next=_next())


def confirm() -> ResponseReturnValue:
    form = CodeForm()
    user_id = require_actor().user_id
    if form.validate_on_submit():
        with errors_at(form):
            codes = second_factor.confirm(user_id, str(form.code.data))
            start_session(user_id)
            return _codes_page(codes)
    return _page(code=form)


def renew_codes() -> ResponseReturnValue:
    form = CodeForm()
    user_id, device = require_actor().user_id, _known_device()
    if form.validate_on_submit():
        with errors_at(form):
            return _codes_page(second_factor.renew_recovery_codes(user_id, str(form.code.data), device))
    return _page(code=form)


def remove() -> ResponseReturnValue:
    form = CodeForm()
    actor, device, required = require_actor(), _known_device(), _is_required()
    if form.validate_on_submit():
        with errors_at(form):
            second_factor.give_up(actor, str(form.code.data), device, required=required)
            start_session(actor.user_id)
            flash("两步验证关掉了。以后登录只要密码。", "success")
            return redirect(url_for("accounts.factor"), 303)
    return _page(code=form)
